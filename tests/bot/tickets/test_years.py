"""A year brought in late: open deadlines that reach into it follow, once, and no others."""

from datetime import datetime, timedelta

import pytest

from bot.audit.models import Entry
from bot.deadlines.actions import bring_in
from bot.deadlines.models import CalendarYear, Term
from bot.deadlines.queries import forget
from bot.dialogue.handle import handle
from bot.tickets import actions
from bot.tickets.models import Rereckoning, Ticket
from bot.tickets.pausing import pause
from bot.tickets.years import follow_years
from policies.calendar import SHANGHAI
from tests.bot.conftest import World
from tests.bot.deadlines.test_packs import YEAR
from tests.bot.dialogue.test_handle import read, said


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


FRIDAY = local("2026-12-25 10:00")
LATER = FRIDAY + timedelta(hours=1)
WORKED = YEAR.replace("work = []", "work = [2027-01-09, 2027-01-10]")


@pytest.fixture(autouse=True)
def fifteen_days(world: World) -> None:
    """Terms long enough to reach into the next year."""
    fields = {"value": 15, "unit": "working_days", "source": "test", "set_by": "test", "set_at": FRIDAY}
    Term.objects.create(department=world.root, key="kind.complaint", **fields)
    forget()


def asked(world: World, text: str = "complaint|太吵", at: datetime = FRIDAY, citizen: str = "42") -> Ticket:
    handle([said(world, text, sent_at=at, received_at=at, citizen=citizen)], read, at, timedelta(0))
    return Ticket.objects.latest("pk")


def follow(now: datetime = LATER + timedelta(seconds=2)) -> None:
    for _ in range(10):
        follow_years(now)
    assert not CalendarYear.objects.filter(applied_at=None).exists() and not Rereckoning.objects.exists()


def due(ticket: Ticket) -> str:
    return f"{Ticket.objects.get(pk=ticket.pk).service_deadline.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def test_a_deadline_that_reaches_into_the_year_follows(world: World):
    ticket = asked(world)
    assert due(ticket) == "2027-01-15 17:30"  # Monday to Friday: 1 January counted
    bring_in("test", YEAR, LATER)
    follow()
    assert due(ticket) == "2027-01-18 17:30"  # 28-31 (4), 4-8 (9), 11-15 (14), 18


def test_made_up_days_bring_it_forward(world: World):
    ticket = asked(world)
    bring_in("test", WORKED, LATER)
    follow()
    assert due(ticket) == "2027-01-14 17:30"  # 28-31 (4), 4-10 (11), 11-14 (15)


def test_the_same_as_if_the_year_had_been_known(world: World):
    before = asked(world)
    bring_in("test", WORKED, LATER)
    follow()
    assert due(asked(world, citizen="43")) == due(before)


def test_each_ticket_follows_once_however_often_it_is_looked_at(world: World):
    ticket = asked(world)
    bring_in("test", YEAR, LATER)
    follow()
    CalendarYear.objects.update(applied_at=None, cursor=0)
    follow(LATER + timedelta(hours=1))
    assert due(ticket) == "2027-01-18 17:30" and Entry.objects.filter(action="ticket.rereckoned").count() == 1


def test_the_record_says_from_when_to_when(world: World):
    ticket = asked(world)
    bring_in("test", YEAR, LATER)
    follow()
    entry = Entry.objects.get(action="ticket.rereckoned")
    assert (entry.actor, entry.object_id, entry.detail["year"]) == ("system:calendar", ticket.number, 2027)
    assert entry.detail["from"][:10] == "2027-01-15" and entry.detail["until"][:10] == "2027-01-18"


def test_the_effective_deadline_and_the_ladder_follow(world: World):
    ticket = asked(world)
    before = Ticket.objects.get(pk=ticket.pk).next_step_at
    bring_in("test", YEAR, LATER)
    follow()
    row = Ticket.objects.get(pk=ticket.pk)
    assert row.deadline == row.service_deadline and row.next_step_at is not None and before is not None and row.next_step_at > before


