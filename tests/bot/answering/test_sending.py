"""A reply is refused when the conversation went on, checked for its words, and can be taken back while it is queued."""

from datetime import timedelta

import pytest

from bot.answering import drafts
from bot.answering.actions import may_take_back, send, withdraw
from bot.answering.checking import Doubt
from bot.answering.models import Draft, Sending
from bot.audit.models import Entry
from bot.conflict import Conflict, Denied
from bot.outbox.actions import claim as claim_deliveries
from bot.outbox.models import Delivery
from bot.tickets import actions
from bot.tickets.models import Message, Pause, Ticket
from bot.tickets.pausing import pause
from policies.wording import Level
from tests.bot.answering.conftest import GOOD
from tests.bot.conftest import NOW, World, later


def wrote_again(ticket: Ticket, text: str = "还有一个问题") -> None:
    Message.objects.create(conversation=ticket.conversation, account=ticket.account, ticket=ticket, direction="citizen", text=text, at=NOW)


def seen(ticket: Ticket) -> str:
    return str(drafts.version_of(ticket))


def sent(world: World, ticket: Ticket, text: str = GOOD) -> Sending:
    found = send(world.alice, ticket, text, NOW, seen=seen(ticket), accepted="")
    assert isinstance(found, Sending)
    return found


def test_a_reply_waits_ten_seconds_and_stops_the_clock_at_once(world: World, ticket: Ticket) -> None:
    sent(world, ticket)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.answered_at) == ("answered", NOW) and Delivery.objects.get().not_before == later(seconds=10)
    assert claim_deliveries("w", 9, later(seconds=9.9)) == [] and len(claim_deliveries("w", 9, later(seconds=10))) == 1


def test_an_urgent_reply_waits_for_nothing(world: World, ticket: Ticket) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(urgent=True)
    sent(world, ticket)
    assert Delivery.objects.get().not_before == NOW


def test_what_is_taken_back_leaves_the_ticket_as_it_stood(world: World, ticket: Ticket) -> None:
    actions.claim(world.alice, ticket, NOW)
    before = Ticket.objects.values("state", "owner", "lease_until", "answered_at", "deadline", "service_deadline", "next_step_at").get()
    sent(world, ticket)
    withdraw(world.alice, ticket, later(seconds=9))
    assert Ticket.objects.values(*before).get() == before and before["state"] == "claimed"
    assert Delivery.objects.get().state == "withdrawn" and claim_deliveries("w", 9, later(days=1)) == []


def test_taken_back_words_are_a_draft_again_and_no_reply_to_anybody(world: World, ticket: Ticket) -> None:
    sent(world, ticket)
    drafts.keep(world.alice, ticket, "补充一句", later(seconds=3))
    withdraw(world.alice, ticket, later(seconds=9))
    assert drafts.kept(world.alice, ticket) == f"{GOOD}\n\n补充一句" and not Message.objects.filter(direction="human").exists()
    assert Entry.objects.order_by("-pk").values_list("action", flat=True)[0] == "ticket.reply_withdrawn"


def test_what_has_left_cannot_be_taken_back(world: World, ticket: Ticket) -> None:
    sent(world, ticket)
    claim_deliveries("w", 9, later(seconds=10))
    with pytest.raises(Conflict):
        withdraw(world.alice, ticket, later(seconds=10))
    assert Ticket.objects.get().state == "answered" and Message.objects.filter(direction="human").exists()


def test_a_reply_in_parts_is_taken_back_whole_or_not_at_all(world: World, ticket: Ticket) -> None:
    sent(world, ticket, "滨江路小学一年级报名须带户口簿。" * 300)
    assert Delivery.objects.count() > 1
    claim_deliveries("w", 1, later(seconds=10))
    with pytest.raises(Conflict):
        withdraw(world.alice, ticket, later(seconds=10))
    assert not Delivery.objects.filter(state="withdrawn").exists()


def test_a_citizen_who_wrote_meanwhile_keeps_the_ticket_open_and_the_old_clock(world: World, ticket: Ticket) -> None:
    sent(world, ticket)
    late = ticket.deadline + timedelta(days=2)
    Ticket.objects.filter(pk=ticket.pk).update(state="reopened", owner=None, deadline=late, service_deadline=late)
    withdraw(world.alice, ticket, later(seconds=5))
    stands = Ticket.objects.get()
    assert (stands.state, stands.owner_id, stands.answered_at) == ("reopened", world.alice.person_id, None)
    assert (stands.deadline, stands.service_deadline) == (ticket.deadline, ticket.service_deadline)


def test_a_ticket_closed_meanwhile_is_not_opened_by_taking_back(world: World, ticket: Ticket) -> None:
    sent(world, ticket)
    Ticket.objects.filter(pk=ticket.pk).update(state="closed", closed_at=NOW)
    with pytest.raises(Conflict):
        withdraw(world.alice, ticket, later(seconds=5))
    assert Delivery.objects.get().state == "queued"


def test_only_its_writer_or_whoever_takes_tickets_takes_it_back(world: World, ticket: Ticket) -> None:
    sent(world, ticket)
    with pytest.raises(Denied):
        withdraw(world.charlie, ticket, later(seconds=5))
    assert may_take_back(world.alice, ticket, later(seconds=5)) and may_take_back(world.bob, ticket, later(seconds=5))
    assert may_take_back(world.charlie, ticket, later(seconds=5)) is None


