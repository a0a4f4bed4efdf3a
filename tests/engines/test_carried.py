"""A person's reply that only a webhook's response can carry: sent when the bytes left, doubtful when we died before."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from bot import clock
from bot.channels.actions import save_account
from bot.channels.models import Conversation
from bot.inbox.models import Inbound
from bot.outbox.actions import LEASE, given, handed_over, new_delivery
from bot.outbox.models import Delivery
from bot.outbox.settling import doubt_expired
from policies.facts import Lane
from tests.bot.conftest import NOW, World, later
from tests.bot.inbox.test_hooks import CREDENTIALS, post, run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def reply(world: World) -> Delivery:
    """Held, because the account may not write first."""
    values = {"id": "wx1", "platform": "wechat", "name": "健康某市", "kind": "subscription_uncertified", "credentials": CREDENTIALS}
    account = save_account("test", values, world.health, NOW)
    talk = Conversation.objects.create(account=account, external_id="o1", created_at=NOW)
    row = new_delivery(talk, Lane.HUMAN, "科长的答复", NOW)
    row.state, row.hold = "held", "unsupported"
    row.save()
    return row


def take(row: Delivery, now: datetime) -> set[int]:
    """As the intake's group commit does."""
    with transaction.atomic():
        return handed_over([row.pk], now)


def state(row: Delivery) -> tuple[str, str]:
    row.refresh_from_db()
    return row.state, row.via


def test_a_carried_reply_is_sent_once_the_response_has_left(reply: Delivery) -> None:
    status, body = run(lambda hooks: post(hooks, "有结果了吗", 1))
    assert status == 200 and "科长的答复" in body
    assert state(reply) == ("sent", "webhook")


def test_a_carried_reply_is_doubtful_when_we_died_before_the_response_left(reply: Delivery) -> None:
    Delivery.objects.update(state="queued", hold="")
    assert take(reply, NOW) == {reply.pk}
    assert state(reply) == ("sending", "webhook")
    assert doubt_expired(NOW + LEASE + timedelta(seconds=1)) == 1
    assert state(reply) == ("unknown", "webhook")


def test_the_platforms_repeat_gets_the_reply_again_and_settles_it(reply: Delivery) -> None:
    run(lambda hooks: post(hooks, "有结果了吗", 1))
    Inbound.objects.update(received_at=clock.now() - timedelta(seconds=6))
    Delivery.objects.filter(pk=reply.pk).update(state="unknown", sent_at=None)
    _, body = run(lambda hooks: post(hooks, "有结果了吗", 1))
    assert "科长的答复" in body
    assert state(reply) == ("sent", "webhook")


def test_only_a_carried_reply_can_be_given(reply: Delivery) -> None:
    assert not given(reply.pk, NOW)
    assert state(reply) == ("held", "")


def test_an_automatic_answer_needs_no_second_word(reply: Delivery) -> None:
    auto: Any = new_delivery(Conversation.objects.get(external_id="o1"), Lane.AUTO, "已收到", NOW)
    auto.save()
    take(auto, later(seconds=1))
    assert state(auto) == ("sent", "webhook")
