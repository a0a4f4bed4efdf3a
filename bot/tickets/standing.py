"""A standing clock goes on: what that changes in a ticket, whoever or whatever ended the pause."""

from datetime import datetime
from typing import Any

from bot.deadlines.queries import calendar, pack_of
from bot.tickets.models import Pause, Ticket
from policies.deadlines import effective
from policies.pauses import moved


def run_on(ticket: Ticket, window_until: datetime | None, at: datetime, by: str) -> dict[str, Any]:
    """End the ticket's pause at `at`; the fields the ticket then has. Runs inside the caller's transaction, on a locked ticket.

    The service deadline is the one before the pause, later by the office time that really passed. A message written before the
    question and delivered after it ends the pause as if at its beginning.
    """
    fields: dict[str, Any] = {"paused_until": None, "pause_reason": ""}
    pause = Pause.objects.filter(ticket=ticket, ended_at=None).first()
    if pause is None:
        return fields
    pause.ended_at, pause.ended_by = min(max(at, pause.began_at), pause.until), by
    pause.save(update_fields=["ended_at", "ended_by"])
    service = moved(pause.service_before, pause.began_at, pause.ended_at, calendar())
    deadline = effective(service, window_until, ticket.received_at, pack_of(ticket.department_id))
    return {**fields, "service_deadline": service, "deadline": deadline}
