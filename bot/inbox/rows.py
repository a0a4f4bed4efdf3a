"""Events as rows: made safe for the database, inserted many at a time, each at most once."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import chain, count
from operator import itemgetter
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from bot.inbox.models import Inbound
from policies.facts import QUESTION_KINDS, Event

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL stores neither NUL nor half a character
UNSTORABLE_ESCAPED = re.compile(r"\\u(?:0000|d[89a-f][0-9a-f]{2})", re.IGNORECASE)
COLUMN_TYPES = {
    "account_id": "varchar",
    "dedup_key": "varchar",
    "kind": "varchar",
    "citizen": "varchar",
    "citizen_name": "varchar",
    "text": "text",
    "body": "jsonb",
    "counted": "boolean",
    "sent_at": "timestamptz",
    "received_at": "timestamptz",
    "lease_until": "timestamptz",
}
KEY = itemgetter(0, 1)  # account and dedup_key of a row's values
ALIKE = {"state": f"'{Inbound.State.STORED}'", "attempts": "0", "error": "''"}  # of every new row: part of the statement
COLUMNS = ", ".join((*COLUMN_TYPES, *ALIKE))
FIELDS = ", ".join(f"{name} {'text' if kind == 'jsonb' else kind}" for name, kind in COLUMN_TYPES.items())
VALUES = ", ".join((*(f"{name}::{kind}" for name, kind in COLUMN_TYPES.items()), *ALIKE.values()))
ON_POSTGRESQL = (
    f"INSERT INTO inbox_inbound ({COLUMNS}) SELECT {VALUES} FROM json_to_recordset(%s::json) AS new ({FIELDS}) "  # noqa: S608
    "ON CONFLICT DO NOTHING RETURNING id, account_id, dedup_key"
)
ENCODER = json.JSONEncoder(default=str, allow_nan=False)
# Asked of the settings: on the event loop `connection` would be a new one for each message.
SQLITE = "sqlite" in str(settings.DATABASES["default"]["ENGINE"])
OLDEST = timedelta(days=30)  # a platform time further back than any platform keeps messages is a fault, not a time


@dataclass(slots=True)
class NewRow:
    """One event on its way into the table. `id` is 0 until stored; `fresh` is False for a repeat."""

    account_id: str
    department_id: int
    event: Event
    received_at: datetime
    lease_until: datetime
    id: int = 0
    fresh: bool = False

    @property
    def counted(self) -> bool:
        """Whether a citizen said something: part of the balance."""
        return self.event.kind in QUESTION_KINDS and bool(self.event.citizen)

    @property
    def sent_at(self) -> datetime:
        """The platform's time of it, where it can be true: not in the future, not further back than platforms keep."""
        sent = self.event.sent_at
        return sent if self.received_at - OLDEST < sent <= self.received_at else self.received_at


def body_of(event: Event) -> dict[str, Any]:
    """What of an event has no column of its own."""
    media = [{name: getattr(item, name) for name in item.__slots__} for item in event.media]
    return {"media": media, "thread": dict(event.thread), "trigger": event.trigger, "detail": dict(event.detail)}


def storable(text: str) -> str:
    """The text with what no database of ours takes replaced by U+FFFD."""
    return text if _clean(text) else UNSTORABLE.sub("\ufffd", text)


def _clean(text: str) -> bool:
    """Whether nothing needs replacing: far quicker than looking for it with an expression, and nearly always true."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text


def storable_json(value: Any) -> str:
    """JSON text that both databases take."""
    try:
        text = ENCODER.encode(value)
    except (ValueError, RecursionError):
        text = json.dumps({"unreadable": True})
    if "\\u" in text and UNSTORABLE_ESCAPED.search(text):
        text = json.dumps(_replaced(json.loads(text)), ensure_ascii=False)
    return text


def _replaced(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(str(key)): _replaced(item) for key, item in value.items()}
    return [_replaced(item) for item in value] if isinstance(value, list) else value


def fit(value: str, length: int) -> str:
    """A key that fits its column without two keys becoming one."""
    value = storable(value)
    return value if len(value) <= length else f"{value[: length - 41]}~{hashlib.sha1(value.encode()).hexdigest()}"


type Values = list[Any]
type Made = dict[tuple[str, str], int]  # account and key of a new row, and its id


def parameters(row: NewRow) -> Values:
    """The row's values in the order of COLUMN_TYPES."""
    event = row.event
    received, sent = _moment(row.received_at), row.sent_at
    return [
        row.account_id,
        fit(event.dedup_key, 190),
        event.kind.value,
        fit(event.citizen, 190),
        storable(event.citizen_name)[:200],
        storable(event.text),
        storable_json(body_of(event)),
        row.counted,
        received if sent is row.received_at else _moment(sent),
        received,
        received if row.lease_until is row.received_at else _moment(row.lease_until),
    ]


