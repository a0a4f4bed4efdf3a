"""Stored events become tickets and acknowledgements, each exactly once."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from bot.channels.actions import save_account
from bot.channels.models import Conversation
from bot.channels.queries import limits_of
from bot.channels.registry import all_connectors
from bot.conflict import Conflict
from bot.dialogue.handle import handle
from bot.dialogue.sweep import sweep
from bot.inbox.models import Inbound
from bot.outbox.actions import claim, handed_over, new_delivery
from bot.outbox.models import Delivery
from bot.staff.models import Department, Route
from bot.supervision.balance import current
from bot.tickets.models import Message, Ticket
from policies.facts import EventKind, Lane, Understanding
from policies.texts import length
from tests.bot.conftest import NOW, World, later

ZERO = timedelta(0)


def read(texts: Sequence[str]) -> list[Understanding]:
    """A reader in which every text says for itself what it is: `thanks|谢谢`."""
    return [Understanding(text.split("|")[0], 0.99, "", 0.9, "rasa") for text in texts]


def broken(texts: Sequence[str]) -> list[Understanding]:
    raise RuntimeError("no reading today")


def said(world: World, text: str, key: str = "", *, kind: EventKind = EventKind.MESSAGE, citizen: str = "42", **fields: Any) -> Inbound:
    fields = {"sent_at": NOW, "received_at": NOW, "lease_until": NOW, **fields}
    count = Inbound.objects.count()
    counted = kind in (EventKind.MESSAGE, EventKind.COMMENT, EventKind.MENTION)
    body = {"media": [], "thread": {}, "trigger": "message", "detail": {}} | fields.pop("body", {})
    return Inbound.objects.create(
        account=world.account, dedup_key=key or f"k{count}", kind=kind, citizen=citizen, text=text, body=body, counted=counted, **fields
    )


def test_a_question_becomes_a_ticket_with_number_code_owner_and_deadline(world: World) -> None:
    answers = handle([said(world, "question|疫苗几点打？")], read, NOW, ZERO)
    ticket = Ticket.objects.get()
    assert (ticket.number, ticket.state, ticket.department) == ("20261120-000001", "waiting", world.health)
    assert ticket.deadline > NOW and ticket.received_at == NOW
    assert ticket.number in next(iter(answers.values())).text and ticket.query_code in Delivery.objects.get().text


@pytest.mark.parametrize("platform", sorted(all_connectors()))
@pytest.mark.parametrize(
    "text", ["question|疫苗几点打？", "emergency|fire", "complaint|noise", "disclosure|files", "legal|appeal", "unclear|x"]
)
def test_every_receipt_fits_into_one_message_of_its_platform(world: World, text: str, platform: str) -> None:
    world.account.platform = platform
    world.account.save()
    Department.objects.filter(pk=world.account.department_id).update(
        name="某某新区住房和城乡建设管理委员会房屋安全与物业管理指导服务中心（某某市某某区综合行政执法局）"
    )
    handle([said(world, text)], read, NOW, ZERO)
    sent, limits = Delivery.objects.get().text, limits_of(world.account)
    assert length(sent, limits.text_unit) <= limits.text_max
    assert Ticket.objects.get().number in sent


def test_a_second_message_joins_the_open_ticket(world: World) -> None:
    handle([said(world, "question|疫苗几点打？")], read, NOW, ZERO)
    handle([said(world, "thanks|谢谢")], read, later(minutes=1), ZERO)
    assert Ticket.objects.count() == 1
    assert Message.objects.filter(ticket__isnull=False, direction="citizen").count() == 2


def test_two_messages_of_one_citizen_in_one_batch_make_one_ticket(world: World) -> None:
    handle([said(world, "question|一"), said(world, "question|二")], read, NOW, ZERO)
    assert Ticket.objects.count() == 1


def test_plain_thanks_is_dismissed_and_listed_for_a_person(world: World) -> None:
    handle([said(world, "thanks|谢谢")], lambda texts: [Understanding("thanks", 0.999, "", 0, "rasa") for _ in texts], NOW, ZERO)
    message = Message.objects.get(direction="citizen")
    assert message.ticket is None and message.confirmed_by is None
    assert current().dismissed == 1


def test_an_event_is_handled_once_however_often_it_is_taken(world: World) -> None:
    event = said(world, "question|一")
    handle([event], read, NOW, ZERO)
    with pytest.raises(Conflict):
        handle([event], read, NOW, ZERO)
    assert Message.objects.filter(direction="citizen").count() == 1


def test_nothing_is_half_written_when_reading_fails(world: World) -> None:
    said(world, "question|一")
    sweep(broken, NOW)
    assert (Ticket.objects.count(), Inbound.objects.get().state, Inbound.objects.get().attempts) == (0, "stored", 1)
    sweep(read, later(minutes=5))
    assert Ticket.objects.count() == 1


def test_the_balance_holds_while_a_message_is_still_unread(world: World) -> None:
    said(world, "question|一")
    found = current()
    assert (found.received, found.open, found.arriving, found.difference) == (1, 1, 1, 0)


def test_the_balance_shows_a_message_that_has_no_place(world: World) -> None:
    event = said(world, "question|一")
    Inbound.objects.filter(pk=event.pk).update(state="handled")
    assert current().difference == 1


def test_an_answer_that_was_held_leaves_when_the_citizen_writes_again(world: World) -> None:
    row = new_delivery(world.talk, Lane.HUMAN, "答复", NOW)
    row.state, row.hold = "held", "window"
    row.save()
    handle([said(world, "question|有结果了吗")], read, NOW, ZERO)
    assert Delivery.objects.get(pk=row.pk).state == "queued"


def test_the_automatic_answer_is_left_to_the_webhook_for_a_while(world: World) -> None:
    handle([said(world, "question|一")], read, NOW, timedelta(seconds=3))
    assert Delivery.objects.get().not_before == NOW + timedelta(seconds=3)


def test_in_public_a_machine_says_nothing(world: World) -> None:
    handle([said(world, "question|一", kind=EventKind.COMMENT, citizen="7")], read, NOW, ZERO)
    assert Ticket.objects.count() == 1 and Delivery.objects.count() == 0


def test_whoever_leaves_is_forgotten_by_name_and_not_written_to(world: World) -> None:
    handle([said(world, "", kind=EventKind.UNFOLLOW)], read, NOW, ZERO)
    talk = Conversation.objects.get(pk=world.talk.pk)
    assert (talk.followed, talk.name) == (False, "")


def test_attachments_are_put_down_for_fetching(world: World) -> None:
    picture = {"kind": "image", "ref": "m1", "url": "", "name": "", "mime": "", "size": 0, "text": "", "latitude": None, "longitude": None}
    handle([said(world, "", body={"media": [picture]})], read, NOW, ZERO)
    assert Message.objects.get(direction="citizen").attachments.get().state == "waiting"
    assert Ticket.objects.count() == 1


def test_numbers_not_used_are_given_back(world: World) -> None:
    handle([said(world, "question|一"), said(world, "question|二")], read, NOW, ZERO)
    handle([said(world, "question|三", citizen="43")], read, NOW, ZERO)
    assert sorted(Ticket.objects.values_list("number", flat=True)) == ["20261120-000001", "20261120-000002"]


def about(subject: str, sure: float) -> Understanding:
    return Understanding("question", 0.9, subject, sure, "rasa")


@pytest.mark.parametrize(("sure", "expected"), [(0.9, "water"), (0.2, "health")])
def test_a_subject_with_a_route_goes_to_its_department_if_the_reading_is_sure(world: World, sure: float, expected: str) -> None:
    Route.objects.create(department=world.health, label="rural.water", competent=world.water)
    Route.objects.create(department=world.root, label="rural", competent=world.water)
    handle([said(world, "停水")], lambda texts: [about("rural", sure) for _ in texts], NOW, ZERO)
    assert Ticket.objects.get().department.code == expected


def silent_account(world: World) -> None:
    """An account that may not write first."""
    kind = "subscription_uncertified"
    credentials = {"app_id": "wx1", "app_secret": "s", "token": "tok", "mode": "plain"}
    account = save_account(
        "test", {"id": "wx", "platform": "wechat", "name": "小号", "kind": kind, "credentials": credentials}, world.health, NOW
    )
    world.account = account
    world.talk = Conversation.objects.create(account=account, external_id="42", created_at=NOW)


def test_where_only_the_response_can_speak_a_held_reply_goes_back_in_it(world: World) -> None:
    silent_account(world)
    row = new_delivery(world.talk, Lane.HUMAN, "人工答复", NOW)
    row.save()
    assert claim("w1", 10, NOW) == []
    assert Delivery.objects.get(pk=row.pk).hold == "unsupported"
    event = said(world, "question|有结果了吗")
    answers = handle([event], read, NOW, timedelta(seconds=3))
    assert answers[event.pk].text == "人工答复"
    assert handed_over([row.pk], NOW) == {row.pk}
    assert Delivery.objects.get(pk=row.pk).via == "webhook"


def test_a_reply_the_response_did_not_take_is_held_again(world: World) -> None:
    silent_account(world)
    row = new_delivery(world.talk, Lane.HUMAN, "人工答复", NOW)
    row.save()
    claim("w1", 10, NOW)
    handle([said(world, "question|有结果了吗")], read, NOW, timedelta(seconds=3))
    assert claim("w1", 10, later(seconds=10)) == []
    assert Delivery.objects.get(pk=row.pk).state == "held"
