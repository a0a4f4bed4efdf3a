"""Pages of the queue that cost the same among a thousand tickets and among a million.

SQLite uses a partial index only for a condition that is written as the index writes it, without parameters; and it would
sort everything rather than read several departments' indexes in turn. Both are seen to here; PostgreSQL gains as well.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import batched

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from bot.staff.access import Actor, department_ids
from bot.staff.models import Department
from bot.tickets.models import ENDED_STATES, OPEN_STATES, Ticket
from bot.tickets.parts import Part, complete, counted, front, literally, parts_of
from bot.tickets.queries import found, tickets_for
from policies.roles import Right

ALL_STATES = (*OPEN_STATES, *ENDED_STATES)
MOST_COUNTED = 1000  # counts stop here: 999+ says enough
MANY = 200  # so many tickets of a part are read to know whether there are more
KEYS_AT_ONCE = 500


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
    rows, by, departments = _narrowed(Ticket.objects.all(), wanted, now), by_of(wanted), _departments(actor, wanted)
    states = [wanted.state] if wanted.state else None
    if wanted.is_queue:
        rows, parts, index = _by_deadline(_after(rows, after), departments, states, by)
        ids = front(rows, "deadline", limit, parts, index)
        return list(tickets_for(actor).filter(pk__in=ids).order_by("deadline", "pk"))
    ids = newest(rows.filter(pk__lt=after.pk) if after else rows, departments, states, limit, by=by)
    return list(tickets_for(actor).filter(pk__in=ids).order_by("-pk"))


def by_of(wanted: Wanted) -> str:
    """The one narrow condition by which a list is found, if it has one."""
    return "text" if wanted.text else "owner" if wanted.owner else "account" if wanted.account else ""


def newest(rows: QuerySet[Ticket], departments: Sequence[int] | None, states: Sequence[str] | None, limit: int, *, by: str) -> list[int]:
    """Keys of the newest of these tickets. `by`: "text", "owner" or "account" where `rows` are already narrowed by it."""
    if by == "text":
        rows = rows if states is None else rows.filter(state__in=states)
        return list(_within(rows, departments).order_by("-pk").values_list("pk", flat=True)[:limit])
    if by:
        return front(_within(rows, departments), "-pk", limit, parts_of(None, ALL_STATES if states is None else states), _by_age(by, None))
    if states is None:
        return front(rows, "-pk", limit, parts_of(departments, None), "" if departments is None else "ticket_of_department")
    return front(rows, "-pk", limit, parts_of(departments, states), _by_age(by, departments))


def newest_due(
    rows: QuerySet[Ticket],
    left: QuerySet[Ticket],
    due: Q,
    departments: Sequence[int] | None,
    states: Sequence[str] | None,
    limit: int,
    *,
    by: str,
) -> list[int]:
    """Keys of the newest open tickets whose deadline is as `due` says. `left`: what a cursor leaves of `rows`.

    There may be few of them among very many others, and no index has those few by age. So each part of the list is first
    looked at along its deadlines, which gives all of them in most parts. Only in a part with many of them the newest tickets
    are looked through: one of the many soon comes up.
    """
    states = OPEN_STATES if states is None else [state for state in OPEN_STATES if state in states]
    if by == "text":
        return newest(left.filter(due), departments, states, limit, by=by)
    open_ones, parts, index = _by_deadline(rows.filter(due), departments, None if len(states) == len(OPEN_STATES) else states, by)
    few, large = complete(open_ones, MANY, parts, index)
    found = _newest_of(left, few, limit)
    if large:
        parts = [(department, one) for department, state in large for one in ([state] if state else OPEN_STATES)]
        left = _within(left, departments) if by else left
        found += front(left.filter(due), "-pk", limit, parts, _by_age(by, departments))
    return sorted(found, reverse=True)[:limit]


def on_time(
    rows: QuerySet[Ticket],
    left: QuerySet[Ticket],
    departments: Sequence[int] | None,
    states: Sequence[str] | None,
    limit: int,
    *,
    by: str,
    now: datetime,
) -> list[int]:
    """Keys of the newest of these tickets that are not overdue: ended, or with time left. `left`: what a cursor leaves of `rows`."""
    ended = [state for state in ENDED_STATES if states is None or state in states]
    found = newest_due(rows, left, Q(deadline__gte=now), departments, states, limit, by=by)
    return sorted({*found, *newest(left, departments, ended, limit, by=by)}, reverse=True)[:limit]


def changed(rows: QuerySet[Ticket], departments: Sequence[int] | None, limit: int) -> list[int]:
    """Keys of those of these tickets that changed first."""
    index = "ticket_updated" if departments is None else "ticket_updated_of"
    return front(rows, "updated_at", limit, parts_of(departments, None), index)


def matching(actor: Actor, wanted: Wanted, numbers: Iterable[str], now: datetime) -> list[Ticket]:
    """Those of these tickets that belong to the list."""
    rows = _narrowed(tickets_for(actor).filter(number__in=list(numbers)), wanted, now)
    rows = rows.filter(state=wanted.state) if wanted.state else rows.filter(is_open()) if wanted.is_queue else rows
    return list(_within(rows, _departments(actor, wanted)).order_by("deadline", "pk"))


def count_before(actor: Actor, wanted: Wanted, since: datetime | None, until: datetime | None, now: datetime) -> int:
    """How many of the queue's tickets have their deadline in the time; MOST_COUNTED stands for that many or more."""
    rows = _narrowed(Ticket.objects.all(), wanted, now)
    rows = rows.filter(deadline__gte=since) if since else rows
    rows = rows.filter(deadline__lt=until) if until else rows
    rows, parts, index = _by_deadline(rows, _departments(actor, wanted), [wanted.state] if wanted.state else None, by_of(wanted))
    return counted(rows, MOST_COUNTED, parts, index)


