"""What a department's figures count, how they stay cheap, and what is shown to everybody."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bot.audit.models import Entry
from bot.channels.models import Conversation
from bot.conflict import Denied
from bot.outbox.actions import new_delivery
from bot.staff.actions import create_department
from bot.supervision.figures import cases, charted, kept, total, undelivered
from bot.supervision.models import Kept
from bot.supervision.openness import is_open, published, refresh, set_open
from bot.tickets.models import Message, Ticket
from policies.facts import Lane
from policies.roles import Role
from tests.bot.conftest import NOW, World, later, person

YESTERDAY = NOW - timedelta(days=1)


def asked(world: World, at: datetime = YESTERDAY, *, answer: float | None = None, days: float = 2, **fields: Any) -> Ticket:
    """A request that came then, with an answer so many hours later, or none."""
    count = Ticket.objects.count()
    talk = Conversation.objects.create(account=world.account, external_id=f"f{count}", created_at=at)
    made = {
        "number": f"{at:%Y%m%d}-9{count:05d}",
        "query_code": f"q{count}",
        "kind": "question",
        "department": world.health,
        "state": "waiting",
    }
    times = {"received_at": at, "service_deadline": at + timedelta(days=days), "deadline": at + timedelta(days=days), "updated_at": at}
    if answer is not None:
        made |= {"state": "answered", "answered_at": at + timedelta(hours=answer)}
    return Ticket.objects.create(conversation=talk, account=world.account, **{**made, **times, **fields})


def replied(ticket: Ticket, state: str) -> None:
    sent = new_delivery(ticket.conversation, Lane.HUMAN, "好", NOW, state=state)
    sent.save()
    Message.objects.create(
        conversation=ticket.conversation, account=ticket.account, ticket=ticket, delivery=sent, direction="human", at=NOW
    )


def tally(world: World, now: datetime = NOW) -> Any:
    found = list(cases([world.health.pk], date(2026, 8, 1), 1000))
    return total(found, undelivered(found), now)


def test_every_request_is_counted_once_by_what_became_of_it(world: World) -> None:
    asked(world), asked(world, answer=3), asked(world, state="refused", refuse_reason="x"), asked(world, state="reopened")
    found = tally(world)
    assert (found.received, found.open, found.answered, found.refused, found.merged) == (4, 2, 1, 1, 0)


def test_what_is_overdue_late_or_undelivered_is_not_hidden(world: World) -> None:
    asked(world, days=0.5), asked(world, answer=15, days=0.5)
    replied(asked(world, answer=3), "held"), replied(asked(world, answer=3), "sent")
    found = tally(world)
    assert (found.overdue, found.late, found.undelivered, found.answered) == (1, 1, 1, 3)


def test_an_automatic_answer_that_is_held_is_no_undelivered_answer(world: World) -> None:
    ticket = asked(world, answer=3)
    new_delivery(ticket.conversation, Lane.AUTO, "收到", NOW, state="held").save()
    assert tally(world).undelivered == 0


def test_a_request_of_another_department_or_time_is_not_counted(world: World) -> None:
    asked(world, department=world.water), asked(world, NOW - timedelta(days=200))
    assert tally(world).received == 0


def test_a_reopened_request_has_no_time_to_the_answer(world: World) -> None:
    asked(world, answer=3, state="reopened")
    assert (tally(world).hours, tally(world).answered) == ([], 0)


def test_charts_count_days_times_and_hours_in_beijing(world: World) -> None:
    asked(world, datetime(2026, 11, 18, 17, 30, tzinfo=NOW.tzinfo), answer=5)  # 01:30 on Thursday the 19th
    found = charted([world.health.pk], NOW)
    assert ["2026-11-19", 1, 1] in found["days"] and len(found["days"]) == 30
    assert (found["heat"][3][1], sum(map(sum, found["heat"])), found["times"][2]) == (1, 1, 1)


def test_an_answer_to_an_older_request_counts_on_its_day(world: World) -> None:
    asked(world, NOW - timedelta(days=60), answer=24 * 59)
    found = charted([world.health.pk], NOW)
    assert (sum(row[1] for row in found["days"]), sum(row[2] for row in found["days"])) == (0, 1)


def test_figures_are_made_once_in_a_while_whoever_asks(world: World) -> None:
    made: list[int] = []
    for minute in (0, 5, 9, 11):
        kept("k", timedelta(minutes=10), later(minutes=minute), lambda: made.append(1) or {"n": len(made)})
    assert len(made) == 2 and Kept.objects.get().figures == {"n": 2}


def test_while_one_counts_the_others_get_what_there_is(world: World) -> None:
    kept("k", timedelta(minutes=10), NOW, lambda: {"n": 1})
    seen: list[Any] = []
    fresh = {"n": 2}
    kept(
        "k",
        timedelta(minutes=10),
        later(minutes=11),
        lambda: seen.append(kept("k", timedelta(minutes=10), later(minutes=11), dict)) or fresh,
    )
    assert seen == [{"n": 1}] and Kept.objects.get().figures == fresh


def test_no_picture_reads_all_tickets(world: World) -> None:
    asked(world)
    with CaptureQueriesContext(connection) as caught:
        charted([world.health.pk], NOW)
    read = [row["sql"] for row in caught if "tickets_ticket" in row["sql"]]
    with connection.cursor() as cursor:
        if connection.vendor != "sqlite":
            cursor.execute("SET LOCAL enable_seqscan = off")  # so few rows are read faster without an index
        plans = []
        for sql in read:
            cursor.execute(("EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN ") + sql)
            plans.append(" ".join(str(row) for row in cursor.fetchall()))
    assert read and not any("SCAN tickets_ticket'" in plan or "Seq Scan on tickets_ticket" in plan for plan in plans), plans


def test_the_public_page_folds_small_kinds_and_tells_no_times_of_few(world: World) -> None:
    for place in range(12):
        asked(world, answer=2 + place)
    for kind in ("help", "complaint", "complaint"):
        asked(world, kind=kind)
    month = published(world.root, NOW)["periods"][0]
    assert [name for name, _row in month["kinds"]] == [""] and month["kinds"][0][1]["received"] == 15
    assert (month["total"]["median"], month["total"]["ninetieth"], month["few"]) == (7, 12, False)


def test_a_department_with_few_requests_shows_none(world: World) -> None:
    for _ in range(9):
        asked(world, answer=1)
    month = published(world.health, NOW)["periods"][0]
    assert month["few"] and set(month) == {"name", "since", "until", "few"}


def test_a_page_is_open_by_the_pack_and_closed_by_the_nearest_word(world: World) -> None:
    admin, child = person("admin", world.root, Role.ADMIN), create_department("test", "clinic", "卫生院", world.health, NOW)
    assert is_open(child)
    set_open(admin, world.root, False, NOW)
    set_open(admin, world.health, True, NOW)
    assert (is_open(world.root), is_open(world.water), is_open(child)) == (False, False, True)
    set_open(admin, world.health, None, NOW)
    assert not is_open(child) and Entry.objects.filter(action="department.statistics_switched").count() == 3


def test_a_page_once_asked_for_is_counted_anew_each_hour_without_anybody_waiting(world: World) -> None:
    published(world.health, NOW)
    assert (refresh(later(minutes=59)), refresh(later(minutes=61)), refresh(later(minutes=61))) == (0, 1, 0)
    assert published(world.health, later(minutes=110))["at"] == later(minutes=61).isoformat()


def test_without_the_worker_a_reader_has_it_counted_after_two_hours(world: World) -> None:
    published(world.health, NOW)
    seen = [published(world.health, later(minutes=minute))["at"] for minute in (119, 121)]
    assert seen == [NOW.isoformat(), later(minutes=121).isoformat()]


def test_figures_of_a_page_that_was_closed_are_forgotten(world: World) -> None:
    published(world.health, NOW)
    set_open(person("admin", world.root, Role.ADMIN), world.health, False, NOW)
    assert refresh(later(minutes=61)) == 1 and not Kept.objects.exists()


def test_only_who_manages_departments_switches_a_page(world: World) -> None:
    with pytest.raises(Denied):
        set_open(world.alice, world.health, False, NOW)
    assert is_open(world.health)
