"""The same write sent twice at once, as a caller does whose connection was cut: done once."""

from functools import partial

import pytest

from bot.dialogue.handle import handle
from bot.outbox.models import Delivery
from bot.tickets.models import Ticket
from tests.bot.api.test_api import Caller
from tests.bot.conftest import NOW, World
from tests.bot.dialogue.test_handle import ZERO, read, said
from tests.engines.together import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_copies_of_a_reply_at_once_are_one_reply(world: World) -> None:
    alice = Caller("alice", world.health)
    handle([said(world, "question|一")], read, NOW, ZERO)
    path = f"tickets/{Ticket.objects.get().number}/reply"
    for turn in range(10):
        answers = at_once(*(partial(alice.post, path, {"text": f"答复{turn}"}, f"key{turn}") for _ in range(3)))
        assert {answer.status_code for answer in answers} == {202}
        assert len({answer.json()["id"] for answer in answers}) == 1
        assert Delivery.objects.filter(text=f"答复{turn}").count() == 1
