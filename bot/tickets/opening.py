"""How a citizen's message becomes part of a ticket: rows are built here and saved by the caller's transaction."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from bot.channels.models import Conversation
from bot.clock import BEIJING
from bot.tickets.models import OPEN_STATES, Counter, Message, Ticket
from policies.calendar import default_calendar
from policies.deadlines import effective, service_deadline
from policies.facts import Kind, Triage, Understanding
from policies.masking import mask
from policies.tickets import TicketState, after_message, joins

CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_GROUPS, CODE_GROUP_LENGTH = 4, 4  # 80 bits: not to be guessed, still to be read out on the telephone


@dataclass(frozen=True, slots=True)
class Incoming:
    """A citizen's message with what was made of it."""

    text: str
    at: datetime
    understanding: Understanding
    triage: Triage


def take_numbers(count: int, now: datetime) -> list[str]:
    """The next ticket numbers of today (Beijing). Runs inside the caller's transaction."""
    day = f"{now.astimezone(BEIJING):%Y%m%d}"
    Counter.objects.get_or_create(name=f"ticket:{day}")
    rows = Counter.objects.filter(name=f"ticket:{day}")
    rows.update(value=F("value") + count)
    last = rows.values_list("value", flat=True).get()
    return [f"{day}-{number:06d}" for number in range(last - count + 1, last + 1)]


def give_back_numbers(count: int, now: datetime) -> None:
    """Return the last numbers taken, in the same transaction: the counter is still ours, so no number is lost or given twice."""
    Counter.objects.filter(name=f"ticket:{now.astimezone(BEIJING):%Y%m%d}").update(value=F("value") - count)


def new_query_code() -> str:
    """A code that cannot be guessed, without letters that look alike."""
    parts = ("".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_GROUP_LENGTH)) for _ in range(CODE_GROUPS))
    return "-".join(parts)


def new_ticket(number: str, talk: Conversation, department_id: int, incoming: Incoming, now: datetime) -> Ticket:
    """An unsaved ticket that waits in the department's queue; its clock starts at the citizen's own time."""
    understanding, triage = incoming.understanding, incoming.triage
    received = min(incoming.at, now)
    service = service_deadline(Kind(triage.kind), received, default_calendar())
    return Ticket(
        number=number,
        query_code=new_query_code(),
        conversation=talk,
        account_id=talk.account_id,
        department_id=department_id,
        kind=triage.kind,
        intent=understanding.intent,
        subject=understanding.subject,
        confidence=understanding.intent_confidence,
        understood_by=understanding.source,
        note=(understanding.note or triage.reason)[:300],
        urgent=triage.urgent,
        first_line=mask(" ".join(incoming.text.split())[:100])[:120],
        received_at=received,
        service_deadline=service,
        deadline=effective(service, talk.window_until, received),
        updated_at=now,
    )


def ticket_to_join(talk: Conversation, now: datetime) -> Ticket | None:
    """The ticket a new message of this conversation belongs to, if any."""
    latest = Ticket.objects.filter(conversation=talk).order_by("-id")
    for ticket in (latest.filter(state__in=OPEN_STATES).first(), latest.first()):
        if ticket and joins(TicketState(ticket.state), ticket.answered_at, now):
            return ticket
    return None


def join(ticket: Ticket, talk: Conversation, incoming: Incoming, now: datetime) -> None:
    """Change the row for one more message: reopened if it was answered, urgent if this one is; the caller saves it."""
    reopened = after_message(TicketState(ticket.state))
    if reopened != ticket.state:
        ticket.state = reopened
        ticket.owner = None
        ticket.service_deadline = service_deadline(Kind(incoming.triage.kind), min(incoming.at, now), default_calendar())
        ticket.closed_at = None
    if incoming.triage.urgent and not ticket.urgent:
        ticket.urgent = True
        ticket.kind = incoming.triage.kind
        ticket.service_deadline = min(
            ticket.service_deadline, service_deadline(Kind(incoming.triage.kind), min(incoming.at, now), default_calendar())
        )
    ticket.deadline = effective(ticket.service_deadline, talk.window_until, min(incoming.at, now))
    ticket.updated_at = now


JOINED_FIELDS = ["state", "owner", "service_deadline", "closed_at", "urgent", "kind", "deadline", "updated_at"]


def understood(message: Message, incoming: Incoming) -> Message:
    """Write onto the message what was made of it."""
    message.intent = incoming.understanding.intent
    message.subject = incoming.understanding.subject
    message.confidence = incoming.understanding.intent_confidence
    message.understood_by = incoming.understanding.source
    message.reason = incoming.triage.reason[:200]
    return message
