"""What a ticket's page shows of how it ends: delivery of the answer, closings, ratings, refusals between departments, joint handling."""

from datetime import datetime
from typing import Any

from bot.closing.joint import of_ticket
from bot.closing.queries import announcements_of, closings_of
from bot.closing.refusals import choices_for
from bot.console.words import language
from bot.staff.access import Actor
from bot.tickets.delivered import undelivered
from bot.tickets.models import Ticket
from bot.tickets.rounds import why_not_back
from policies.tickets import TicketState, fate


def ending(actor: Actor, ticket: Ticket, now: datetime) -> dict[str, Any]:
    """The context of those parts of the page."""
    state = TicketState(ticket.state)
    ended = fate(state) in ("answered", "refused")
    waits = ended and bool(undelivered([ticket]))
    return {
        "waits": waits,
        "closes_at": ticket.close_at if state == TicketState.ANSWERED and not waits else None,
        "announcements": announcements_of(ticket)[:5] if ended else (),
        "closings": closings_of(ticket)[:5] if state in (TicketState.CLOSED, TicketState.REOPENED) else (),
        "handovers": ticket.handovers.select_related("source", "target", "person").order_by("-pk")[:10] if ticket.objections else (),
        "why_not_back": why_not_back(ticket) if not ended else "",
        "contributions": of_ticket(ticket),
        "reasons": lambda: choices_for(ticket.department, language()),
    }
