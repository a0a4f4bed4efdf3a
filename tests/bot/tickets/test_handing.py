"""Hand-over at the end of a shift."""

from datetime import timedelta

import pytest

from bot.dialogue.handle import handle
from bot.paging.models import Page
from bot.staff.actions import Invalid
from bot.staff.models import Person
from bot.tickets import actions
from bot.tickets.handing import hand_over
from bot.tickets.models import Ticket
from tests.bot.conftest import NOW, World, later
from tests.bot.dialogue.test_handle import read, said


@pytest.fixture
def claimed(world: World) -> Ticket:
    handle([said(world, "question|疫苗几点打？")], read, NOW, timedelta(0))
    return actions.claim(world.alice, Ticket.objects.get(), NOW)


def test_everything_in_hand_goes_to_the_next_with_its_clock(world: World, claimed: Ticket) -> None:
    bob = Person.objects.get(username="bob")
    assert hand_over(world.alice, world.health, bob, "请先打电话", later(hours=1)) == 1
    ticket = Ticket.objects.get()
    assert (ticket.owner, ticket.state, ticket.lease_until) == (bob, "claimed", later(hours=3))
    assert (ticket.rung, ticket.next_step_at, ticket.deadline) == (claimed.rung, claimed.next_step_at, claimed.deadline)
    assert Page.objects.get().people == [bob.pk]


@pytest.mark.parametrize("to", ["alice", "charlie"])
def test_it_goes_to_another_who_may_answer_there(world: World, claimed: Ticket, to: str) -> None:
    with pytest.raises(Invalid):
        hand_over(world.alice, world.health, Person.objects.get(username=to), "", NOW)
    assert Ticket.objects.get().owner_id == world.alice.person_id


def test_who_has_nothing_has_nothing_to_hand_over(world: World) -> None:
    with pytest.raises(Invalid):
        hand_over(world.alice, world.health, Person.objects.get(username="bob"), "", NOW)
