"""A town in which requests are answered, on a platform with windows."""

from datetime import timedelta

import pytest

from bot.channels.actions import save_account
from bot.channels.models import Conversation
from bot.dialogue.handle import handle
from bot.outbox.models import Delivery
from bot.tickets import actions
from bot.tickets.models import Ticket
from policies.deliveries import DeliveryState
from tests.bot.conftest import NOW, World, later
from tests.bot.dialogue.test_handle import ZERO, read, said

WECHAT = {"app_id": "wx1", "app_secret": "s", "token": "t", "mode": "plain"}


@pytest.fixture
def town(world: World) -> World:
    """The same world, its account on WeChat."""
    values = {"id": "wx1", "platform": "wechat", "name": "健康某市", "kind": "service", "credentials": WECHAT}
    world.account = save_account("test", values, world.health, NOW)
    world.talk = Conversation.objects.create(account=world.account, external_id="42", name="市民", created_at=NOW)
    return world


def asked(world: World, text: str = "question|路灯坏了", **fields: object) -> Ticket:
    handle([said(world, text, **fields)], read, fields.get("sent_at", NOW), ZERO)
    return Ticket.objects.order_by("-pk")[0]


def replied(world: World, *, hours: float = 1, sent: bool = True, text: str = "已修好。") -> Ticket:
    """An answered request; `hours` after it was written."""
    ticket = asked(world)
    actions.reply(world.alice, ticket, text, later(hours=hours))
    if sent:
        deliver(ticket, hours=hours)
    return Ticket.objects.get(pk=ticket.pk)


def deliver(ticket: Ticket, *, hours: float) -> None:
    rows = Delivery.objects.filter(message__ticket=ticket, lane="human")
    rows.update(state=DeliveryState.SENT, sent_at=NOW + timedelta(hours=hours))
