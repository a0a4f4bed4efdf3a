"""Incidents where several processes work at once: none is made twice, and no citizen gets a reply to all twice.

Runs on the database that DATABASE_URL names: on SQLite with the rest of the tests, on PostgreSQL by test_data_layer_on_postgresql.py.
"""

from contextlib import suppress
from datetime import timedelta
from functools import partial

import pytest

from bot.conflict import Conflict
from bot.incidents import actions
from bot.incidents.answering import Choice, counts, send, start
from bot.incidents.following import Follows
from bot.incidents.models import Answer, Follower, Incident, Member
from bot.outbox.models import Delivery
from bot.tickets.models import Ticket
from policies.facts import Lane
from tests.bot.conftest import NOW, World
from tests.bot.incidents.conftest import OUTAGE, Says, says
from tests.engines.together import at_once

__all__ = ["says"]
pytestmark = pytest.mark.django_db(transaction=True)
LATE = NOW + timedelta(minutes=1)


def follow_all(name: str, moment: int = 0) -> None:
    follows = Follows(name)
    for turn in range(4):
        follows.follow(NOW + timedelta(minutes=moment + turn))


def send_all() -> None:
    for _ in range(20):
        send(LATE, limit=3)


def test_four_processes_make_one_incident_of_one_event(world: World, says: Says) -> None:
    for text in OUTAGE * 2:
        says(text)
    at_once(*(partial(follow_all, f"worker {number}", number) for number in range(4)))
    assert Incident.objects.count() == 1 and Incident.objects.get().requests == 6
    assert Member.objects.count() == 6 and Follower.objects.count() == 1


def test_four_processes_send_each_citizen_one_reply(world: World, says: Says) -> None:
    tickets = [says(text) for text in OUTAGE * 3]
    follow_all("one")
    for other, ticket in zip(tickets[:3], tickets[3:6], strict=True):  # three citizens have two tickets each
        Ticket.objects.filter(pk=other.pk).update(conversation=ticket.conversation_id)
        Member.objects.filter(ticket=other).update(conversation=ticket.conversation_id)
    answer = start(world.alice, Incident.objects.get(), "今晚八点来水。", Choice(), NOW)
    at_once(*[send_all] * 4)
    for minutes in range(2, 9):  # what lost a race waits a few seconds
        send(NOW + timedelta(minutes=minutes))
    talks = list(Delivery.objects.filter(lane=Lane.HUMAN).values_list("conversation", flat=True))
    assert len(talks) == len(set(talks)) == 6
    assert counts(answer) == {"waiting": 0, "sent": 6, "joined": 3, "left": 0, "failed": 0}


def test_of_two_colleagues_who_reply_to_all_at_once_one_does(world: World, says: Says) -> None:
    for text in OUTAGE:
        says(text)
    follow_all("one")
    row = Incident.objects.get()

    def click(actor: object) -> None:
        with suppress(Conflict):
            start(actor, row, "今晚八点来水。", Choice(), NOW)  # type: ignore[arg-type]

    at_once(partial(click, world.alice), partial(click, world.bob))
    send_all()
    assert Answer.objects.count() == 1 and Delivery.objects.filter(lane=Lane.HUMAN).count() == 3


def test_what_a_person_puts_in_while_the_machine_gathers_is_in_one_place(world: World, says: Says) -> None:
    for text in OUTAGE[:2]:
        says(text)
    follow_all("one")
    row, late = Incident.objects.get(), says(OUTAGE[2])
    at_once(partial(follow_all, "two", 5), partial(actions.add, world.alice, row, late, NOW))
    follow_all("two", 20)
    assert Member.objects.filter(ticket=late, incident=row).count() == 1
    assert Incident.objects.get().requests == 3
