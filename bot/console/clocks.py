"""What a ticket's page shows of its deadlines: years that are not known, the end a pause may have, where the law sends people."""

from datetime import datetime
from typing import Any

from bot.clock import BEIJING
from bot.console.deadlineforms import PauseForm
from bot.deadlines.inherited import ways_for
from bot.deadlines.queries import calendar, pack_of
from bot.tickets.models import Ticket
from policies.pauses import longest

USUAL_DAYS = 3  # working days a citizen is commonly given for an answer


def clocks(ticket: Ticket, now: datetime) -> dict[str, Any]:
    """The context of the panes."""
    known = calendar()
    latest = longest(now, known, pack_of(ticket.department_id))
    usual = min(known.add_working_days(now, USUAL_DAYS), latest)
    return {
        "unknown_years": known.missing_years(ticket.received_at, ticket.service_deadline),
        "pause_form": PauseForm.around(*(moment.astimezone(BEIJING) for moment in (now, usual, latest))),
        "ways": ways_for(ticket.department, ticket.kind, ticket.first_line),
    }
