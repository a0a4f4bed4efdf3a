"""One reply to all: everybody in the incident, each once, whatever happens in between."""

from datetime import timedelta

import pytest
from django.db import transaction

from bot.channels.models import Conversation
from bot.conflict import Conflict, Denied
from bot.incidents import actions
from bot.incidents.answering import Choice, counts, send, start
from bot.incidents.following import Follows
from bot.incidents.models import Answer, Incident, Part
from bot.incidents.queries import later, suggested
from bot.outbox.actions import claim as take_deliveries
from bot.outbox.models import Delivery
from bot.staff.actions import Invalid
from bot.staff.models import Person
from bot.tickets.actions import claim, reply
from bot.tickets.models import Message, Ticket
from policies.facts import Lane
from policies.roles import Role
from tests.bot.conftest import NOW, World, person
from tests.bot.incidents.conftest import OUTAGE, Says

WORDS = "阳光花园今晚八点恢复供水。"


@pytest.fixture
def tickets(says: Says, follows: Follows) -> list[Ticket]:
    """Three citizens in one incident."""
    found = [says(text) for text in OUTAGE]
    follows.follow(NOW)
    return found


@pytest.fixture
def incident(tickets: list[Ticket]) -> Incident:
    return Incident.objects.get()


def replies() -> list[str]:
    return sorted(
        row.conversation.external_id for row in Delivery.objects.filter(lane=Lane.HUMAN).select_related("conversation") if row.conversation
    )


def send_all() -> None:
    while send(NOW + timedelta(minutes=1)):
        pass


def test_everybody_gets_a_reply_of_their_own(world: World, incident: Incident, tickets: list[Ticket], follows: Follows) -> None:
    answer = start(world.alice, incident, WORDS, Choice(), NOW)
    send_all()
    follows.follow(NOW)
    assert replies() == sorted(ticket.conversation.external_id for ticket in tickets)
    assert set(Ticket.objects.values_list("state", "owner__username")) == {("answered", "alice")}
    incident.refresh_from_db()
    answer.refresh_from_db()
    assert (answer.state, incident.state, incident.waiting) == ("done", "answered", 0)


def test_a_second_click_while_it_runs_sends_nothing_more(world: World, incident: Incident) -> None:
    start(world.alice, incident, WORDS, Choice(), NOW)
    with pytest.raises(Conflict):
        start(world.bob, incident, WORDS, Choice(), NOW)
    send_all()
    with pytest.raises(Invalid):
        start(world.alice, incident, WORDS, Choice(), NOW)
    assert len(replies()) == 3


def test_long_work_goes_on_after_a_crash_and_nobody_gets_two(world: World, incident: Incident) -> None:
    answer = start(world.alice, incident, WORDS, Choice(), NOW)
    send(NOW, limit=1)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        send(NOW, limit=2)
        _ = 1 / 0  # the process dies before the commit
    assert counts(answer)["sent"] == 1 and len(replies()) == 1
    send_all()
    assert counts(answer)["sent"] == 3 and len(replies()) == 3


def test_what_a_colleague_has_or_answered_is_named_and_left(world: World, incident: Incident, tickets: list[Ticket]) -> None:
    claim(world.bob, tickets[0], NOW)
    reply(world.bob, tickets[1], "已答。", NOW)
    answer = start(world.alice, incident, WORDS, Choice(), NOW)
    send_all()
    assert dict(Part.objects.filter(answer=answer).values_list("ticket", "why")) == {
        tickets[0].pk: "colleague",
        tickets[1].pk: "answered",
        tickets[2].pk: "",
    }
    assert len(replies()) == 2


def test_by_choice_they_are_included(world: World, incident: Incident, tickets: list[Ticket]) -> None:
    claim(world.bob, tickets[0], NOW)
    reply(world.bob, tickets[1], "已答。", NOW)
    start(world.alice, incident, WORDS, Choice(colleagues=True, answered=True), NOW)
    send_all()
    assert Delivery.objects.filter(lane=Lane.HUMAN, text=WORDS).count() == 3
    assert set(Ticket.objects.values_list("owner__username", flat=True)) == {"alice"}


def test_taking_colleagues_tickets_needs_the_right(world: World, incident: Incident) -> None:
    agent = person("erin", world.health, Role.AGENT)
    with pytest.raises(Denied):
        start(agent, incident, WORDS, Choice(colleagues=True), NOW)
    assert not Answer.objects.exists()


def test_another_department_cannot_reply(world: World, incident: Incident) -> None:
    with pytest.raises(Denied):
        start(world.charlie, incident, WORDS, Choice(), NOW)
    assert not Answer.objects.exists()


def test_a_citizen_with_two_tickets_gets_one_reply(world: World, incident: Incident, tickets: list[Ticket]) -> None:
    Ticket.objects.filter(pk=tickets[0].pk).update(conversation=tickets[1].conversation_id)
    incident.members.filter(ticket=tickets[0]).update(conversation=tickets[1].conversation_id)
    answer = start(world.alice, incident, WORDS, Choice(), NOW)
    send_all()
    assert counts(answer)["sent"] == 2 and counts(answer)["joined"] == 1 and len(replies()) == 2
    tickets[0].refresh_from_db()
    assert (tickets[0].state, tickets[0].merged_into_id) == ("merged", tickets[1].pk)


def test_a_closed_window_holds_the_reply_until_the_citizen_comes_back(world: World, incident: Incident) -> None:
    Conversation.objects.update(window_closes=True, window_until=NOW - timedelta(hours=1))
    start(world.alice, incident, WORDS, Choice(), NOW)
    send_all()
    take_deliveries("test", 50, NOW + timedelta(minutes=2))
    assert set(Delivery.objects.filter(lane=Lane.HUMAN).values_list("state", flat=True)) == {"held"}


def test_a_ticket_claimed_meanwhile_is_left_to_its_owner(world: World, incident: Incident, tickets: list[Ticket]) -> None:
    answer = start(world.alice, incident, WORDS, Choice(), NOW)
    claim(world.bob, tickets[0], NOW)
    actions.take_out(world.bob, incident, tickets[1], NOW)
    send_all()
    assert counts(answer) == {"waiting": 0, "sent": 1, "joined": 0, "left": 2, "failed": 0}
    assert set(Part.objects.filter(state="left").values_list("why", flat=True)) == {"colleague", "moved"}


def test_who_lost_the_right_meanwhile_sends_nothing(world: World, incident: Incident) -> None:
    start(world.alice, incident, WORDS, Choice(), NOW)
    Person.objects.filter(username="alice").update(is_active=False)
    send_all()
    assert replies() == [] and set(Part.objects.values_list("why", flat=True)) == {"inactive"}


def test_who_comes_later_is_offered_the_same_reply(says: Says, follows: Follows, world: World, incident: Incident) -> None:
    start(world.alice, incident, WORDS, Choice(), NOW)
    send_all()
    late = says("阳光花园还是没水啊，什么时候来水")
    while follows.follow(NOW):
        pass
    incident.refresh_from_db()
    offer = suggested(late, incident)
    assert offer is not None and offer.text == WORDS and later(incident, offer) == [late.pk]
    start(world.bob, incident, offer.text, Choice(only=[late.pk]), NOW)
    send_all()
    assert Message.objects.filter(ticket=late, direction="human", text=WORDS).count() == 1 and len(replies()) == 4
    late.refresh_from_db()
    assert suggested(late, incident) is None
