"""The ladder in motion: whoever does not answer in time no longer has the ticket (promise 4).

Which tickets are due stands in an index, so a sweep costs what is due and not what exists. Each step is taken once: rows are
locked, looked at again, and written back in the transaction that records and calls. A process that dies leaves the step undone
and due. After a long stop all rungs that came due are recorded, and the highest of them calls people once.
"""

import logging
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import batched
from typing import Any

from django.db import transaction

from bot.audit.actions import Fact, record
from bot.bulk import write_back
from bot.deadlines.queries import calendar
from bot.duty.desk import Desk
from bot.duty.queries import line
from bot.tickets import calling
from bot.tickets.clock import CLOCK_FIELDS, arrival, its_ladder, set_clock, way_of
from bot.tickets.models import OPEN_STATES, Ticket
from bot.tickets.parts import front, literally, parts_of
from bot.tickets.roster import open_gaps
from policies.ladder import MOVES, Act, Due, due
from policies.tickets import TicketState

__all__ = ["CLOCK_FIELDS", "climb", "repair", "set_clock"]

log = logging.getLogger(__name__)
TOGETHER = 50  # tickets in one transaction: short enough for whoever waits to write
PAUSE = timedelta(seconds=30)  # before a ticket that failed by our fault is tried again
GRACE = timedelta(seconds=5)  # the end of a pause is another job's
WHO = "system:ladder"
WHOLE = parts_of(None, None)
WRITTEN = ["state", "owner", "lease_until", "updated_at", *CLOCK_FIELDS]
HELD = frozenset({TicketState.CLAIMED, TicketState.DRAFTED})  # a claim that ends when the ticket climbs


def climb(now: datetime, limit: int = 200) -> int:
    """Take the steps that are due, the longest due first. Returns how many tickets were looked at."""
    rows = Ticket.objects.filter(literally(OPEN_STATES), next_step_at__lte=now)
    keys = front(rows, "next_step_at", limit, WHOLE, "ticket_steps")
    for some in batched(keys, TOGETHER):
        try:
            _step(some, now)
        except Exception:
            log.exception("%s tickets could not climb together; each goes alone", len(some))
            _one_by_one(some, now)
    return len(keys)


def _one_by_one(keys: Collection[int], now: datetime) -> None:
    """What is wrong with one ticket holds up none of the others."""
    for key in keys:
        try:
            _step([key], now)
        except Exception:
            log.critical("ticket %s could not climb; it is tried again soon", key, exc_info=True)
            Ticket.objects.filter(pk=key, next_step_at__lte=now).update(next_step_at=now + PAUSE)


@transaction.atomic
def _step(keys: Collection[int], now: datetime) -> None:
    rows = Ticket.objects.filter(pk__in=keys, state__in=OPEN_STATES, next_step_at__lte=now).select_related("department")
    tickets = list(rows.select_for_update(skip_locked=True, of=("self",)).order_by("pk"))
    if not tickets:
        return
    sweep = _Sweep(Desk(now, {ticket.department_id for ticket in tickets}), now)
    facts = [fact for ticket in tickets for fact in sweep.climb(ticket)]
    write_back(tickets, WRITTEN)
    sweep.calls.write()
    facts += open_gaps(sweep.empty, sweep.desk, now)
    if facts:
        record(now, *facts)


