"""The automatic answer to one event: words from the rule pack, a row in the outbox, a bubble in the conversation."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings

from bot.channels.models import Account, Conversation
from bot.channels.queries import limits_of
from bot.inbox.models import Inbound
from bot.knowledge.models import Entry
from bot.outbox.actions import new_delivery
from bot.outbox.models import Delivery
from bot.tickets.models import Message, Ticket
from policies.answers import Room, answer_text, deadline_in_words, language_of
from policies.facts import EventKind, Lane, Triage

PUBLIC = frozenset({EventKind.COMMENT, EventKind.MENTION})
JOINED_AGAIN = timedelta(minutes=10)  # how often a citizen is told that further messages joined


def automatic_answer(
    event: Inbound,
    talk: Conversation,
    triage: Triage,
    ticket: Ticket | None,
    now: datetime,
    handover: timedelta,
    *,
    told: bool,
    known: tuple[str, Entry] | None = None,
) -> tuple[Delivery, Message] | None:
    """Unsaved rows, or None where silence is right. `told`: the citizen got an automatic answer in the last minutes.

    `known`: an answer of the knowledge base and its entry, given instead of the receipt (it carries what the receipt says).

    In public a machine says nothing: it would show a query code to everybody and spend the one reply people have.
    """
    if not triage.answer or event.kind in PUBLIC or event.kind == EventKind.EDIT:
        return None
    if triage.answer == "ack_joined" and told:
        return None
    text = known[0] if known else _words(event, triage, ticket, talk)
    if not text:
        return None
    thread = event.body.get("thread") or talk.thread
    delivery = new_delivery(talk, Lane.AUTO, text, now, thread=thread, not_before=now + handover)
    message = Message(
        conversation=talk,
        account_id=talk.account_id,
        ticket=ticket,
        delivery=delivery,
        direction=Message.Direction.AUTO,
        text=text,
        at=now,
        reason=f"知识库条目 {known[1].pk} 第 {known[1].version} 版" if known else "",
    )
    return delivery, message


def _words(event: Inbound, triage: Triage, ticket: Ticket | None, talk: Conversation) -> str:
    language = language_of(event.text)
    return answer_text(
        triage.answer,
        language,
        number=ticket.number if ticket else "",
        query_url=f"{settings.PUBLIC_URL}/q/{ticket.query_code}" if ticket else "",
        deadline_text=deadline_in_words(ticket.service_deadline, language) if ticket else "",
        department=talk.account.department.name,
        room=room_of(talk.account),
    )


def room_of(account: Account) -> Room:
    """What one message of this account to one citizen may hold."""
    limits = limits_of(account)
    return Room(limits.text_max, limits.text_unit)


def told_lately(talks: Collection[int], now: datetime) -> set[int]:
    """Those of these conversations in which a machine said something in the last minutes."""
    said = Message.objects.filter(conversation__in=talks, direction=Message.Direction.AUTO, at__gt=now - JOINED_AGAIN)
    return set(said.values_list("conversation", flat=True))
