"""The platform says that the window is closed at the moment the citizen writes again."""

from functools import partial

import pytest

from bot.channels.models import Conversation
from bot.dialogue.handle import handle
from bot.outbox.actions import claim, new_delivery
from bot.outbox.finishing import finish
from bot.outbox.models import Delivery
from policies.facts import Hold, Lane, Outcome, Result
from tests.bot.conftest import NOW, World, later
from tests.bot.dialogue.test_handle import ZERO, read, said
from tests.engines.together import at_once

pytestmark = pytest.mark.django_db(transaction=True)
CLOSED = Result(Outcome.REFUSED, code="45015", error="窗口已关闭", hold=Hold.WINDOW)


def flying(world: World, name: str, minute: int) -> Delivery:
    """A reply under way to a citizen whose window we believe to be open."""
    fields = {"window_closes": True, "window_until": later(hours=1), "window_left": 3}
    talk = Conversation.objects.create(account=world.account, external_id=name, created_at=NOW, **fields)
    new_delivery(talk, Lane.HUMAN, "答复", NOW).save()
    (taken,) = (row for row in claim("w1", 100, later(minutes=minute)) if row.conversation_id == talk.pk)
    return taken


def test_a_closed_window_holds_the_reply_until_the_citizen_writes(world: World) -> None:
    row = flying(world, "z", 0)
    finish(row, CLOSED, later(seconds=1))
    assert Delivery.objects.get(pk=row.pk).state == "held"
    handle([said(world, "question|在吗", citizen="z", sent_at=later(seconds=2))], read, later(seconds=2), ZERO)
    assert Delivery.objects.get(pk=row.pk).state == "queued"


def test_a_citizen_who_wrote_during_the_call_has_opened_the_window_again(world: World) -> None:
    row = flying(world, "z", 0)
    handle([said(world, "question|在吗", citizen="z", sent_at=later(seconds=1))], read, later(seconds=1), ZERO)
    finish(row, CLOSED, later(seconds=2))
    assert Delivery.objects.get(pk=row.pk).state == "retry"
    assert Conversation.objects.get(external_id="z").window_left != 0


def test_a_reply_is_not_held_whichever_comes_first(world: World) -> None:
    for turn in range(25):
        row = flying(world, f"z{turn}", turn)
        back = said(world, "question|在吗", citizen=f"z{turn}", sent_at=later(minutes=turn, seconds=1))
        at_once(
            partial(finish, row, CLOSED, later(minutes=turn, seconds=2)),
            partial(handle, [back], read, later(minutes=turn, seconds=2), ZERO),
        )
        assert Delivery.objects.get(pk=row.pk).state in ("retry", "queued")
