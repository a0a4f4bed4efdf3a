"""Citizens who write, as the intake and the dialogue take it."""

import itertools
from collections.abc import Callable, Sequence
from datetime import datetime

import pytest

from bot.dialogue.handle import handle
from bot.dialogue.sweep import NO_HANDOVER
from bot.inbox.models import Inbound
from bot.incidents.following import Follows
from bot.tickets.models import Ticket
from policies.facts import Understanding
from tests.bot.conftest import NOW, World, world

__all__ = ["world"]
_count = itertools.count()
Says = Callable[..., Ticket]
OUTAGE = ("阳光花园停水了，什么时候来水？", "我们阳光花园三栋没有水了", "阳光花园小区从早上停水到现在，物业也不说")


def complaint(texts: Sequence[str]) -> list[Understanding]:
    return [Understanding("complaint", 0.95, "urban", 0.9, "rasa", topic="urban.water") for _ in texts]


@pytest.fixture
def says(world: World) -> Says:
    """A citizen writes on an account; the ticket it belongs to."""

    def say(text: str, citizen: str = "", at: datetime = NOW, now: datetime | None = None, account: str = "tg1") -> Ticket:
        number = next(_count)
        event = Inbound.objects.create(
            account_id=account,
            dedup_key=f"k{number}",
            kind="message",
            citizen=citizen or f"c{number}",
            text=text,
            body={"media": [], "trigger": "message"},
            counted=True,
            sent_at=at,
            received_at=now or at,
            lease_until=at,
        )
        handle([event], complaint, now or at, NO_HANDOVER)
        found = Ticket.objects.filter(messages__inbound=event).first()
        assert found is not None
        return found

    return say


@pytest.fixture
def follows() -> Follows:
    return Follows("test")
