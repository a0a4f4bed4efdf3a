"""A ticket's place on the ladder, reckoned from the row itself: every action that changes it sets the clock again."""

from datetime import datetime

from bot.deadlines.queries import calendar
from bot.duty.queries import ladder_of, line
from bot.tickets.models import Ticket
from policies.ladder import Ladder, Way, height, next_moment, taken_still
from policies.tickets import OPEN

CLOCK_FIELDS = ["rung", "next_step_at", "clock_from"]


def way_of(ticket: Ticket) -> Way:
    """The ticket's way to its deadline, and how many departments stand above its own."""
    levels = len(line(ticket.department_id)) - 1
    return Way(ticket.clock_from or ticket.received_at, ticket.deadline, max(levels, 0))


def its_ladder(ticket: Ticket) -> Ladder:
    """The ladder it climbs."""
    return ladder_of(ticket.department_id, urgent=ticket.urgent)


def set_clock(ticket: Ticket, now: datetime, *, anew: datetime | None = None) -> None:
    """Write onto the ticket which rungs it has behind it and when the next step is due; the caller saves CLOCK_FIELDS.

    To be called after every change of state, department, owner, deadline, urgency or pause. `anew`: the way begins again at
    this moment, with no rung taken: the citizen wrote again after an answer, or another department has it now. The deadline
    stays what it is; where it is past, the ladder begins at once. No query but the few of bot.duty.book every few seconds.
    """
    if ticket.state not in OPEN:
        ticket.next_step_at = None
        return
    if anew is not None:
        ticket.clock_from, ticket.rung = now if ticket.deadline <= now else anew, 0
    if ticket.paused_until is not None:
        ticket.next_step_at = ticket.paused_until
        return
    ladder, way = its_ladder(ticket), way_of(ticket)
    if ticket.rung and ticket.deadline > now:
        ticket.rung = taken_still(ladder, way, calendar(), ticket.rung, now)
    step = next_moment(ladder, way, calendar(), ticket.rung, now)
    # A call of the last rung that is due and not made yet is not put off by whatever else is done with the ticket.
    waits = ticket.rung >= height(ladder, way.levels) and ticket.next_step_at is not None and ticket.next_step_at <= now
    ticket.next_step_at = ticket.next_step_at if waits else step


def arrival(deadline: datetime, now: datetime) -> datetime | None:
    """Where the way of a ticket that is made only now begins: not before now, if its deadline is past already."""
    return now if deadline <= now else None
