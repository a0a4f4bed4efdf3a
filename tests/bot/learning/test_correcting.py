"""What a correction changes, who may make one, and what is kept of it."""

import pytest

from bot.audit.models import Entry
from bot.conflict import Conflict, Denied
from bot.learning.actions import Said, correct, question_after_all
from bot.learning.models import Correction
from bot.learning.queries import correction_of, corrections_for, suggested_for
from bot.staff.actions import Invalid
from bot.tickets.models import Message, Ticket
from policies.roles import Role
from tests.bot.conftest import NOW, World, later, person
from tests.console.town import dismissed, opened

pytestmark = pytest.mark.django_db


def first(ticket: Ticket) -> Message:
    return ticket.messages.filter(direction="citizen").earliest("pk")


def test_the_subject_of_the_first_message_is_the_tickets(world: World) -> None:
    ticket = opened(world)
    correct(world.alice, first(ticket), Said("complaint", "urban_construction", "urban_construction.city"), NOW)
    ticket.refresh_from_db()
    assert (ticket.subject, ticket.topic, ticket.understood_by) == ("urban_construction", "urban_construction.city", "person")


def test_a_later_message_changes_nothing_of_the_ticket(world: World) -> None:
    ticket = opened(world)
    more = Message.objects.create(
        conversation=ticket.conversation, account=ticket.account, ticket=ticket, direction="citizen", text="还有", at=NOW
    )
    correct(world.alice, more, Said("complaint", "health"), NOW)
    ticket.refresh_from_db()
    assert ticket.subject == "transport"


def test_a_later_correction_takes_the_place_of_the_earlier_and_both_are_kept(world: World) -> None:
    message = first(opened(world))
    correct(world.alice, message, Said("question", "health"), NOW)
    correct(world.bob, message, Said("help", "labour"), later(hours=1))
    said = correction_of(message)
    assert said is not None and (said.intent, said.person.username) == ("help", "bob")
    assert list(Correction.objects.order_by("pk").values_list("intent", "current")) == [("question", False), ("help", True)]


def test_another_department_is_suggested_and_the_ticket_stays(world: World) -> None:
    ticket = opened(world)
    correct(world.alice, first(ticket), Said("complaint", "environment", department=world.water), NOW)
    ticket.refresh_from_db()
    found = suggested_for(ticket)
    assert ticket.department == world.health
    assert found is not None and found.department == world.water


def test_an_emergency_is_urgent_at_once_and_no_correction_gives_more_time(world: World) -> None:
    ticket = opened(world)
    before = ticket.service_deadline
    correct(world.alice, first(ticket), Said("emergency"), NOW)
    ticket.refresh_from_db()
    assert ticket.urgent and ticket.kind == "emergency" and ticket.service_deadline < before
    shortest = ticket.deadline
    correct(world.alice, first(ticket), Said("suggestion"), NOW)
    ticket.refresh_from_db()
    assert ticket.deadline == shortest and ticket.urgent


def test_a_ticket_called_small_talk_stays_open_as_it_was(world: World) -> None:
    ticket = opened(world)
    correct(world.alice, first(ticket), Said("thanks"), NOW)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.kind, ticket.intent) == ("waiting", "complaint", "thanks")


def test_a_dismissed_message_called_a_question_becomes_a_ticket(world: World) -> None:
    message = dismissed(world, "谢谢，井盖什么时候修")
    correct(world.alice, message, Said("question", "urban_construction"), NOW)
    message.refresh_from_db()
    assert message.ticket is not None and message.ticket.subject == "urban_construction"
    assert Correction.objects.get().was_question


def test_a_dismissed_message_that_stays_none_can_be_corrected_too(world: World) -> None:
    message = dismissed(world)
    correct(world.alice, message, Said("advertisement"), NOW)
    message.refresh_from_db()
    assert message.ticket is None and Correction.objects.get().intent == "advertisement"


def test_a_confirmed_dismissal_is_no_question_any_more(world: World) -> None:
    message = dismissed(world)
    Message.objects.filter(pk=message.pk).update(confirmed_by=world.bob.person_id)
    with pytest.raises(Conflict):
        correct(world.alice, message, Said("question"), NOW)
    assert not Correction.objects.exists()


def test_making_a_ticket_of_a_dismissed_message_is_a_lesson(world: World) -> None:
    question_after_all(world.alice, dismissed(world, "谢谢，那井盖呢"), NOW)
    kept = Correction.objects.get()
    assert kept.was_question and kept.intent == ""


WRONG = [
    (Said("pizza"), "请选择类别"),
    (Said("question", "pizza"), "没有这个主题"),
    (Said("question", "health", "transport.taxi"), "细类不属于"),
    (Said("question", "", "transport.taxi"), "细类不属于"),
    (Said("question", answer="答" * 5001), "内容过长"),
]


@pytest.mark.parametrize(("said", "words"), WRONG)
def test_what_cannot_be_is_refused(world: World, said: Said, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        correct(world.alice, first(opened(world)), said, NOW)


def test_only_a_citizens_words_are_corrected(world: World) -> None:
    ticket = opened(world)
    note = Message.objects.create(
        conversation=ticket.conversation, account=ticket.account, ticket=ticket, direction="note", text="备注", at=NOW
    )
    with pytest.raises(Invalid):
        correct(world.alice, note, Said("question"), NOW)


def test_without_the_right_or_of_another_department_nothing_is_corrected(world: World) -> None:
    message = first(opened(world))
    for actor in (world.charlie, person("eve", world.health, Role.CONTRACTOR)):
        with pytest.raises(Denied):
            correct(actor, message, Said("question"), NOW)
    assert not Correction.objects.exists()


def test_a_correction_is_on_record_with_what_was_and_what_is(world: World) -> None:
    ticket = opened(world)
    correct(world.alice, first(ticket), Said("help", "health", department=world.water), NOW)
    entry = Entry.objects.get(action="ticket.reading_corrected")
    assert (entry.actor, entry.object_id, entry.detail["is"], entry.detail["department"]) == (
        "alice",
        ticket.number,
        ["help", "health"],
        "water",
    )


def test_one_department_does_not_see_anothers_corrections(world: World) -> None:
    correct(world.alice, first(opened(world)), Said("help"), NOW)
    assert corrections_for(world.diana).count() == corrections_for(world.bob).count() == 1
    assert corrections_for(world.charlie).count() == 0
