"""Messages read as no question: a person confirms it, or makes a ticket of them (promise 2)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from bot.audit.actions import Fact, record
from bot.conflict import Conflict
from bot.staff.access import Actor
from bot.tickets.models import Message, Ticket
from bot.tickets.opening import JOINED_FIELDS, Incoming, join, new_ticket, take_numbers, ticket_to_join
from bot.tickets.queries import dismissed_for
from policies.facts import Kind, Triage, Understanding
from policies.roles import Right


@transaction.atomic
def confirm(actor: Actor, message_ids: Sequence[int], now: datetime) -> int:
    """These are no question indeed. Returns how many were still waiting for that; what the actor does not see is left alone."""
    rows = list(dismissed_for(actor).filter(pk__in=message_ids).select_related("account__department").order_by("pk"))
    for department in {row.account.department for row in rows}:
        actor.demand(Right.CONFIRM_DISMISSED, department)
    waiting = Message.objects.filter(pk__in=[row.pk for row in rows], ticket=None, confirmed_by=None)
    ours = set(waiting.select_for_update().values_list("pk", flat=True))
    waiting.filter(pk__in=ours).update(confirmed_by_id=actor.person_id)
    facts = [_fact(actor, "message.dismissal_confirmed", row) for row in rows if row.pk in ours]
    if facts:
        record(now, *facts)
    return len(ours)


@transaction.atomic
def make_ticket(actor: Actor, message: Message, now: datetime) -> Ticket:
    """A question after all: it joins the citizen's open ticket, or opens one whose clock starts at the message's own time.

    Raises Conflict when somebody was first, Denied without the right.
    """
    row = Message.objects.select_for_update(of=("self",)).select_related("account__department", "conversation").get(pk=message.pk)
    actor.demand(Right.CONFIRM_DISMISSED, row.account.department)
    if row.ticket_id or row.confirmed_by_id or row.direction != Message.Direction.CITIZEN:
        raise Conflict("该消息已处理。")
    incoming = _as_question(actor, row)
    ticket = ticket_to_join(row.conversation, now)
    action = "ticket.message_joined" if ticket else "ticket.opened"
    if ticket:
        join(ticket, row.conversation, incoming, now)
        ticket.save(update_fields=JOINED_FIELDS)
    else:
        ticket = new_ticket(take_numbers(1, now)[0], row.conversation, row.account.department_id, incoming, now)
        ticket.save(force_insert=True)
    Message.objects.filter(pk=row.pk).update(ticket=ticket)
    detail = {"message": row.pk, "was": row.reason}
    record(now, Fact(actor.username, action, "ticket", ticket.number, ticket.department_id, detail))
    return ticket


def _as_question(actor: Actor, row: Message) -> Incoming:
    """The message as a person reads it: a question, whatever the machine thought."""
    understanding = Understanding(row.intent, row.confidence, row.subject, 0.0, row.understood_by or "person", topic=row.topic)
    reason = f"{actor.name} 认为这是诉求"
    return Incoming(row.text, row.at, understanding, Triage(Kind.QUESTION, True, False, "", reason, "person"))


def _fact(actor: Actor, action: str, row: Message) -> Fact:
    return Fact(actor.username, action, "message", str(row.pk), row.account.department_id, {"reason": row.reason})