def _by_deadline(
    rows: QuerySet[Ticket], departments: Sequence[int] | None, states: Sequence[str] | None, by: str
) -> tuple[QuerySet[Ticket], list[Part], str]:
    """The open ones of these tickets in parts, and the index in which each part lies by deadline."""
    if by:
        return _within(rows, departments), parts_of(None, OPEN_STATES if states is None else states), f"ticket_queue_of_{by}"
    if states is not None:
        return rows, parts_of(departments, states), "ticket_queue_state" if departments is None else "ticket_queue_of_state"
    return rows.filter(is_open()), parts_of(departments, None), "ticket_queue" if departments is None else "ticket_queue_of"


def _by_age(by: str, departments: Sequence[int] | None) -> str:
    """The index in which each state's tickets lie by key."""
    return f"ticket_state_of_{by}" if by else "ticket_{group}" if departments is None else "ticket_state_of_dept"


def _newest_of(rows: QuerySet[Ticket], keys: Iterable[int], limit: int) -> list[int]:
    """The newest of these tickets among those with these keys."""
    found: list[int] = []
    for some in batched(sorted(keys, reverse=True), KEYS_AT_ONCE):
        found += rows.filter(pk__in=some).values_list("pk", flat=True)
        if len(found) >= limit:
            break
    return found


def _narrowed(rows: QuerySet[Ticket], wanted: Wanted, now: datetime) -> QuerySet[Ticket]:
    rows = found(rows, wanted.text) if wanted.text else rows
    exact = {"account": wanted.account, "owner": wanted.owner}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if not wanted.overdue:
        return rows
    return rows.filter(deadline__lt=now) if wanted.is_queue else rows.filter(is_open(), deadline__lt=now)


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


def _within(rows: QuerySet[Ticket], departments: Sequence[int] | None) -> QuerySet[Ticket]:
    return rows if departments is None else rows.filter(department__in=departments)
