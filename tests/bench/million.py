"""A house with as many tickets as wanted: forty departments of very different size, one ticket in ten open, written by plain SQL.

Departments stand in a tree of three levels: the root, four districts, and nine offices in each. The newest tickets are open
most often, but some of the oldest are too; a few states are rare; one office has hardly any tickets.
"""

from datetime import datetime, timedelta

from django.db import connection, transaction

from bot import clock
from bot.channels.actions import save_account
from bot.channels.models import Account
from bot.staff.actions import assign, create_department, create_person, create_token, ensure_root
from bot.staff.models import Department
from policies.roles import Role
from tests.bench import house

DISTRICTS, OFFICES = 4, 9
ASKED = "'第' || i || '号：小区停水了怎么办？'"
OWNERS = 50
CHUNK = 100_000
PERIOD = 60_000_000  # seconds


def build(tickets: int) -> dict[str, str]:
    """Fill an empty, migrated database; tokens by who they see: "root", "district" and "office"."""
    now = clock.now()
    root = ensure_root(now)
    leaves = [_district(root, number, now) for number in range(DISTRICTS)]
    offices = [office for _, below in leaves for office in below]
    accounts = [_account(office, now) for office in [*offices, *(district for district, _ in leaves), root]]
    people = [create_person("bench", f"p{number}", f"职员{number}", None, now) for number in range(OWNERS)]
    for place, person in enumerate(people):
        assign("bench", person, offices[place % len(offices)], Role.AGENT, now)
    _fill(tickets, accounts, [person.pk for person in people], now)
    seen = {"root": root, "district": leaves[0][0], "office": offices[0]}
    return {name: _token(name, department, now) for name, department in seen.items()}


def _district(root: Department, number: int, now: datetime) -> tuple[Department, list[Department]]:
    district = create_department("bench", f"d{number}", f"第{number}区", root, now)
    return district, [
        create_department("bench", f"d{number}o{office}", f"第{number}区{office}局", district, now) for office in range(OFFICES)
    ]


def _account(department: Department, now: datetime) -> Account:
    values = {"id": f"wx-{department.code}", "platform": "wechat", "name": department.name, "credentials": house.WECHAT}
    return save_account("bench", values, department, now)


def _token(name: str, department: Department, now: datetime) -> str:
    person = create_person("bench", name, name, None, now)
    assign("bench", person, department, Role.AGENT, now)
    return create_token("bench", person, department, Role.AGENT, "bench", now)


def _fill(tickets: int, accounts: list[Account], people: list[int], now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE places (place integer PRIMARY KEY, account text, department integer)")
        shares = [max(1, 1000 // (1 + place)) for place in range(len(accounts))]  # the last ones hardly have any
        rows = [account for account, share in zip(accounts, shares, strict=True) for _ in range(share)]
        cursor.executemany("INSERT INTO places VALUES (%s, %s, %s)", [(place, row.pk, row.department_id) for place, row in enumerate(rows)])
    for first in range(1, tickets + 1, CHUNK):
        last = min(first + CHUNK - 1, tickets)
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in _statements(first, last, tickets, len(rows), people, now):
                cursor.execute(statement)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE places")


STATE = """CASE WHEN i % 10 <> 0 AND NOT (i % 97 = 0) THEN
    CASE i % 7 WHEN 0 THEN 'merged' WHEN 1 THEN 'answered' ELSE 'closed' END
    ELSE CASE WHEN i % 50000 = 0 THEN 'refusal_asked' WHEN i % 3 = 0 THEN 'claimed' ELSE 'waiting' END END"""


def _statements(first: int, last: int, total: int, places: int, people: list[int], now: datetime) -> list[str]:
    """The same number of conversations, stored events, tickets and messages, evenly over time, the last of them now."""
    numbers = (
        f"WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last}), "
        if _lite()
        else f"WITH n(i) AS (SELECT generate_series({first}, {last})), "
    )
    spread = f"(i * {7919} + i / 7) % {places}"
    numbered = f"{numbers} r AS (SELECT i, account, department, {_moment(now, total)} AS at FROM n JOIN places ON place = {spread})"
    owner = f"CASE WHEN state IN ('claimed', 'closed', 'answered') THEN {people[0]} + i % {len(people)} END"
    stated = f"{numbered}, t AS (SELECT r.*, {STATE} AS state FROM r)"
    zeros = "substr('000000' || i, -7)" if _lite() else "lpad(i::text, 7, '0')"
    day = "strftime('%Y%m%d', at)" if _lite() else "to_char(at, 'YYYYMMDD')"  # a number tells its day
    yes, no, empty, none = ("1", "0", "'{}'", "'[]'") if _lite() else ("true", "false", "'{}'::jsonb", "'[]'::jsonb")
    return [
        f"""INSERT INTO channels_conversation (id, account_id, external_id, name, thread, window_closes, created_at)
        {numbered} SELECT i, account, 'o' || i, '市民' || i, {empty}, {yes}, at FROM r""",
        f"""INSERT INTO inbox_inbound (id, account_id, dedup_key, kind, citizen, citizen_name, text, body, counted, sent_at, received_at,
        state, lease_until, attempts, error) {numbered} SELECT i, account, 'm:' || i, 'message', 'o' || i, '', {ASKED},
        {empty}, {yes}, at, at, 'handled', at, 0, '' FROM r""",
        f"""INSERT INTO tickets_ticket (id, number, query_code, state, conversation_id, account_id, department_id, owner_id, kind, intent,
        subject, topic, confidence, understood_by, note, urgent, first_line, received_at, service_deadline, deadline, refuse_reason,
        refuse_text, merged_into_id, rung, pause_reason, objections, updated_at) {stated} SELECT i, {day} || '-' || {zeros},
        'CODE-' || {zeros}, state, i, account, department, {owner}, 'question', 'question', 'water', '', 0.9, 'rasa', '', {no}, {ASKED}, at,
        {_later("at")}, {_later("at")}, '', '', CASE WHEN state = 'merged' THEN 1 END, 0, '', 0, at FROM t""",
        f"""INSERT INTO tickets_message (id, conversation_id, account_id, ticket_id, inbound_id, direction, author, text, media, at, intent,
        subject, topic, entities, confidence, understood_by, reason) {numbered} SELECT i, i, account, i, i, 'citizen', '', {ASKED},
        {none}, at, 'question', 'water', '', {none}, 0.9, 'rasa', '' FROM r""",
    ]


def _lite() -> bool:
    return connection.vendor == "sqlite"


def _moment(now: datetime, total: int) -> str:
    """Houses of any size spread over the same two years, so that as large a part of each is overdue."""
    start = (now - timedelta(seconds=PERIOD)).replace(tzinfo=None, microsecond=0)
    step = PERIOD / total
    return (
        f"datetime('{start}', '+' || (i * {step}) || ' seconds')"
        if _lite()
        else f"('{start}+00'::timestamptz + i * {step} * interval '1 second')"
    )


def _later(moment: str) -> str:
    return f"datetime({moment}, '+5 days')" if _lite() else f"({moment} + interval '5 days')"


def all_open() -> None:
    """The other extreme: nobody ever answered."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE tickets_ticket SET state = 'waiting', owner_id = NULL, merged_into_id = NULL")
