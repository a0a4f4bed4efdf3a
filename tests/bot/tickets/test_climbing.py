"""The ladder in motion: overdue means somebody else, once, and on record."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.audit.actions import first_break
from bot.audit.models import Entry
from bot.dialogue.handle import handle
from bot.duty.models import Absence, Gap, Post
from bot.paging.models import Page
from bot.staff.models import Person
from bot.tickets import actions
from bot.tickets.climbing import climb, repair
from bot.tickets.models import OPEN_STATES, Ticket
from bot.tickets.roster import watch_roster
from policies.ladder import NORMAL
from tests.bot.conftest import NOW, World, later
from tests.bot.dialogue.test_handle import read, said
from tests.bot.duty.test_roster import shift

SECOND = timedelta(seconds=1)


@pytest.fixture
def ticket(world: World) -> Ticket:
    """A question of a Friday 10:00; its deadline is Tuesday 17:30. Bob is on duty in health, Diana above."""
    shift(world.health, world.bob, -1, 24 * 30)
    handle([said(world, "question|疫苗几点打？")], read, NOW, timedelta(0))
    return Ticket.objects.get()


def owner() -> str:
    found = Ticket.objects.get().owner
    return found.username if found else ""


def step(ticket: Ticket) -> datetime:
    """Climb at the moment of the next step; the moment after that."""
    ticket.refresh_from_db()
    assert ticket.next_step_at is not None
    climb(ticket.next_step_at)
    ticket.refresh_from_db()
    assert ticket.next_step_at is not None
    return ticket.next_step_at


def recorded() -> list[tuple[str, int]]:
    rows = Entry.objects.filter(actor="system:ladder").order_by("pk")
    return [(row.action.removeprefix("ticket."), row.detail["rung"]) for row in rows]


def test_a_new_ticket_has_its_first_step_at_half_the_way(ticket: Ticket) -> None:
    assert (ticket.rung, f"{ticket.next_step_at:%d %H:%M}") == (0, "23 06:30")


def test_nothing_happens_before_its_moment(ticket: Ticket) -> None:
    assert climb(ticket.next_step_at - SECOND) == 0 and recorded() == []


def test_a_ticket_climbs_from_reminders_to_duty_head_and_the_root(world: World, ticket: Ticket) -> None:
    seen = []
    for _ in range(6):
        step(ticket)
        seen.append(owner())
    assert seen == ["", "", "bob", "alice", "diana", "diana"]
    assert recorded() == [("reminded", 1), ("reminded", 2), ("climbed", 3), ("climbed", 4), ("climbed", 5), ("called", 5)]
    assert first_break() is None


def test_the_step_at_the_deadline_is_at_the_deadline(ticket: Ticket) -> None:
    step(ticket)
    assert step(ticket) == ticket.deadline


def test_a_claimed_ticket_that_climbs_is_no_longer_claimed(world: World, ticket: Ticket) -> None:
    actions.claim(world.alice, ticket, NOW)
    climb(ticket.deadline)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.lease_until, owner()) == ("waiting", None, "bob")
    assert Entry.objects.filter(action="ticket.climbed").get().detail["from"] == "alice"


def test_the_new_owner_may_answer_and_the_earlier_may_not(world: World, ticket: Ticket) -> None:
    actions.claim(world.alice, ticket, NOW)
    climb(ticket.deadline)
    with pytest.raises(actions.Conflict):
        actions.reply(world.alice, ticket, "九点", ticket.deadline)
    actions.reply(world.bob, ticket, "九点", ticket.deadline)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.next_step_at) == ("answered", None)


def test_who_is_on_duty_and_has_it_already_passes_it_on(world: World, ticket: Ticket) -> None:
    actions.claim(world.bob, ticket, NOW)
    climb(ticket.deadline)
    assert owner() == "alice"


def test_a_step_is_taken_once(ticket: Ticket) -> None:
    assert climb(ticket.deadline) == 1
    assert climb(ticket.deadline) == 0 and len(recorded()) == 3


def test_after_months_of_standing_still_all_is_recorded_and_the_highest_has_it(world: World, ticket: Ticket) -> None:
    climb(later(days=100))
    assert [rung for _, rung in recorded()] == [1, 2, 3, 4, 5] and owner() == "diana"
    assert [row.detail.get("passed", False) for row in Entry.objects.filter(actor="system:ladder")].count(False) == 1
    assert climb(later(days=100)) == 0


def test_an_answer_ends_the_climb_and_a_new_question_begins_it_anew(world: World, ticket: Ticket) -> None:
    actions.reply(world.alice, ticket, "九点", later(hours=1))
    assert climb(later(days=30)) == 0
    handle([said(world, "question|还有", sent_at=later(hours=2))], read, later(hours=2), timedelta(0))
    ticket.refresh_from_db()
    assert (ticket.state, ticket.rung, ticket.clock_from) == ("reopened", 0, later(hours=2))
    assert ticket.next_step_at > later(hours=2)


def test_an_extension_brings_the_reminders_back(world: World, ticket: Ticket) -> None:
    step(ticket)
    actions.extend(world.alice, ticket, "需现场核实", ticket.next_step_at - timedelta(hours=1))
    ticket.refresh_from_db()
    assert ticket.rung == 0 and ticket.next_step_at < ticket.deadline


def test_an_emergency_goes_to_the_duty_post_at_once_and_up_in_minutes(world: World, ticket: Ticket) -> None:
    handle([said(world, "emergency|着火了", citizen="43")], read, NOW, timedelta(0))
    urgent = Ticket.objects.get(urgent=True)
    climb(NOW)
    owners = []
    for minutes in (0, 15, 25, 35):
        climb(later(minutes=minutes))
        owners.append(Ticket.objects.get(pk=urgent.pk).owner.username)
    assert owners == ["bob", "alice", "diana", "diana"]


def test_an_open_ticket_that_becomes_an_emergency_climbs_like_one(world: World, ticket: Ticket) -> None:
    handle([said(world, "emergency|着火了", sent_at=later(hours=3))], read, later(hours=3), timedelta(0))
    ticket.refresh_from_db()
    assert (ticket.urgent, ticket.rung, ticket.next_step_at) == (True, 0, later(hours=3))


def test_a_message_that_comes_after_its_deadline_gives_everybody_their_time(world: World) -> None:
    shift(world.health, world.bob, -1, 24 * 30)
    handle([said(world, "question|三个月前", sent_at=later(days=-90))], read, NOW, timedelta(0))
    climb(NOW)
    ticket = Ticket.objects.get()
    assert (owner(), ticket.rung) == ("bob", 3) and ticket.next_step_at == later(hours=5.5)


def test_a_transfer_tells_the_new_department_and_keeps_the_deadline(world: World, ticket: Ticket) -> None:
    climb(later(days=100))
    shift(world.water, world.charlie, -1, 24 * 200)
    actions.transfer(world.diana, ticket, world.water, "属水务", later(days=100, minutes=1))
    climb(later(days=100, minutes=1))
    moved = Ticket.objects.get()
    assert (moved.deadline, owner(), moved.rung) == (ticket.deadline, "charlie", 3)


def test_a_proposed_refusal_climbs_and_stays_proposed(world: World, ticket: Ticket) -> None:
    actions.ask_refusal(world.alice, ticket, "不属受理范围", "请向法院起诉。", NOW)
    climb(ticket.deadline)
    ticket.refresh_from_db()
    assert (ticket.state, owner()) == ("refusal_asked", "bob")


@pytest.mark.parametrize("state", OPEN_STATES)
def test_no_open_state_is_without_a_step(world: World, ticket: Ticket, state: str) -> None:
    Ticket.objects.update(state=state, next_step_at=None)
    assert repair(NOW) == 1 and repair(NOW) == 0
    ticket.refresh_from_db()
    climb(ticket.deadline)
    ticket.refresh_from_db()
    assert owner() == "bob" and ticket.next_step_at > ticket.deadline


def test_old_overdue_tickets_begin_their_climb_at_the_duty_post(world: World, ticket: Ticket) -> None:
    Ticket.objects.update(next_step_at=None)
    repair(later(days=100))
    shift(world.health, world.bob, 24 * 90, 24 * 110)
    climb(later(days=100))
    assert owner() == "bob" and Ticket.objects.get().rung == len(NORMAL.steps) - 2


def test_a_paused_ticket_waits_for_the_end_of_its_pause(world: World, ticket: Ticket) -> None:
    Ticket.objects.update(state="awaiting_citizen", paused_until=later(days=10), next_step_at=ticket.deadline)
    climb(ticket.deadline)
    assert recorded() == [] and Ticket.objects.get().next_step_at > later(days=10)


def test_nobody_on_duty_asks_above_and_is_an_alarm_once(world: World, ticket: Ticket) -> None:
    shift(world.root, world.diana, -1, 24 * 30)
    world.health.shifts.all().delete()
    shift(world.health, world.bob, -9, -1)
    handle([said(world, f"question|{citizen}", citizen=str(citizen)) for citizen in range(100, 103)], read, NOW, timedelta(0))
    for minutes in range(5):
        climb(later(days=5, minutes=minutes))  # the Wednesday after, 10:00 in Beijing
    assert {one.owner.username for one in Ticket.objects.all()} == {"diana"}
    assert list(Gap.objects.values_list("department", "since")) == [(world.health.pk, later(days=5))]


def test_a_section_without_a_roster_is_covered_by_the_one_above_unless_its_post_is_for_day_and_night(world: World, ticket: Ticket) -> None:
    shift(world.root, world.diana, -1, 24 * 30)
    world.health.shifts.all().delete()
    climb(later(days=5))
    assert owner() == "diana" and not Gap.objects.exists()
    Post.objects.create(department=world.health, round_the_clock=True)
    Ticket.objects.update(rung=0, next_step_at=later(days=5))
    climb(later(days=5, minutes=1))
    assert list(Gap.objects.values_list("department", flat=True)) == [world.health.pk]


def test_a_gap_in_the_roster_is_noticed_without_any_ticket_and_ends(world: World) -> None:
    shift(world.health, world.bob, -9, -1)
    watch_roster(NOW)
    watch_roster(later(minutes=1))
    assert list(Gap.objects.values_list("department", "until")) == [(world.health.pk, None)]
    shift(world.health, world.bob, 1, 5)
    watch_roster(later(hours=2))
    assert Gap.objects.get().until == later(hours=2)
    assert [row.action for row in Entry.objects.filter(actor="system:duty")] == ["duty.gap", "duty.gap_ended"]


def test_an_empty_post_at_night_is_as_it_should_be(world: World) -> None:
    shift(world.health, world.bob, -9, -1)
    watch_roster(later(hours=12))
    assert not Gap.objects.exists()


def called(*, insist: bool) -> list[list[str]]:
    """Who is or was called, in order, page by page; `insist` False: who was only told."""
    names = dict(Person.objects.values_list("pk", "username"))
    return [[names[pk] for pk in page.people] for page in Page.objects.filter(insist=insist).order_by("pk")]


def test_each_step_calls_the_new_owner_then_those_above_and_tells_the_earlier(world: World, ticket: Ticket) -> None:
    actions.claim(world.alice, ticket, NOW)
    for _ in range(4):
        step(ticket)
    assert called(insist=True) == [["bob", "diana"], ["alice", "diana"]]
    assert called(insist=False) == [["alice"], ["alice"], ["alice"], ["bob"]]
    page = Page.objects.filter(insist=True).latest("pk")
    assert ticket.number in page.words and page.path == f"/tickets/{ticket.number}"


def test_the_call_of_the_rung_below_ends_when_the_next_calls(world: World, ticket: Ticket) -> None:
    for _ in range(5):
        step(ticket)
    assert list(Page.objects.filter(insist=True).order_by("pk").values_list("state", flat=True)) == ["settled", "settled", "calling"]


@pytest.mark.parametrize("verb", ["claim", "reply", "transfer"])
def test_whoever_has_it_in_hand_is_called_no_more(world: World, ticket: Ticket, verb: str) -> None:
    climb(ticket.deadline)
    more = {"claim": [], "reply": ["九点"], "transfer": [world.water, "属水务"]}[verb]
    getattr(actions, verb)(world.bob, ticket, *more, ticket.deadline)
    assert not Page.objects.filter(state="calling").exists()


def test_after_a_long_stop_one_page_leaves_for_each_ticket(world: World, ticket: Ticket) -> None:
    climb(later(days=100))
    assert called(insist=True) == [["diana"]] and called(insist=False) == []


def test_an_empty_post_is_called_about_once(world: World, ticket: Ticket) -> None:
    world.health.shifts.all().delete()
    shift(world.health, world.bob, -9, -1)
    for minutes in range(3):
        watch_roster(later(minutes=minutes))
    assert called(insist=True) == [["alice", "bob", "diana"]]


def test_a_reminder_goes_to_the_deputy_and_leaves_the_ticket_where_it_is(world: World, ticket: Ticket) -> None:
    actions.claim(world.alice, ticket, NOW)
    hours = {"starts_at": NOW, "ends_at": later(days=9)}
    Absence.objects.create(person_id=world.alice.person_id, deputy_id=world.diana.person_id, **hours)
    ticket.refresh_from_db()
    climb(ticket.next_step_at)
    assert owner() == "alice" and recorded() == [("reminded", 1)]
    assert called(insist=False) == [["diana"]]


def test_with_nobody_at_all_the_climb_goes_on_and_is_recorded(world: World, ticket: Ticket) -> None:
    Person.objects.update(is_active=False)
    climb(later(days=100))
    assert Ticket.objects.get().owner is None and len(recorded()) == 5
    assert climb(later(days=107)) == 1


def test_one_sick_ticket_holds_up_none_of_the_others(world: World, ticket: Ticket) -> None:
    handle([said(world, "question|另一个", citizen="77")], read, NOW, timedelta(0))
    beyond = datetime(9999, 12, 31, tzinfo=UTC)  # there is no calendar for the day after
    Ticket.objects.filter(pk=ticket.pk).update(clock_from=beyond, rung=3, next_step_at=NOW)
    climb(ticket.deadline)
    assert Ticket.objects.exclude(pk=ticket.pk).get().owner.username == "bob"
    assert Ticket.objects.get(pk=ticket.pk).next_step_at > ticket.deadline
