"""An answer that could not leave goes first at the citizen's next contact, whatever that is."""

from datetime import timedelta

import pytest
from django.db import connection

from bot.closing.queries import undelivered_count, undelivered_for
from bot.dialogue.handle import handle
from bot.outbox.actions import claim
from bot.outbox.finishing import finish
from bot.outbox.models import Delivery
from bot.tickets import actions
from bot.tickets.delivered import delivered_at, undelivered
from bot.tickets.models import Ticket
from policies.facts import EventKind, Outcome, Result
from tests.bot.closing.conftest import asked
from tests.bot.conftest import World, later
from tests.bot.dialogue.test_handle import ZERO, read, said

SENT = Result(Outcome.SENT, platform_id="1")
CONTACTS = [
    (EventKind.MESSAGE, "message", "question|另一件事"),
    (EventKind.MENU, "menu", ""),
    (EventKind.SCAN, "scan", ""),
    (EventKind.FOLLOW, "follow", ""),
]


def held(town: World, text: str = "已修好。") -> Ticket:
    """Answered after the window was closed."""
    ticket = asked(town)
    claim("w", 9, later(hours=1))
    Delivery.objects.update(state="sent", sent_at=later(hours=1))
    actions.reply(town.alice, ticket, text, later(hours=60))
    assert claim("w", 9, later(hours=60)) == []
    return Ticket.objects.get()


def work(hours: float) -> list[str]:
    """What leaves, in its order, when one thing is sent after the other."""
    said_: list[str] = []
    for second in range(9):
        at = later(hours=hours, seconds=second)
        for row in claim("w", 9, at):
            said_.append(row.text)
            finish(row, SENT, at)
    return said_


@pytest.mark.parametrize(("kind", "trigger", "text"), CONTACTS)
@pytest.mark.parametrize("handover", [0.0, 2.5])
def test_it_goes_before_the_receipt_at_a_contact_of_any_kind(
    town: World, kind: EventKind, trigger: str, text: str, handover: float
) -> None:
    held(town)
    at = later(hours=70)
    back = said(town, text, kind=kind, sent_at=at, received_at=at, body={"trigger": trigger})
    answers = handle([back], read, at, timedelta(seconds=handover))
    left = work(70)
    # A window of one minute holds three messages, of which the last two are kept for people: no greeting then.
    assert answers == {} and left[0] == "已修好。"
    assert [text[:6] for text in left[1:]] == (["【自动回复】"] if trigger == "message" else [])


def test_the_receipt_waits_until_it_is_known_how_the_answer_fared(town: World) -> None:
    held(town)
    at = later(hours=70)
    handle([said(town, "question|另一件事", sent_at=at, received_at=at)], read, at, ZERO)
    (answer,) = claim("w", 9, at)
    assert answer.lane == "human" and claim("w", 9, later(hours=70, seconds=5)) == []
    finish(answer, Result(Outcome.RETRY), later(hours=70, seconds=6), jitter=0.0)
    assert [row.lane for row in claim("w", 9, later(hours=71))] == ["human"]


def test_all_parts_go_in_order_and_a_short_window_takes_what_it_can(town: World) -> None:
    held(town, "长" * 2600)  # four parts; a menu key opens a window for three
    at = later(hours=70)
    handle([said(town, "", kind=EventKind.MENU, sent_at=at, received_at=at, body={"trigger": "menu"})], read, at, ZERO)
    left = work(70)
    assert [text[0] for text in left] == ["长"] * 3 and Delivery.objects.filter(state="held").count() == 1
    assert undelivered([Ticket.objects.get()]) == {Ticket.objects.get().pk}


def test_the_ledger_says_answered_and_not_yet_delivered(town: World) -> None:
    ticket = held(town)
    assert undelivered([ticket]) == {ticket.pk} and delivered_at([ticket.pk]) == {ticket.pk: None}
    assert [row.message.ticket_id for row in undelivered_for(town.alice)] == [ticket.pk] and list(undelivered_for(town.charlie)) == []
    assert undelivered_count() == undelivered_count(town.diana) == 1 and undelivered_count(town.charlie) == 0
    at = later(hours=70)
    handle([said(town, "谢谢", sent_at=at, received_at=at)], read, at, ZERO)
    work(70)
    assert undelivered([Ticket.objects.get()]) == set() and delivered_at([ticket.pk]) == {ticket.pk: later(hours=70, seconds=0)}
    assert undelivered_count() == 0


def test_an_open_request_waits_for_no_delivery(town: World) -> None:
    ticket = asked(town)
    assert undelivered([ticket]) == set() and delivered_at([ticket.pk]) == {}


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL chooses by its statistics, and there are none of so few rows")
def test_what_waits_is_found_where_it_waits_and_not_among_everything_said(town: World) -> None:
    held(town)
    assert "delivery_held" in undelivered_for(town.diana).explain()