def test_it_is_offered_for_ten_seconds_and_once(world: World, ticket: Ticket) -> None:
    sent(world, ticket)
    assert may_take_back(world.alice, ticket, later(seconds=10)) is None
    withdraw(world.alice, ticket, later(seconds=5))
    with pytest.raises(Conflict):
        withdraw(world.alice, ticket, later(seconds=6))


def test_a_reply_to_an_older_conversation_is_refused(world: World, ticket: Ticket) -> None:
    knew = seen(ticket)
    wrote_again(ticket)
    with pytest.raises(Conflict, match="又发来消息"):
        send(world.alice, ticket, GOOD, NOW, seen=knew, accepted="")
    assert Delivery.objects.count() == 0


def test_a_second_simultaneous_reply_is_refused_and_names_the_first_writer(world: World, ticket: Ticket) -> None:
    knew = seen(ticket)
    send(world.alice, ticket, GOOD, NOW, seen=knew, accepted="")
    with pytest.raises(Conflict, match="Alice 刚刚已答复"):
        send(world.bob, ticket, GOOD, NOW, seen=knew, accepted="")
    assert Delivery.objects.count() == 1


def test_a_message_that_became_visible_late_is_noticed_by_the_count(world: World, ticket: Ticket) -> None:
    newest = drafts.version_of(ticket)
    with pytest.raises(Conflict):
        send(world.alice, ticket, GOOD, NOW, seen=f"{newest.newest}.{newest.count - 1}", accepted="")


@pytest.mark.parametrize("nonsense", ["x", "1", "1.x", "-1.2", "9" * 50 + ".1"])
def test_a_version_that_is_none_is_refused(world: World, ticket: Ticket, nonsense: str) -> None:
    with pytest.raises(Conflict):
        send(world.alice, ticket, GOOD, NOW, seen=nonsense, accepted="")


def test_a_warning_takes_one_more_click_and_other_warnings_another(world: World, ticket: Ticket) -> None:
    with pytest.raises(Doubt) as first:
        send(world.alice, ticket, GOOD + "我局将尽快办理。", NOW, accepted="")
    assert {one.level for one in first.value.findings} == {Level.WARN}
    with pytest.raises(Doubt):
        send(world.alice, ticket, GOOD + "我局将适时办理。", NOW, accepted=first.value.accepted)
    assert send(world.alice, ticket, GOOD + "我局将尽快办理。", NOW, accepted=first.value.accepted)


def test_personal_data_is_never_accepted(world: World, ticket: Ticket) -> None:
    text = GOOD + "申请人电话13800138000。"
    with pytest.raises(Doubt) as no:
        send(world.alice, ticket, text, NOW, accepted="")
    with pytest.raises(Doubt):
        send(world.alice, ticket, text, NOW, accepted=no.value.accepted)
    assert Ticket.objects.get().state == "waiting"


def test_a_draft_survives_and_is_gone_once_sent(world: World, ticket: Ticket) -> None:
    drafts.keep(world.alice, ticket, "您好，", NOW)
    drafts.keep(world.alice, ticket, "您好，报名", later(seconds=2))
    assert drafts.kept(world.alice, ticket) == "您好，报名" and drafts.kept(world.bob, ticket) == ""
    sent(world, ticket)
    assert not Draft.objects.exists()


def test_writers_are_seen_for_a_moment(world: World, ticket: Ticket) -> None:
    drafts.keep(world.alice, ticket, "您好，", NOW)
    assert [one.name for one in drafts.writers(later(seconds=5))] == ["Alice"] and drafts.writers(later(seconds=60)) == []
    drafts.keep(world.alice, ticket, " ", later(seconds=6))
    assert drafts.writers(later(seconds=7), ticket) == []


def test_a_stranger_keeps_no_draft(world: World, ticket: Ticket) -> None:
    with pytest.raises(Denied):
        drafts.keep(world.charlie, ticket, "您好，", NOW)
    assert not Draft.objects.exists()


def test_a_draft_that_comes_after_its_own_reply_is_not_kept(world: World, ticket: Ticket) -> None:
    sent(world, ticket)
    drafts.keep(world.alice, ticket, GOOD, later(seconds=1))
    assert not Draft.objects.exists()


def test_taking_back_puts_the_pause_and_the_ladder_back(world: World, ticket: Ticket) -> None:
    actions.claim(world.alice, ticket, NOW)
    pause(world.alice, ticket, "detail", later(days=5), NOW, words="请补充房产证照片。")
    columns = ("state", "paused_until", "pause_reason", "deadline", "service_deadline", "rung", "next_step_at", "clock_from", "close_at")
    before = Ticket.objects.values(*columns).get()
    sent(world, ticket)
    withdraw(world.alice, ticket, later(seconds=5))
    assert Ticket.objects.values(*columns).get() == before and before["state"] == "awaiting_citizen"
    assert Pause.objects.filter(ended_at=None).count() == 1


def test_a_reply_that_was_held_and_released_is_no_longer_the_one_just_sent(world: World, ticket: Ticket) -> None:
    sent(world, ticket)
    Delivery.objects.update(not_before=later(hours=9))  # as the citizen's return does it
    with pytest.raises(Conflict):
        withdraw(world.alice, ticket, later(hours=9))
