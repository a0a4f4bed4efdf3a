"""Counts of the queue, which must be understood by every database."""

from datetime import timedelta

from bot.tickets.opening import Incoming, new_ticket, take_numbers
from bot.tickets.paging import Wanted, count_before
from policies.facts import Kind, Triage, Understanding
from tests.bot.conftest import NOW, World, later


def test_the_queue_is_counted_by_deadline_and_by_what_the_person_sees(world: World) -> None:
    for hours in (-1, 1, 30):
        incoming = Incoming("问", NOW, Understanding("question", 0.9, "", 0.0, "rasa"), Triage(Kind.QUESTION, True, False, "", "", "rasa"))
        ticket = new_ticket(take_numbers(1, NOW)[0], world.talk, world.health.pk, incoming, NOW)
        ticket.deadline = NOW + timedelta(hours=hours)
        ticket.save()
    found = [
        count_before(actor, Wanted(), None, until, NOW) for actor in (world.alice, world.charlie) for until in (NOW, later(hours=4), None)
    ]
    assert found == [1, 2, 3, 0, 0, 0]
