"""The queue: order, filters, pages, and that it costs the same at any size."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bot import clock
from bot.staff.access import Actor
from bot.tickets.models import Ticket
from bot.tickets.paging import MOST_COUNTED, Place, Wanted, count_before, page
from policies.roles import Role
from tests.bot.conftest import World, person
from tests.console.town import client_of, opened


def numbers(rows: list[Ticket]) -> list[str]:
    return [row.number for row in rows]


def plan_of(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + sql)
        return "\n".join(str(row[3]) for row in cursor.fetchall())


def sorts_only_fronts(plan: str) -> bool:
    """Whether what is sorted is only the few rows that fronts of an index gave, never a stretch of the table."""
    return all(before == "SCAN part" for before, line in pairwise(plan.splitlines()) if "TEMP B-TREE" in line)


def plans(actor: Actor, wanted: Wanted) -> list[str]:
    """How SQLite goes about the statements that choose a page's rows."""
    place = Place(clock.now(), 1)
    with CaptureQueriesContext(connection) as caught:
        page(actor, wanted, place, 50, clock.now())
    chooses = [query["sql"] for query in caught.captured_queries if "tickets_ticket" in query["sql"] and "INNER JOIN" not in query["sql"]]
    return [plan_of(sql) for sql in chooses]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's query plans")
@pytest.mark.parametrize("wanted", [Wanted(), Wanted(state="waiting"), Wanted(overdue=True)])
def test_the_queue_of_everything_is_read_along_its_index_without_sorting(world: World, wanted: Wanted):
    [plan] = plans(world.diana, wanted)
    index = "ticket_queue_state (state=? AND deadline>?" if wanted.state else "ticket_queue (deadline>?"
    assert f"INDEX {index}" in plan and sorts_only_fronts(plan)
    assert "SCAN tickets_ticket" not in plan


@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's query plans")
def test_the_queue_of_some_departments_reads_each_ones_index(world: World):
    both = Actor(world.charlie.person_id, "c", "c", (*world.charlie.grants, *world.alice.grants))
    [plan] = plans(both, Wanted())
    assert plan.count("USING INDEX ticket_queue_of (department_id=? AND deadline>?)") == 2
    assert sorts_only_fronts(plan)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's query plans")
def test_counting_stops_and_reads_only_the_index(world: World):
    with CaptureQueriesContext(connection) as caught:
        count_before(world.diana, Wanted(), None, clock.now(), clock.now())
    plan = plan_of(caught.captured_queries[-1]["sql"])
    assert "ticket_queue" in plan and f"LIMIT {MOST_COUNTED}" in caught.captured_queries[-1]["sql"]


def test_a_page_of_fifty_takes_as_many_queries_as_a_page_of_one(world: World):
    client = client_of(world.diana)
    opened(world)
    with CaptureQueriesContext(connection) as one:
        client.get("/")
    for _ in range(49):
        opened(world)
    with CaptureQueriesContext(connection) as many:
        client.get("/")
    assert len(many) == len(one) < 30


@pytest.mark.parametrize("who", ["diana", "alice", "both"])
def test_pages_follow_one_another_without_gap_or_repeat(world: World, who: str):
    both = Actor(0, "b", "b", (*world.charlie.grants, *world.alice.grants))
    actor = both if who == "both" else getattr(world, who)
    hours = [5, 3, 3, 3, 8, -2, -2, 1]
    made = [opened(world, hours=hour, department=world.water if at % 2 and who != "alice" else None) for at, hour in enumerate(hours)]
    for row in made:
        Ticket.objects.filter(pk=row.pk).update(deadline=row.deadline.replace(microsecond=0, second=0))
    seen: list[str] = []
    place = None
    while rows := page(actor, Wanted(), place, 3, clock.now()):
        seen += numbers(rows)
        place = Place(rows[-1].deadline, rows[-1].pk)
    assert seen == numbers(list(Ticket.objects.order_by("deadline", "pk")))


def test_the_most_pressing_stands_first_under_its_heading(world: World):
    later, late, soon = opened(world, hours=60), opened(world, hours=-1), opened(world, hours=2)
    text = client_of(world.alice).get("/").content.decode()
    assert text.index(f"row-{late.number}") < text.index(f"row-{soon.number}") < text.index(f"row-{later.number}")
    assert text.index("已超期</span>") < text.index(f"row-{late.number}") < text.index("4 小时内")


def test_filters_narrow(world: World):
    mine = opened(world, owner_id=world.alice.person_id, state="claimed")
    late, ended = opened(world, hours=-3), opened(world, state="closed")
    client = client_of(world.alice)
    shown = {query: client.get(f"/{query}").content.decode() for query in ("?owner=me", "?overdue=1", "?state=closed", "?account=tg1")}
    assert mine.number in shown["?owner=me"] and late.number not in shown["?owner=me"]
    assert late.number in shown["?overdue=1"] and mine.number not in shown["?overdue=1"]
    assert ended.number in shown["?state=closed"] and mine.number not in shown["?state=closed"]
    assert mine.number in shown["?account=tg1"]


@pytest.mark.parametrize("how", ["number", "code", "loose_code", "words", "first_line"])
def test_search_finds_by_number_code_and_words(world: World, how: str):
    ticket, other = opened(world, "幼儿园的报名时间"), opened(world, "别的事情")
    loose = ticket.query_code.replace("-", "").lower()
    text = {"number": ticket.number, "code": ticket.query_code, "loose_code": loose, "words": "报名时间", "first_line": "幼儿园"}[how]
    page_text = client_of(world.alice).get("/", {"q": text}).content.decode()
    assert f"row-{ticket.number}" in page_text and f"row-{other.number}" not in page_text


@pytest.mark.parametrize(
    "query", ["?after=nonsense", "?after=2026~x", "?state=';--", "?account=%00", "?department=none", "?owner=99", "?q=%00"]
)
def test_wrong_filters_are_no_error(world: World, query: str):
    assert client_of(world.alice).get(f"/{query}").status_code == 200


def test_a_changed_row_is_given_while_it_belongs_to_the_list(world: World):
    ticket = opened(world)
    client = client_of(world.alice)
    assert f"row-{ticket.number}" in client.get(f"/tickets/{ticket.number}/row").content.decode()
    assert client.get(f"/tickets/{ticket.number}/row?overdue=1").status_code == 204


def test_rows_of_other_departments_are_not_among_the_changed(world: World):
    mine, others = opened(world), opened(world, department=world.water)
    answer = client_of(world.alice).get("/tickets/rows", {"n": [mine.number, others.number, "nonsense"]}).content.decode()
    assert mine.number in answer and others.number not in answer


def test_an_empty_queue_teaches_the_first_step(world: World):
    page_text = client_of(person("new", world.water, Role.AGENT)).get("/").content.decode()
    assert "暂无待办诉求" in page_text and "不必刷新" in page_text


def test_more_is_offered_only_when_there_is_more(world: World):
    client = client_of(world.alice)
    for _ in range(50):
        opened(world)
    assert 'id="more"' not in client.get("/").content.decode()
    last = opened(world, hours=99)
    answer = client.get("/").context
    assert last.number in client.get(f"/queue/more?{answer['more']}").content.decode()


def test_deadlines_of_tonight_count_as_today(world: World):
    from bot.console.queries import group_of

    noon = clock.now().astimezone(clock.BEIJING).replace(hour=12, minute=0)
    ticket = Ticket(deadline=noon.replace(hour=23))
    assert group_of(ticket, noon) == "today"
    assert group_of(Ticket(deadline=noon + timedelta(hours=13)), noon) == "later"
