"""Pages of the queue that cost the same among a thousand tickets and among a million.

SQLite uses a partial index only for a condition that is written as the index writes it, without parameters; and it would
sort everything rather than read several departments' indexes in turn. Both are seen to here; PostgreSQL gains as well.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from bot.staff.access import Actor, department_ids
from bot.staff.models import Department
from bot.tickets.models import ENDED_STATES, OPEN_STATES, Ticket
from bot.tickets.parts import counted, front, literally, oldest
from bot.tickets.queries import found, tickets_for
from policies.roles import Right

MOST_COUNTED = 1000  # counts stop here: 999+ says enough


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the tickets to show. Empty fields do not narrow."""

    state: str = ""
    account: str = ""
    department: str = ""  # a code: this department and all below it
    owner: int | None = None
    overdue: bool = False
    text: str = ""

    @property
    def is_queue(self) -> bool:
        """Whether open tickets are asked for, by deadline; else the newest first."""
        return not self.text and self.state not in ENDED_STATES


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: the last row's deadline (None in the newest-first order) and key."""

    deadline: datetime | None
    pk: int


def is_open() -> RawSQL:
    """The condition of the queue's partial indexes, as they write it."""
    return literally(OPEN_STATES)


def page(actor: Actor, wanted: Wanted, after: Place | None, limit: int, now: datetime) -> list[Ticket]:
    """Up to `limit` tickets the actor sees, in the order of the list, after the place where the page before it ended."""
    rows = _narrowed(Ticket.objects.all(), wanted, now)
    if wanted.is_queue:
        departments = _departments(actor, wanted)
        index = _queue_index(wanted, departments)
        if by_of(wanted):
            rows, departments = _within(rows, departments), None
        ids = front(_after(rows, after), "deadline", limit, departments, index=index)
        return list(tickets_for(actor).filter(pk__in=ids).order_by("deadline", "pk"))
    if after:
        rows = rows.filter(pk__lt=after.pk)
    ids = newest(rows, _departments(actor, wanted), [wanted.state] if wanted.state else None, limit, by=by_of(wanted))
    return list(tickets_for(actor).filter(pk__in=ids).order_by("-pk"))


def by_of(wanted: Wanted) -> str:
    """The one narrow condition by which a list is found, if it has one."""
    return "text" if wanted.text else "owner" if wanted.owner else "account" if wanted.account else ""


def newest(rows: QuerySet[Ticket], departments: Sequence[int] | None, states: Sequence[str] | None, limit: int, *, by: str) -> list[int]:
    """Keys of the newest of these tickets. `by`: "text", "owner" or "account" where `rows` are already narrowed by it."""
    if by == "text":
        inside = rows if departments is None else rows.filter(department__in=departments)
        inside = inside if states is None else inside.filter(state__in=states)
        return list(inside.order_by("-pk").values_list("pk", flat=True)[:limit])
    if by:
        inside = rows if departments is None else rows.filter(department__in=departments)
        return front(inside, "-pk", limit, None, states, f"ticket_of_{by}" if states is None else f"ticket_state_of_{by}")
    if departments is None:
        return front(rows, "-pk", limit, None, states)
    return front(rows, "-pk", limit, departments, states, "ticket_of_department" if states is None else "ticket_state_of_dept")


def on_time(
    rows: QuerySet[Ticket], departments: Sequence[int] | None, states: Sequence[str] | None, limit: int, by: str, now: datetime
) -> list[int]:
    """Keys of the newest of these tickets that are not overdue: ended, or with time left."""
    states = states or (*OPEN_STATES, *ENDED_STATES)
    ended = newest(rows, departments, [state for state in states if state in ENDED_STATES], limit, by=by)
    # Of the open ones all that have time left are newer than the oldest such: nobody walks past years of overdue ones.
    floor = oldest(Ticket.objects.filter(is_open(), deadline__gte=now), "ticket_queue")
    if floor is None:
        return ended
    left = rows.filter(deadline__gte=now, pk__gte=floor)
    return sorted({*ended, *newest(left, departments, [state for state in states if state in OPEN_STATES], limit, by=by)}, reverse=True)[
        :limit
    ]


def changed(rows: QuerySet[Ticket], departments: Sequence[int] | None, limit: int) -> list[int]:
    """Keys of those of these tickets that changed first."""
    return front(rows, "updated_at", limit, departments, index="ticket_updated" if departments is None else "ticket_updated_of")


def matching(actor: Actor, wanted: Wanted, numbers: Iterable[str], now: datetime) -> list[Ticket]:
    """Those of these tickets that belong to the list."""
    rows = _narrowed(tickets_for(actor).filter(number__in=list(numbers)), wanted, now)
    return list(_within(rows, _departments(actor, wanted)).order_by("deadline", "pk"))


def count_before(actor: Actor, wanted: Wanted, since: datetime | None, until: datetime | None, now: datetime) -> int:
    """How many of the queue's tickets have their deadline in the time; MOST_COUNTED stands for that many or more."""
    departments = _departments(actor, wanted)
    rows = _within(_narrowed(Ticket.objects.all(), wanted, now), departments)
    if since:
        rows = rows.filter(deadline__gte=since)
    if until:
        rows = rows.filter(deadline__lt=until)
    return counted(rows, MOST_COUNTED, _queue_index(wanted, departments))


def _queue_index(wanted: Wanted, departments: Sequence[int] | None) -> str:
    """The index in which the open tickets that are wanted lie together, by deadline."""
    if by_of(wanted):
        return f"ticket_queue_of_{by_of(wanted)}"
    if wanted.state:
        return "ticket_queue_state" if departments is None else "ticket_queue_of_state"
    return "ticket_queue" if departments is None else "ticket_queue_of"


def _narrowed(rows: QuerySet[Ticket], wanted: Wanted, now: datetime) -> QuerySet[Ticket]:
    rows = found(rows, wanted.text) if wanted.text else rows
    if wanted.is_queue:
        rows = rows.filter(is_open())
    elif wanted.state in ENDED_STATES:
        rows = rows.filter(literally(ENDED_STATES))
    exact = {"state": wanted.state, "account": wanted.account, "owner": wanted.owner}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if wanted.overdue:
        rows = rows.filter(is_open(), deadline__lt=now)
    return rows


def _after(rows: QuerySet[Ticket], after: Place | None) -> QuerySet[Ticket]:
    if after is None or after.deadline is None:
        return rows
    return rows.filter(deadline__gte=after.deadline).filter(Q(deadline__gt=after.deadline) | Q(pk__gt=after.pk))


def _departments(actor: Actor, wanted: Wanted) -> list[int] | None:
    """The departments to look in; None = all."""
    paths: Iterable[str] = actor.paths(Right.SEE_TICKETS)
    if wanted.department:
        chosen = Department.objects.filter(code=wanted.department).first()
        if chosen is None:
            return []
        paths = [chosen.path] if any(chosen.path.startswith(path) for path in paths) else [p for p in paths if p.startswith(chosen.path)]
    return None if any(path.count("/") == 2 for path in paths) else sorted(department_ids(paths))


def _within(rows: QuerySet[Ticket], departments: list[int] | None) -> QuerySet[Ticket]:
    return rows if departments is None else rows.filter(department__in=departments)
