"""Two at the same moment: one reply leaves; a reply is either taken back or sent, never both."""

import concurrent.futures
from collections.abc import Callable

import pytest
from django.db import connections

from bot.answering import drafts
from bot.answering.actions import send, withdraw
from bot.conflict import Conflict
from bot.outbox.actions import claim as claim_deliveries
from bot.outbox.models import Delivery
from bot.tickets.models import Ticket
from tests.bot.answering.conftest import ASKED, GOOD
from tests.bot.conftest import NOW, World, later
from tests.console.town import opened

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls: Callable[[], object]) -> list[object]:
    """What each call gave, made at the same moment: its result, or the conflict."""

    def run(call: Callable[[], object]) -> object:
        try:
            return call()
        except Conflict as no:
            return no
        finally:
            connections.close_all()

    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_two_colleagues_press_send_at_the_same_moment_and_one_reply_leaves(transactional_db: None, world: World) -> None:
    ticket = opened(world, ASKED)
    seen = str(drafts.version_of(ticket))
    ends = at_once(*(lambda who=who: send(who, ticket, GOOD, NOW, seen=seen) for who in (world.alice, world.bob, world.diana)))
    assert sum(isinstance(end, Conflict) for end in ends) == 2 and Delivery.objects.count() == 1


def test_a_reply_is_taken_back_or_sent_but_never_both(transactional_db: None, world: World) -> None:
    ticket = opened(world, ASKED)
    send(world.alice, ticket, GOOD, NOW)
    taken, claimed = at_once(lambda: withdraw(world.alice, ticket, later(seconds=10)), lambda: claim_deliveries("w", 9, later(seconds=10)))
    stands = (Ticket.objects.get().state, Delivery.objects.get().state)
    assert stands == (("answered", "sending") if claimed else ("waiting", "withdrawn"))
    assert isinstance(taken, Conflict) is bool(claimed)
