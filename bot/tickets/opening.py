"""How a citizen's message becomes part of a ticket: rows are built here and saved by the caller's transaction."""

import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from bot.channels.models import Conversation
from bot.clock import BEIJING
from bot.deadlines.queries import calendar, pack_of
from bot.tickets.clock import CLOCK_FIELDS, arrival, set_clock
from bot.tickets.delivered import delivered_at
from bot.tickets.models import OPEN_STATES, Message, Ticket
from bot.tickets.standing import run_on
from policies.closing import Word, listens
from policies.deadlines import effective, service_deadline
from policies.facts import Kind, Triage, Understanding
from policies.masking import mask
from policies.tickets import TicketState, after_message, fate, joins

CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_GROUPS, CODE_GROUP_LENGTH = 4, 4  # 80 bits: not to be guessed, still to be read out on the telephone


@dataclass(frozen=True, slots=True)
class Incoming:
    """A citizen's message with what was made of it."""

    text: str
    at: datetime
    understanding: Understanding
    triage: Triage
    word: Word = Word.MORE  # what it says of the answer it follows


def take_numbers(count: int, now: datetime) -> list[str]:
    """The next ticket numbers of today (Beijing). Runs inside the caller's transaction."""
    day = f"{now.astimezone(BEIJING):%Y%m%d}"
    raised = "ON CONFLICT (name) DO UPDATE SET value = tickets_counter.value + excluded.value RETURNING value"
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO tickets_counter (name, value) VALUES (%s, %s) {raised}", [f"ticket:{day}", count])  # noqa: S608
        last = cursor.fetchone()[0]
    return [f"{day}-{number:06d}" for number in range(last - count + 1, last + 1)]


def give_back_numbers(count: int, now: datetime) -> None:
    """Return the last numbers taken, in the same transaction: the counter is still ours, so no number is lost or given twice."""
    with connection.cursor() as cursor:
        day = f"{now.astimezone(BEIJING):%Y%m%d}"
        cursor.execute("UPDATE tickets_counter SET value = value - %s WHERE name = %s", [count, f"ticket:{day}"])


def new_query_code() -> str:
    """A code that cannot be guessed, without letters that look alike."""
    drawn = [CODE_ALPHABET[byte % len(CODE_ALPHABET)] for byte in secrets.token_bytes(CODE_GROUPS * CODE_GROUP_LENGTH)]  # 32: no bias
    return "-".join("".join(drawn[at : at + CODE_GROUP_LENGTH]) for at in range(0, len(drawn), CODE_GROUP_LENGTH))


def new_ticket(number: str, talk: Conversation, department_id: int, incoming: Incoming, now: datetime) -> Ticket:
    """An unsaved ticket that waits in the department's queue; its clock starts at the citizen's own time."""
    understanding, triage = incoming.understanding, incoming.triage
    received = min(incoming.at, now)
    pack = pack_of(department_id)
    service = service_deadline(Kind(triage.kind), received, calendar(), pack)
    deadline = effective(service, talk.window_until, received, pack)
    ticket = Ticket(
        number=number,
        query_code=new_query_code(),
        conversation=talk,
        account_id=talk.account_id,
        department_id=department_id,
        kind=triage.kind,
        intent=understanding.intent,
        subject=understanding.subject,
        topic=understanding.topic,
        confidence=understanding.intent_confidence,
        understood_by=understanding.source,
        note=(understanding.note or triage.reason)[:300],
        urgent=triage.urgent,
        first_line=mask(" ".join(incoming.text.split())[:100])[:120],
        received_at=received,
        service_deadline=service,
        deadline=deadline,
        updated_at=now,
    )
    set_clock(ticket, now, anew=arrival(deadline, now))
    return ticket


def ticket_to_join(talk: Conversation, now: datetime) -> Ticket | None:
    """The ticket a new message of this conversation belongs to, if any."""
    return tickets_to_join([talk.pk], now).get(talk.pk)