class _Sweep:
    """The tickets of one transaction, by one look at the roster."""

    def __init__(self, desk: Desk, now: datetime) -> None:
        self.desk, self.now, self.calls = desk, now, calling.Calls(now)
        self.empty: dict[int, bool] = {}  # departments in which nobody was on duty, and whether an emergency asked

    def climb(self, ticket: Ticket) -> list[Fact]:
        """One ticket's step, written onto the row; what it was read with is still so, as the row is locked."""
        if ticket.paused_until is not None:
            ticket.next_step_at = max(ticket.paused_until, self.now) + GRACE
            return []
        before = ticket.owner_id
        steps = due(its_ladder(ticket), way_of(ticket), calendar(), ticket.rung, self.now)
        if steps:
            self._take(ticket, steps)
        ticket.next_step_at = None  # taken: what comes next is reckoned, not kept
        set_clock(ticket, self.now)
        if not steps:
            return []
        ticket.updated_at = self.now
        self._call(ticket, steps[-1], before)
        return list(self._facts(ticket, steps, before))

    def _take(self, ticket: Ticket, steps: Sequence[Due]) -> None:
        """The ticket is whose it is after these steps. A claim ends; other states say something that stays true."""
        ticket.rung = steps[-1].number
        to = self._next_owner(ticket, steps)
        if to != ticket.owner_id:
            ticket.owner_id, ticket.lease_until = to, None
            ticket.state = TicketState.WAITING if ticket.state in HELD else ticket.state

    def _next_owner(self, ticket: Ticket, steps: Sequence[Due]) -> int | None:
        """By the highest step that moves it: the first in its line, and somebody else than now if there is anybody."""
        top = next((step for step in reversed(steps) if step.rung.act in MOVES), None)
        if top is None:
            return ticket.owner_id
        people = list(dict.fromkeys(self._line(ticket, top))) or self.desk.anybody(ticket.department_id)
        if top.again and ticket.owner_id in people:
            return ticket.owner_id
        return next((person for person in people if person != ticket.owner_id), ticket.owner_id)

    def _line(self, ticket: Ticket, step: Due) -> list[int]:
        at = _department(ticket, step)
        if step.rung.act == Act.HEAD:
            return self.desk.head_line(at)
        if step.rung.act == Act.DUTY and not self.desk.covered(at):
            self.empty[at] = self.empty.get(at, False) or ticket.urgent
        return [person for person, _ in self.desk.duty_line(at)]

    def _call(self, ticket: Ticket, top: Due, before: int | None) -> None:
        words = calling.words_for(ticket, top, self.now)
        if ticket.owner_id == before and top.rung.act == Act.REMIND:
            self.calls.tell(self._reminded(ticket), ticket, words)
            return
        chain = self.desk.chain(_department(ticket, top))
        people = [ticket.owner_id, *(person for person in chain if person != before)]
        self.calls.call(list(dict.fromkeys(person for person in people if person is not None)), ticket, words)
        if before is not None and before != ticket.owner_id:
            self.calls.tell([before], ticket, calling.words_for_earlier(ticket, self.desk.name(ticket.owner_id)))

    def _reminded(self, ticket: Ticket) -> list[int]:
        """The owner or who stands in; without either the department's duty post."""
        owner = None if ticket.owner_id is None else self.desk.stand_in(ticket.owner_id, ticket.department_id)
        if owner is not None:
            return [owner]
        return [person for person, _ in self.desk.duty_line(ticket.department_id)][:1] or self.desk.anybody(ticket.department_id)[:1]

    def _facts(self, ticket: Ticket, steps: Sequence[Due], before: int | None) -> Iterator[Fact]:
        """A row for every rung taken; who has the ticket changes with the last of them."""
        for step in steps:
            last = step is steps[-1]
            moves = last and ticket.owner_id != before
            detail: dict[str, Any] = {"rung": step.number, "act": step.rung.act.value, "due": step.moment.isoformat()}
            detail["why"] = _why(ticket, step)
            if step.rung.level:
                detail["level"] = step.rung.level
            if moves:
                detail |= {"from": self.desk.username(before), "to": self.desk.username(ticket.owner_id)}
            if not last:
                detail["passed"] = True  # several came due together, after a stop: only the highest calls people
            action = "climbed" if moves else "reminded" if step.rung.act == Act.REMIND else "called"
            yield Fact(WHO, f"ticket.{action}", "ticket", ticket.number, ticket.department_id, detail)


def _clock(ticket: Ticket) -> dict[str, Any]:
    return {name: getattr(ticket, name) for name in CLOCK_FIELDS}


def _department(ticket: Ticket, step: Due) -> int:
    above = line(ticket.department_id)
    return above[min(step.rung.level, len(above) - 1)]


def _why(ticket: Ticket, step: Due) -> str:
    if step.again:
        return "unanswered"
    return "overdue" if step.moment >= ticket.deadline else "urgent" if ticket.urgent else "due_soon"


def repair(now: datetime, limit: int = 500) -> int:
    """Open tickets without a next step get one: those from before there was a ladder, or what a fault left. Returns how many."""
    keys = front(Ticket.objects.filter(literally(OPEN_STATES), next_step_at__isnull=True), "pk", limit, WHOLE, "ticket_without_step")
    return _repair(keys, now) if keys else 0


@transaction.atomic
def _repair(keys: Collection[int], now: datetime) -> int:
    missing = Ticket.objects.filter(pk__in=keys, state__in=OPEN_STATES, next_step_at=None).order_by("pk")
    rows = list(missing.select_for_update(skip_locked=True))
    for ticket in rows:
        set_clock(ticket, now, anew=arrival(ticket.deadline, now))
        Ticket.objects.filter(pk=ticket.pk, next_step_at=None).update(**_clock(ticket))
    return len(rows)
