"""Pages of the queue that cost the same among a thousand tickets and among a million.

SQLite uses a partial index only for a condition that is written as the index writes it, without parameters; and it would
sort everything rather than read several departments' indexes in turn. Both are seen to here; PostgreSQL gains as well.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import BooleanField, Q, QuerySet
from django.db.models.expressions import RawSQL

from bot.staff.access import Actor, department_ids
from bot.staff.models import Department
from bot.tickets.models import ENDED_STATES, OPEN_STATES, Ticket
from bot.tickets.queries import found, tickets_for
from policies.roles import Right

MOST_COUNTED = 1000  # counts stop here: 999+ says enough
PARTS_IN_ONE_STATEMENT = 100  # SQLite takes at most 500


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
    return _literally(OPEN_STATES)


def _literally(states: Sequence[str]) -> RawSQL:
    words = ", ".join(f"'{state}'" for state in states)  # our own enum's words, never input
    return RawSQL(f'"tickets_ticket"."state" IN ({words})', [], output_field=BooleanField())  # noqa: S611


def page(actor: Actor, wanted: Wanted, after: Place | None, limit: int, now: datetime) -> list[Ticket]:
    """Up to `limit` tickets the actor sees, in the order of the list, after the place where the page before it ended."""
    rows = _narrowed(Ticket.objects.all(), wanted, now)
    if wanted.is_queue:
        ids = _front(_after(rows, after), _departments(actor, wanted), limit)
        return list(tickets_for(actor).filter(pk__in=ids).order_by("deadline", "pk"))
    if after:
        rows = rows.filter(pk__lt=after.pk)
    ids = list(_within(rows, _departments(actor, wanted)).order_by("-pk").values_list("pk", flat=True)[:limit])
    return list(tickets_for(actor).filter(pk__in=ids).order_by("-pk"))


def matching(actor: Actor, wanted: Wanted, numbers: Iterable[str], now: datetime) -> list[Ticket]:
    """Those of these tickets that belong to the list."""
    rows = _narrowed(tickets_for(actor).filter(number__in=list(numbers)), wanted, now)
    return list(_within(rows, _departments(actor, wanted)).order_by("deadline", "pk"))


def count_before(actor: Actor, wanted: Wanted, since: datetime | None, until: datetime | None, now: datetime) -> int:
    """How many of the queue's tickets have their deadline in the time; MOST_COUNTED stands for that many or more."""
    rows = _within(_narrowed(Ticket.objects.all(), wanted, now), _departments(actor, wanted))
    if since:
        rows = rows.filter(deadline__gte=since)
    if until:
        rows = rows.filter(deadline__lt=until)
    return rows.order_by()[:MOST_COUNTED].count()


def _narrowed(rows: QuerySet[Ticket], wanted: Wanted, now: datetime) -> QuerySet[Ticket]:
    rows = found(rows, wanted.text) if wanted.text else rows
    if wanted.is_queue:
        rows = rows.filter(is_open())
    elif wanted.state in ENDED_STATES:
        rows = rows.filter(_literally(ENDED_STATES))
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


def _front(rows: QuerySet[Ticket], departments: list[int] | None, limit: int) -> list[int]:
    """Keys of the most pressing ones. Several departments: the front of each one's index, then the front of those."""
    rows = rows.order_by("deadline", "pk")
    if departments is None:
        return list(rows.values_list("pk", flat=True)[:limit])
    found: list[tuple[str, int]] = []
    for start in range(0, len(departments), PARTS_IN_ONE_STATEMENT):
        found += _fronts([rows.filter(department=pk) for pk in departments[start : start + PARTS_IN_ONE_STATEMENT]], limit)
    return [pk for _, pk in sorted(found)[:limit]]


def _fronts(parts: list[QuerySet[Ticket]], limit: int) -> list[tuple[str, int]]:
    # Django has no union of limited parts on SQLite, which wants each in a FROM of its own.
    compiled = [part.values_list("deadline", "pk")[:limit].query.sql_with_params() for part in parts]
    union = " UNION ALL ".join(f"SELECT * FROM ({sql}) AS part" for sql, _ in compiled)  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(f"{union} ORDER BY 1, 2 LIMIT {limit:d}", [value for _, params in compiled for value in params])
        rows: list[tuple[str, int]] = cursor.fetchall()
    return rows