def tickets_to_join(talks: Collection[int], now: datetime) -> dict[int, Ticket]:
    """By conversation, the ticket a new message of it belongs to, for those that have one: the latest open one, else the latest."""
    chosen = _newest(talks)
    rows = Ticket.objects.in_bulk({pk for pair in chosen.values() for pk in pair if pk})
    found: dict[int, Ticket] = {}
    read_at = _read_at(rows.values(), now)
    for talk, pair in chosen.items():
        for ticket in (rows[pk] for pk in pair if pk):
            within = timedelta(days=pack_of(ticket.department_id)["reopen"]["days"]["value"])
            if talk not in found and joins(TicketState(ticket.state), read_at.get(ticket.pk, ticket.answered_at), now, within=within):
                found[talk] = ticket
    return found


def _newest(talks: Collection[int]) -> dict[int, tuple[int | None, int]]:
    """By conversation with a ticket, the keys of its newest open one and of its newest. For every message that comes in: in plain SQL."""
    if not talks:
        return {}
    still_open = ", ".join(f"'{state}'" for state in OPEN_STATES)  # our own enum's words, never input
    columns = f"conversation_id, MAX(id) FILTER (WHERE state IN ({still_open})), MAX(id)"
    among = ", ".join(["%s"] * len(talks))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM tickets_ticket WHERE conversation_id IN ({among}) GROUP BY 1", list(talks))  # noqa: S608
        return {talk: (opened, latest) for talk, opened, latest in cursor.fetchall()}


def _read_at(tickets: Iterable[Ticket], now: datetime) -> dict[int, datetime]:
    """When those answered too long ago for a new message to join them were delivered: who gets an answer late may reply to it late."""
    late = [
        row.pk for row in tickets if fate(TicketState(row.state)) == "answered" and not joins(TicketState(row.state), row.answered_at, now)
    ]
    return {pk: moment for pk, moment in delivered_at(late).items() if moment} if late else {}


def join(ticket: Ticket, talk: Conversation, incoming: Incoming, now: datetime) -> None:
    """Change the row for one more message: reopened if it was answered, urgent if this one is; the caller saves it.

    A courtesy after the answer reopens nothing; the citizen's word that it is settled has it closed at the next look.
    """
    ticket.updated_at = now
    if listens(TicketState(ticket.state), incoming.word):
        if incoming.word is Word.SETTLED and ticket.state == TicketState.ANSWERED:
            ticket.close_at = now
        return
    at, pack = min(incoming.at, now), pack_of(ticket.department_id)
    fresh = service_deadline(Kind(incoming.triage.kind), at, calendar(), pack)
    anew = None
    reopened = after_message(TicketState(ticket.state))
    if ticket.state == TicketState.AWAITING_CITIZEN:
        for name, value in run_on(ticket, talk.window_until, at, "citizen").items():
            setattr(ticket, name, value)
        ticket.state = reopened  # whoever asked goes on with it, and the clock goes on where it stood
    elif reopened != ticket.state:
        ticket.state, anew = reopened, at
        ticket.owner = None
        ticket.service_deadline = fresh
        ticket.closed_at = ticket.close_at = None
    if incoming.triage.urgent and not ticket.urgent:
        ticket.urgent, anew = True, at
        ticket.kind = incoming.triage.kind
        ticket.service_deadline = min(ticket.service_deadline, fresh)
    ticket.deadline = effective(ticket.service_deadline, talk.window_until, at, pack)
    set_clock(ticket, now, anew=anew)


def deadline_of(ticket: Ticket, since: datetime) -> tuple[datetime, datetime]:
    """The service deadline and the effective one of a ticket whose clock starts anew at `since`."""
    pack = pack_of(ticket.department_id)
    service = service_deadline(Kind(ticket.kind), since, calendar(), pack)
    return service, effective(service, ticket.conversation.window_until, since, pack)


JOINED_FIELDS = [
    "state", "owner", "service_deadline", "closed_at", "close_at", "urgent", "kind", "deadline", "updated_at",
    "paused_until", "pause_reason", *CLOCK_FIELDS,
]  # fmt: skip


def understood(message: Message, incoming: Incoming) -> Message:
    """Write onto the message what was made of it."""
    message.intent = incoming.understanding.intent
    message.subject = incoming.understanding.subject
    message.topic = incoming.understanding.topic
    message.entities = [dict(one) for one in incoming.understanding.entities]
    message.confidence = incoming.understanding.intent_confidence
    message.understood_by = incoming.understanding.source
    message.reason = incoming.triage.reason[:200]
    return message
