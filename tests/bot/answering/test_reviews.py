"""Where a second person reads replies: what waits, who decides, and that the clock runs on."""

import pytest
from django.db import IntegrityError, transaction

from bot.answering import drafts, reviews
from bot.answering.actions import approve, send, withdraw
from bot.answering.models import Review, Sending
from bot.conflict import Conflict, Denied
from bot.incidents.actions import found
from bot.incidents.answering import Choice, start
from bot.incidents.models import Part
from bot.outbox.models import Delivery
from bot.staff.actions import Invalid
from bot.tickets import actions
from bot.tickets.models import Message, Ticket
from tests.bot.answering.conftest import GOOD
from tests.bot.conftest import NOW, World, later
from tests.console.town import opened


@pytest.fixture
def waiting(world: World, ticket: Ticket) -> Review:
    """Alice's reply, which Bob may send."""
    reviews.switch(world.alice, world.health, "transport", True, NOW)
    row = send(world.alice, ticket, GOOD, NOW, seen=str(drafts.version_of(ticket)), accepted="")
    assert isinstance(row, Review)
    return row


def test_a_reply_under_review_sends_nothing_and_the_clock_runs(world: World, waiting: Review) -> None:
    ticket = Ticket.objects.get()
    assert (ticket.state, ticket.answered_at, ticket.owner_id) == ("drafted", None, world.alice.person_id)
    assert Delivery.objects.count() == 0 and ticket.deadline == waiting.ticket.deadline


def test_its_author_cannot_send_it(world: World, waiting: Review) -> None:
    with pytest.raises(Denied):
        approve(world.alice, waiting, NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.update(state="approved", reviewer=waiting.author)


def test_a_stranger_and_an_agent_cannot_send_it(world: World, waiting: Review) -> None:
    with pytest.raises(Denied):
        approve(world.charlie, waiting, NOW)
    assert Review.objects.get().state == "waiting"


def test_the_second_person_sends_it_in_its_authors_name(world: World, waiting: Review) -> None:
    approve(world.bob, waiting, later(hours=1))
    ticket, said = Ticket.objects.get(), Message.objects.get(direction="human")
    assert (ticket.state, ticket.owner_id, said.author, said.text) == ("answered", world.alice.person_id, "Alice", GOOD)
    assert Delivery.objects.get().not_before == later(hours=1, seconds=10)


def test_it_is_sent_once(world: World, waiting: Review) -> None:
    approve(world.bob, waiting, NOW)
    with pytest.raises(Conflict):
        approve(world.diana, waiting, NOW)
    assert Delivery.objects.count() == 1


def test_a_reply_given_back_is_its_authors_draft_with_the_reason(world: World, waiting: Review) -> None:
    with pytest.raises(Invalid):
        reviews.give_back(world.bob, waiting, "  ", NOW)
    reviews.give_back(world.bob, waiting, "请写明窗口。", NOW)
    ticket, row = Ticket.objects.get(), reviews.latest(Ticket.objects.get())
    assert (ticket.state, drafts.kept(world.alice, ticket)) == ("claimed", GOOD)
    assert row is not None and (row.state, row.comment) == ("returned", "请写明窗口。")


def test_a_citizen_who_wrote_meanwhile_is_answered_anew(world: World, waiting: Review) -> None:
    ticket = waiting.ticket
    Message.objects.create(conversation=ticket.conversation, account=ticket.account, ticket=ticket, direction="citizen", text="急", at=NOW)
    with pytest.raises(Conflict, match="又发来消息"):
        approve(world.bob, waiting, NOW)
    assert Delivery.objects.count() == 0


def test_its_author_takes_it_back_to_change_it(world: World, waiting: Review) -> None:
    with pytest.raises(Denied):
        reviews.recall(world.bob, waiting, NOW)
    reviews.recall(world.alice, waiting, NOW)
    assert Ticket.objects.get().state == "claimed" and drafts.kept(world.alice, waiting.ticket) == GOOD


def test_a_reply_to_a_ticket_that_went_elsewhere_is_not_sent(world: World, waiting: Review) -> None:
    actions.transfer(world.alice, waiting.ticket, world.water, "属水务", NOW)
    for person in (world.bob, world.charlie, world.diana):
        with pytest.raises((Conflict, Denied)):
            approve(person, waiting, NOW)
    assert reviews.latest(Ticket.objects.get()) is None


def test_an_approved_reply_taken_back_is_work_again(world: World, waiting: Review) -> None:
    sent = approve(world.bob, waiting, NOW)
    withdraw(world.alice, sent.ticket, later(seconds=3))
    ticket = Ticket.objects.get()
    assert (ticket.state, ticket.answered_at) == ("claimed", None) and ticket.lease_until == later(hours=2, seconds=3)


def test_a_new_reply_takes_the_place_of_the_one_that_waits(world: World, waiting: Review) -> None:
    send(world.alice, waiting.ticket, GOOD + "请带原件。", NOW)
    assert sorted(Review.objects.values_list("state", flat=True)) == ["recalled", "waiting"]


def test_what_is_added_to_an_answer_waits_too_but_the_answer_stays(world: World, ticket: Ticket) -> None:
    send(world.alice, ticket, GOOD, NOW)
    reviews.switch(world.alice, world.health, "transport", True, NOW)
    row = send(world.alice, ticket, GOOD + "请带原件。", later(minutes=5))
    assert isinstance(row, Review) and Ticket.objects.get().state == "answered"
    assert isinstance(approve(world.bob, row, later(minutes=6)), Sending)


def test_the_nearest_department_that_says_anything_decides(world: World, ticket: Ticket) -> None:
    reviews.switch(world.diana, world.root, "transport", True, NOW)
    assert reviews.needed(ticket)
    reviews.switch(world.alice, world.health, "transport", False, NOW)
    assert not reviews.needed(ticket)


def test_nobody_switches_for_a_department_not_theirs(world: World) -> None:
    with pytest.raises(Denied):
        reviews.switch(world.charlie, world.health, "transport", True, NOW)


def test_a_reply_to_all_leaves_out_what_a_second_person_reads(world: World, ticket: Ticket) -> None:
    other = opened(world, "滨江路小学报名时间")
    Ticket.objects.filter(pk=other.pk).update(subject="education")
    event = found(world.alice, ticket, other, NOW)
    reviews.switch(world.alice, world.health, "transport", True, NOW)
    start(world.alice, event, GOOD, Choice(), NOW)
    assert {part.ticket_id: part.why for part in Part.objects.all()} == {ticket.pk: "review", other.pk: ""}


def test_personal_data_goes_to_nobody_in_an_incident(world: World, ticket: Ticket) -> None:
    event = found(world.alice, ticket, opened(world, "滨江路小学报名时间"), NOW)
    with pytest.raises(Invalid, match="13800138000"):
        start(world.alice, event, GOOD + "找13800138000。", Choice(), NOW)
    assert not Part.objects.exists()


def test_a_ticket_that_climbed_meanwhile_can_still_be_answered(world: World, waiting: Review) -> None:
    Ticket.objects.update(state="waiting", owner=world.diana.person_id, rung=3)
    row = reviews.latest(Ticket.objects.get())
    assert row is not None and approve(world.bob, row, NOW)
    assert Ticket.objects.get().state == "answered"
