"""A citizen called back: reached is an answer, not reached is a note."""

from datetime import datetime, timedelta

import pytest

from bot.answering import drafts
from bot.answering.calls import Called, log_call, masked
from bot.answering.checking import Doubt
from bot.answering.models import Call
from bot.audit.models import Entry
from bot.conflict import Conflict, Denied
from bot.console.citizen import progress
from bot.outbox.models import Delivery
from bot.staff.actions import Invalid
from bot.tickets import actions
from bot.tickets.models import Message, Ticket
from tests.bot.conftest import NOW, World, later

SUMMARY = "已电话说明报名时间和材料，市民表示知晓。"


def called(reached: bool = True, summary: str = SUMMARY, at: datetime | None = None, number: str = "138 0013 8000") -> Called:
    return Called(number, reached, summary, at or later(minutes=5))


def test_a_call_that_reached_stops_the_clock_and_sends_nothing(world: World, ticket: Ticket) -> None:
    log_call(world.alice, ticket, called(), later(minutes=6))
    stands = Ticket.objects.get()
    assert (stands.state, stands.answered_at, stands.owner_id) == ("answered", later(minutes=6), world.alice.person_id)
    assert Delivery.objects.count() == 0


def test_the_citizen_reads_the_summary_on_the_query_page(world: World, ticket: Ticket) -> None:
    log_call(world.alice, ticket, called(), later(minutes=6))
    found = progress(ticket.query_code, later(minutes=7))
    assert found is not None and [SUMMARY in one.text for one in found.answers] == [True]


def test_a_call_in_vain_is_a_note_and_the_clock_runs_on(world: World, ticket: Ticket) -> None:
    log_call(world.alice, ticket, called(reached=False, summary="无人接听"), later(minutes=6))
    stands, found = Ticket.objects.get(), progress(ticket.query_code, later(minutes=7))
    assert (stands.state, stands.answered_at) == ("waiting", None) and found is not None and found.answers == ()
    assert Message.objects.filter(direction="note").count() == 1


def test_the_whole_number_is_kept_nowhere(world: World, ticket: Ticket) -> None:
    log_call(world.alice, ticket, called(), later(minutes=6))
    kept = [Call.objects.get().number, str(list(Entry.objects.values_list("detail", flat=True)))]
    assert kept[0] == "138****8000" and not any("0013" in one for one in kept)


@pytest.mark.parametrize(("number", "kept"), [("0731-82213456", "0731******56"), ("82213456", "82****56"), ("12345", "12345")])
def test_numbers_of_any_kind_lose_their_middle(number: str, kept: str) -> None:
    assert masked(number) == kept


@pytest.mark.parametrize("number", ["", "无", "12", "1" * 21, "1" * 41])
def test_what_is_no_number_is_refused(number: str) -> None:
    with pytest.raises(Invalid):
        masked(number)


@pytest.mark.parametrize("at", [later(minutes=7), NOW - timedelta(days=1)])
def test_a_call_before_the_question_or_in_the_future_is_refused(world: World, ticket: Ticket, at: datetime) -> None:
    with pytest.raises(Invalid):
        log_call(world.alice, ticket, called(at=at), later(minutes=6))


def test_personal_data_in_a_summary_is_refused(world: World, ticket: Ticket) -> None:
    with pytest.raises(Doubt):
        log_call(world.alice, ticket, called(summary=SUMMARY + "身份证430102198001011234"), later(minutes=6))
    assert Call.objects.count() == 0


def test_a_colleagues_ticket_and_an_older_conversation_are_refused(world: World, ticket: Ticket) -> None:
    seen = str(drafts.version_of(ticket))
    actions.claim(world.bob, ticket, NOW)
    with pytest.raises(Conflict):
        log_call(world.alice, ticket, called(), later(minutes=6), seen=seen)
    actions.reply(world.bob, ticket, "好", NOW)
    with pytest.raises(Conflict, match="刚刚已答复"):
        log_call(world.bob, ticket, called(), later(minutes=6), seen=seen)


def test_a_stranger_logs_nothing(world: World, ticket: Ticket) -> None:
    with pytest.raises(Denied):
        log_call(world.charlie, ticket, called(), later(minutes=6))