@pytest.mark.parametrize(("text", "at"), [("question|几点？", FRIDAY), ("emergency|fire", local("2026-12-31 23:55"))])
def test_what_does_not_reach_into_it_or_runs_by_the_clock_stays(world: World, text: str, at: datetime):
    ticket = asked(world, text, at)
    before = due(ticket)
    bring_in("test", YEAR, at)
    follow(at + timedelta(minutes=1))
    assert due(ticket) == before


def test_an_answered_ticket_stays(world: World):
    ticket = asked(world)
    actions.reply(world.alice, ticket, "已处理。", LATER)
    bring_in("test", YEAR, LATER)
    follow()
    assert due(ticket) == "2027-01-15 17:30"


def test_a_deadline_that_is_past_stays(world: World):
    ticket = asked(world)
    bring_in("test", YEAR, local("2027-01-16 10:00"))
    follow(local("2027-01-16 10:01"))
    assert due(ticket) == "2027-01-15 17:30"


def test_a_ticket_opened_by_the_new_calendar_is_left_alone(world: World):
    asked(world)
    bring_in("test", YEAR, LATER)
    fresh = asked(world, at=LATER + timedelta(minutes=1), citizen="43")
    follow(LATER + timedelta(minutes=2))
    assert due(fresh) == "2027-01-18 17:30"


def test_a_deadline_changed_since_it_was_listed_is_left_alone(world: World):
    ticket = asked(world)
    bring_in("test", YEAR, LATER)
    follow_years(LATER)
    assert Rereckoning.objects.count() == 1
    Ticket.objects.update(service_deadline=local("2027-01-20 17:30"))
    follow()
    assert due(ticket) == "2027-01-20 17:30"


def test_a_paused_ticket_follows_and_still_goes_back_to_the_right_deadline(world: World):
    ticket = asked(world)
    pause(world.alice, ticket, "detail", local("2026-12-28 12:00"), FRIDAY, words="哪里？")  # six and three office hours
    bring_in("test", YEAR, LATER)
    follow()
    assert due(ticket) == "2027-01-20 11:00"  # the close of the 18th, seven hours of the 19th, two of the 20th
    actions.claim(world.alice, Ticket.objects.get(), FRIDAY)
    assert due(ticket) == "2027-01-18 17:30"


def test_an_extended_ticket_follows(world: World):
    ticket = actions.extend(world.alice, asked(world), "会同核实", LATER)
    assert due(ticket) == "2027-02-05 17:30"
    bring_in("test", YEAR, LATER + timedelta(minutes=1))
    follow(LATER + timedelta(minutes=2))
    assert due(ticket) == "2027-02-08 17:30"


def test_two_years_that_wait_are_followed_one_after_the_other(world: World):
    ticket = asked(world)
    bring_in("test", YEAR, LATER)
    changed = '[[holiday]]\nname = "加班"\nfirst = 2026-12-30\nlast = 2026-12-31\nwork = []\n'
    bring_in("test", f'year = 2026\nsource = "更正（测试）"\n{changed}', LATER)
    follow()
    assert due(ticket) == "2027-01-20 17:30"  # 28 29 (2), 4-8 (7), 11-15 (12), 18-20 (15)


def test_a_correction_counts_from_what_had_been_brought_in_before(world: World):
    ticket = asked(world)
    bring_in("test", YEAR, LATER)
    follow()
    bring_in("test", YEAR.replace("last = 2027-01-03", "last = 2027-01-05"), LATER + timedelta(hours=1))
    follow(LATER + timedelta(hours=2))
    assert due(ticket) == "2027-01-20 17:30"  # Monday 4 and Tuesday 5 are off now, too


def test_without_a_year_to_follow_one_query_is_asked(world: World, django_assert_num_queries: object):
    forget()
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert follow_years(LATER) == 0
