"""What staff do with tickets."""

from datetime import timedelta

import pytest

from bot.audit.actions import first_break
from bot.audit.models import Entry
from bot.closing.actions import close_by_hand
from bot.conflict import Conflict, Denied
from bot.dialogue.handle import handle
from bot.outbox.models import Delivery
from bot.staff.actions import Invalid
from bot.supervision.balance import current
from bot.tickets import actions
from bot.tickets.models import Message, Ticket
from bot.tickets.queries import queue_for, tickets_for
from tests.bot.conftest import NOW, World, later
from tests.bot.dialogue.test_handle import read, said


@pytest.fixture
def ticket(world: World) -> Ticket:
    handle([said(world, "question|疫苗几点打？")], read, NOW, timedelta(0))
    return Ticket.objects.get()


def test_a_reply_stops_the_clock_and_goes_to_the_outbox(world: World, ticket: Ticket) -> None:
    (delivery,) = actions.reply(world.alice, ticket, "上午九点。", later(hours=1))
    ticket.refresh_from_db()
    assert (ticket.state, ticket.answered_at, ticket.owner_id) == ("answered", later(hours=1), world.alice.person_id)
    assert (delivery.lane, delivery.text) == ("human", "上午九点。")
    assert current().answered == 1


def test_an_automatic_answer_does_not_stop_the_clock(world: World, ticket: Ticket) -> None:
    assert Message.objects.filter(direction="auto").count() == 1
    assert (ticket.state, ticket.answered_at) == ("waiting", None)


def test_a_colleague_cannot_reply_to_a_claimed_ticket(world: World, ticket: Ticket) -> None:
    actions.claim(world.alice, ticket, NOW)
    with pytest.raises(Conflict):
        actions.reply(world.bob, ticket, "您好", NOW)
    assert Delivery.objects.filter(lane="human").count() == 0


def test_a_stranger_sees_nothing_and_may_do_nothing(world: World, ticket: Ticket) -> None:
    assert list(tickets_for(world.charlie)) == []
    with pytest.raises(Denied):
        actions.claim(world.charlie, ticket, NOW)


def test_whoever_stands_above_sees_all_below(world: World, ticket: Ticket) -> None:
    assert list(queue_for(world.diana)) == [ticket]


def test_an_untouched_claim_falls_back_to_the_queue(world: World, ticket: Ticket) -> None:
    actions.claim(world.alice, ticket, NOW)
    assert actions.lapse_claims(later(hours=3)) == 1
    ticket.refresh_from_db()
    assert (ticket.state, ticket.owner_id) == ("waiting", None)


def test_a_transfer_moves_the_ticket_and_not_the_clock(world: World, ticket: Ticket) -> None:
    actions.transfer(world.alice, ticket, world.water, "属水务职责", later(hours=1))
    moved = Ticket.objects.get()
    assert (moved.department, moved.deadline, moved.received_at) == (world.water, ticket.deadline, ticket.received_at)
    assert list(tickets_for(world.alice)) == [] and list(tickets_for(world.charlie)) == [moved]


def test_a_hand_back_goes_to_the_department_above(world: World, ticket: Ticket) -> None:
    actions.hand_back(world.alice, ticket, "不属本部门", NOW)
    assert Ticket.objects.get().department == world.root


def test_a_refusal_needs_a_second_person(world: World, ticket: Ticket) -> None:
    actions.ask_refusal(world.alice, ticket, "不属受理范围", "请向法院提起诉讼。", NOW)
    with pytest.raises(Denied):
        actions.confirm_refusal(world.alice, ticket, NOW)
    actions.confirm_refusal(world.bob, ticket, NOW)
    assert current().refused == 1
    assert Delivery.objects.filter(lane="human").get().text == "请向法院提起诉讼。"


def test_a_merged_ticket_counts_as_merged(world: World, ticket: Ticket) -> None:
    handle([said(world, "question|另一个", citizen="43")], read, NOW, timedelta(0))
    other = Ticket.objects.exclude(pk=ticket.pk).get()
    actions.merge(world.alice, other, ticket, NOW)
    found = current()
    assert (found.merged, found.open, found.difference) == (1, 1, 0)


def test_a_ticket_cannot_be_merged_into_itself_or_a_merged_one(world: World, ticket: Ticket) -> None:
    with pytest.raises(Invalid):
        actions.merge(world.alice, ticket, ticket, NOW)


def test_only_an_answered_ticket_can_be_closed(world: World, ticket: Ticket) -> None:
    with pytest.raises(Conflict):
        close_by_hand(world.alice, ticket, "电话中说已修好", NOW)
    actions.reply(world.alice, ticket, "九点", NOW)
    assert close_by_hand(world.alice, ticket, "电话中说已修好", NOW).state == "closed"


def test_a_message_after_the_answer_reopens_the_ticket(world: World, ticket: Ticket) -> None:
    actions.reply(world.alice, ticket, "九点", NOW)
    handle([said(world, "question|还有一个问题")], read, later(hours=2), timedelta(0))
    assert Ticket.objects.get().state == "reopened"


def test_a_long_reply_leaves_in_parts_in_order(world: World, ticket: Ticket) -> None:
    parts = actions.reply(world.alice, ticket, "很长的答复。" * 800, NOW)
    assert len(parts) > 1
    assert "".join(part.text for part in parts).count("很长的答复。") == 800


def test_one_extension_before_the_deadline_and_the_citizen_is_told(world: World, ticket: Ticket) -> None:
    longer = actions.extend(world.alice, ticket, "需现场核实", NOW)
    assert longer.service_deadline > ticket.service_deadline
    assert "需现场核实" in Delivery.objects.filter(lane="human").get().text
    with pytest.raises(Conflict):
        actions.extend(world.alice, ticket, "再等等", NOW)


def test_empty_and_endless_replies_are_refused(world: World, ticket: Ticket) -> None:
    for text in ("", " \n", "\x00", "长" * 5001):
        with pytest.raises(Invalid):
            actions.reply(world.alice, ticket, text, NOW)
    assert Ticket.objects.get().state == "waiting"


def test_every_deed_is_on_a_record_that_shows_tampering(world: World, ticket: Ticket) -> None:
    actions.claim(world.alice, ticket, NOW)
    actions.reply(world.alice, ticket, "九点", NOW)
    done = Entry.objects.filter(object_id=ticket.number).order_by("id").values_list("action", flat=True)
    assert list(done) == ["ticket.opened", "ticket.claimed", "ticket.answered"]
    assert first_break() is None
    rows = list(Entry.objects.order_by("id"))
    rows[2].detail = {"changed": True}
    assert first_break(rows) == rows[2]
