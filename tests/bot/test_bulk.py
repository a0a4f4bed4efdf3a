"""Many rows in one statement: what Django would have written, and more of them than one statement takes."""

import pytest

from bot.audit.actions import Fact, first_break, record
from bot.audit.models import Entry
from bot.bulk import AT_ONCE, change_if, write_new
from bot.channels.models import Conversation
from bot.outbox.actions import new_delivery
from bot.tickets.models import Message
from policies.facts import Lane
from tests.bot.conftest import NOW, World


@pytest.mark.django_db
def test_more_rows_than_one_statement_takes_are_written_in_their_order() -> None:
    many = 2 * AT_ONCE + 1
    record(
        NOW, *(Fact("alice", "ticket.noted", "ticket", f"20261122-{number:06d}", None, {"第": [number, None]}) for number in range(many))
    )
    kept = list(Entry.objects.order_by("pk"))
    assert [(row.object_id, row.detail) for row in kept] == [(f"20261122-{number:06d}", {"第": [number, None]}) for number in range(many)]
    assert first_break() is None


@pytest.mark.django_db
def test_a_row_of_our_own_statement_is_what_djangos_would_be() -> None:
    record(NOW, Fact("alice", "ticket.noted", "ticket", "1", 7, {"note": "100% '水'\\"}))
    ours = Entry.objects.values().get()
    Entry.objects.bulk_create([Entry(**{name: value for name, value in ours.items() if name != "id"})])
    assert Entry.objects.exclude(pk=ours["id"]).values(*(ours.keys() - {"id"})).get() == {k: v for k, v in ours.items() if k != "id"}


@pytest.mark.django_db
def test_rows_have_their_keys_and_those_of_what_they_refer_to(world: World) -> None:
    talk = Conversation(account=world.account, external_id="c9", created_at=NOW)
    delivery = new_delivery(talk, Lane.HUMAN, "您好", NOW)
    message = Message(conversation=talk, account=world.account, delivery=delivery, direction=Message.Direction.HUMAN, text="您好", at=NOW)
    for row in (talk, delivery, message):
        write_new([row])
    assert Message.objects.select_related("delivery__conversation").get().delivery == delivery == message.delivery
    assert delivery.conversation_id == talk.pk and Message.objects.get(pk=message.pk) == message


@pytest.mark.django_db
def test_a_row_that_refers_to_an_unwritten_one_is_refused(world: World) -> None:
    talk = Conversation(account=world.account, external_id="c9", created_at=NOW)
    with pytest.raises(ValueError, match="unsaved"):
        write_new([new_delivery(talk, Lane.HUMAN, "您好", NOW)])


@pytest.mark.django_db
def test_a_row_that_somebody_changed_first_stays_as_it_is(world: World) -> None:
    later = {"window_left": 3, "window_until": NOW, "thread": {"号": 1}, "followed": None}
    assert change_if(world.talk, later, name=world.talk.name, account_id=world.account.pk)
    assert not change_if(world.talk, {"window_left": 9}, window_left=4)
    talk = Conversation.objects.get(pk=world.talk.pk)
    assert (talk.window_left, talk.window_until, talk.thread, talk.followed) == (3, NOW, {"号": 1}, None)
