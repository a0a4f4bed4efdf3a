"""The clock stands only while a citizen is asked for something, and always goes on."""

from datetime import datetime, timedelta

import pytest

from bot.audit.models import Entry
from bot.channels.models import Conversation
from bot.conflict import Conflict, Denied
from bot.deadlines.actions import set_term
from bot.dialogue.handle import handle
from bot.outbox.models import Delivery
from bot.staff.actions import Invalid
from bot.tickets import actions
from bot.tickets.models import Pause, Ticket
from bot.tickets.pausing import end_pauses, pause, resume
from policies.calendar import SHANGHAI
from policies.packs import Own
from tests.bot.conftest import NOW, World, later
from tests.bot.dialogue.test_handle import read, said

END = later(days=4)  # Tuesday 24 November, 10:00: half a day of Friday, Monday and one hour of Tuesday have passed in offices


@pytest.fixture
def ticket(world: World) -> Ticket:
    handle([said(world, "question|疫苗几点打？")], read, NOW, timedelta(0))
    return Ticket.objects.get()


def again(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


def paused(world: World, ticket: Ticket, until: datetime = END, now: datetime = NOW) -> Ticket:
    return pause(world.alice, ticket, "detail", until, now, words="是哪个接种点？")


def local(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%m-%d %H:%M}"


def test_a_pause_moves_the_service_deadline_by_the_office_time_in_between(world: World, ticket: Ticket):
    before = local(ticket.service_deadline)
    row = paused(world, ticket)
    # Friday 10:00 to Tuesday 10:00 are 6 + 7 + 1 office hours; Tuesday 17:30 and 14 hours more are the close of Thursday.
    assert (before, local(row.service_deadline), row.state) == ("11-24 17:30", "11-26 17:30", "awaiting_citizen")
    assert (row.paused_until, row.pause_reason) == (END, "补充说明具体情况：是哪个接种点？")


def test_the_citizen_is_asked_and_told_until_when(world: World, ticket: Ticket):
    paused(world, ticket)
    text = Delivery.objects.get(lane="human").text
    assert all(words in text for words in (ticket.number, "请您补充说明具体情况：是哪个接种点？", "2026-11-24 10:00", "期限顺延"))


def test_the_record_shows_why_until_when_and_from_which_deadline(world: World, ticket: Ticket):
    before = ticket.service_deadline
    paused(world, ticket)
    entry, row = Entry.objects.get(action="ticket.paused"), Pause.objects.get()
    assert (entry.actor, entry.detail["until"], entry.detail["service"][0]) == ("alice", END.isoformat(), before.isoformat())
    assert (row.reason, row.words, row.service_before, row.ended_at) == ("detail", "是哪个接种点？", before, None)


def test_the_platforms_window_goes_on(world: World, ticket: Ticket):
    window = later(hours=40)
    Conversation.objects.filter(pk=ticket.conversation_id).update(window_closes=True, window_until=window, window_left=4)
    assert paused(world, ticket).deadline == window


def test_the_pause_ends_by_itself(world: World, ticket: Ticket):
    paused(world, ticket)
    assert end_pauses(END - timedelta(seconds=1)) == 0 and again(ticket).state == "awaiting_citizen"
    assert end_pauses(END) == 1 and end_pauses(END) == 0
    row = again(ticket)
    assert (row.state, row.owner_id, row.lease_until) == ("claimed", world.alice.person_id, END + actions.CLAIM_LEASE)
    assert (local(row.service_deadline), row.paused_until, Pause.objects.get().ended_by) == ("11-26 17:30", None, "time")


def test_resuming_early_gives_back_what_did_not_pass(world: World, ticket: Ticket):
    paused(world, ticket)
    row = resume(world.alice, ticket, later(hours=1))
    assert (row.state, local(row.service_deadline)) == ("claimed", "11-25 10:00")
    assert Entry.objects.latest("id").action == "ticket.resumed"


def test_the_pause_ends_when_the_citizen_writes_and_the_one_who_asked_goes_on(world: World, ticket: Ticket):
    paused(world, ticket)
    handle([said(world, "question|城东接种点", sent_at=later(hours=1))], read, later(hours=1), timedelta(0))
    row = again(ticket)
    assert (row.state, row.owner_id, row.paused_until, local(row.service_deadline)) == (
        "reopened",
        world.alice.person_id,
        None,
        "11-25 10:00",
    )
    assert Pause.objects.get().ended_by == "citizen"


def test_a_machines_answer_ends_nothing_and_pauses_nothing(world: World, ticket: Ticket):
    assert Delivery.objects.filter(lane="auto").exists() and not Pause.objects.exists()
    paused(world, ticket)
    assert again(ticket).state == "awaiting_citizen" and Pause.objects.filter(ended_at=None).count() == 1


def test_a_reply_ends_the_pause(world: World, ticket: Ticket):
    paused(world, ticket)
    actions.reply(world.alice, ticket, "上午九点。", later(hours=1))
    assert (again(ticket).state, again(ticket).paused_until, Pause.objects.get().ended_by) == ("answered", None, "answered")


def test_a_transfer_ends_the_pause_and_keeps_the_time_that_passed(world: World, ticket: Ticket):
    paused(world, ticket)
    actions.transfer(world.alice, ticket, world.water, "", later(hours=1))
    assert (again(ticket).state, local(again(ticket).service_deadline)) == ("waiting", "11-25 10:00")


def test_an_extension_during_a_pause_counts_from_the_deadline_as_it_then_is(world: World, ticket: Ticket):
    paused(world, ticket)
    row = actions.extend(world.alice, ticket, "须会同住建部门核实", later(hours=1))
    assert (row.state, local(row.service_deadline), row.paused_until) == ("extended", "12-16 17:30", None)


@pytest.mark.parametrize("days", [-1, 0, 15])
def test_a_pause_needs_an_end_within_the_packs_limit(world: World, ticket: Ticket, days: int):
    with pytest.raises(Invalid, match="最迟到 2026-12-04 17:30"):
        paused(world, ticket, until=later(days=days))
    assert again(ticket).state == "waiting"


@pytest.mark.parametrize(("reason", "words"), [("because", "x"), ("", "x"), ("detail", " "), ("detail", "x" * 401)])
def test_a_pause_needs_a_reason_of_the_list_and_words(world: World, ticket: Ticket, reason: str, words: str):
    with pytest.raises(Invalid):
        pause(world.alice, ticket, reason, END, NOW, words=words)
    assert not Pause.objects.exists()


def test_a_third_pause_is_refused(world: World, ticket: Ticket):
    for hour in (1, 2):
        paused(world, again(ticket), now=later(hours=hour))
        resume(world.alice, again(ticket), later(hours=hour, minutes=10))
    with pytest.raises(Conflict, match="最多暂停计时 2 次"):
        paused(world, again(ticket), now=later(hours=3))


def test_a_department_may_allow_none(world: World, ticket: Ticket):
    set_term(world.alice, world.health, Own("pause.times", 0, "times", "本局规定"), NOW)
    with pytest.raises(Conflict):
        paused(world, ticket)


def test_an_emergency_never_stands_still(world: World, ticket: Ticket):
    Ticket.objects.update(urgent=True)
    with pytest.raises(Conflict, match="紧急"):
        paused(world, ticket)


def test_nobody_waits_for_a_citizen_who_cannot_be_asked(world: World, ticket: Ticket):
    Conversation.objects.filter(pk=ticket.conversation_id).update(window_closes=True, window_until=later(hours=-1), window_left=0)
    with pytest.raises(Conflict, match="送达"):
        paused(world, ticket)


def test_what_is_overdue_cannot_be_paused(world: World, ticket: Ticket):
    with pytest.raises(Conflict, match="已过"):
        paused(world, ticket, now=ticket.service_deadline, until=ticket.service_deadline + timedelta(days=1))
    assert not Pause.objects.exists()


def test_a_colleague_or_a_stranger_can_neither_pause_nor_resume(world: World, ticket: Ticket):
    with pytest.raises(Denied):
        pause(world.charlie, ticket, "detail", END, NOW, words="x")
    paused(world, ticket)
    with pytest.raises(Conflict):
        resume(world.bob, ticket, later(hours=1))
    with pytest.raises(Denied):
        resume(world.charlie, ticket, later(hours=1))


@pytest.mark.parametrize("state", ["answered", "closed", "refused", "refusal_asked", "awaiting_citizen"])
def test_only_what_is_being_worked_on_can_be_paused(world: World, ticket: Ticket, state: str):
    Ticket.objects.update(state=state, refuse_reason="x")
    with pytest.raises(Conflict):
        paused(world, ticket)


def test_a_message_written_before_the_question_ends_the_pause_at_its_beginning(world: World, ticket: Ticket):
    before = ticket.service_deadline
    paused(world, ticket, now=later(hours=1))
    handle([said(world, "question|补充一句", sent_at=later(minutes=30))], read, later(hours=2), timedelta(0))
    row = Pause.objects.get()
    assert (row.ended_at, again(ticket).service_deadline) == (row.began_at, before)