def _moment(value: datetime) -> str:
    """A moment as both databases take it, for SQLite as Django writes it: its own way there is long, through the time zone tables."""
    text = str(value if value.tzinfo is UTC else value.astimezone(UTC))
    return text[:-6] if SQLITE else text  # without "+00:00"


def insert(rows: Sequence[NewRow], values: Sequence[Values]) -> None:
    """Insert in one go and write ids back; a repeat gets the id of the row that was first. Needs a transaction.

    `values`: the `parameters` of each row.
    """
    keys = list(map(KEY, values))
    insert_all = _insert_on_postgresql if connection.vendor == "postgresql" else _insert_on_sqlite
    made = insert_all(sorted(values, key=KEY))  # by key: two processes with the same messages would wait for one another
    for row, key in zip(rows, keys, strict=True):
        row.id = made.pop(key, 0)
        row.fresh = row.id != 0
    for row, (account, key) in zip(rows, keys, strict=True):
        if not row.fresh:
            row.id = Inbound.objects.filter(account=account, dedup_key=key).values_list("pk", flat=True).first() or 0


def _insert_on_sqlite(values: list[Values]) -> Made:
    """One statement and one step of it: each further one gives up the interpreter's lock, and waits for it as often.

    So there is no RETURNING, which makes a step a row: the ids of a statement follow one another, since whoever writes is
    alone, and a repeat uses up one as well. Straight to sqlite3: Django would look for placeholders in a statement that has
    a thousand of them.
    """
    done = connection.write(_insertion(len(values)), list(chain.from_iterable(values)))  # type: ignore[attr-defined]
    if done.rowcount == len(values):
        return dict(zip(map(KEY, values), count(done.lastrowid - done.rowcount + 1)))
    return _new_among_repeats(list(map(KEY, values)), done.lastrowid) if done.rowcount else {}


def _new_among_repeats(keys: list[tuple[str, str]], last: int) -> Made:
    """`last` is the id of the last new row; its place among the keys tells the statement's first id. Below it all is older."""
    near = Inbound.objects.filter(pk__range=(last - len(keys) + 1, last))
    found = {pk: (account, key) for pk, account, key in near.values_list("pk", "account_id", "dedup_key")}
    first = last - keys.index(found[last])
    return {key: pk for pk, key in found.items() if pk >= first}


@lru_cache(maxsize=512)
def _insertion(rows: int) -> str:
    one = f"({', '.join((*('?' * len(COLUMN_TYPES)), *ALIKE.values()))})"
    places = ", ".join([one] * rows)
    return f"INSERT INTO inbox_inbound ({COLUMNS}) VALUES {places} ON CONFLICT DO NOTHING"  # noqa: S608


def _insert_on_postgresql(values: list[Values]) -> Made:
    """One statement of the same text for any number of rows, which travel as one value.

    A list for each column would be put into PostgreSQL's form by Python, value by value, and take three times as long. And
    straight to psycopg: Django's cursor has Python quote the value into the statement, which takes a third more.
    """
    rows = [dict(zip(COLUMN_TYPES, row, strict=True)) for row in values]
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.Database.Cursor(connection.connection) as cursor:  # type: ignore[attr-defined]
        cursor.execute(ON_POSTGRESQL, [json.dumps(rows, ensure_ascii=False)])
        return {(account, key): pk for pk, account, key in cursor.fetchall()}


def insert_apart(rows: Sequence[NewRow]) -> list[Exception | None]:
    """When one row spoils the batch: each in a transaction of its own, so that only the bad one fails."""
    errors: list[Exception | None] = []
    for row in rows:
        try:
            with transaction.atomic():
                insert([row], [parameters(row)])
            errors.append(None)
        except Exception as error:
            errors.append(error)
    return errors
