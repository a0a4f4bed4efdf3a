"""The front of a list, read from the fronts of its parts.

A list over several departments or states is many stretches of an index, each in order. Neither SQLite nor PostgreSQL reads
them side by side: they would sort everything, or walk past everybody else's tickets. Here the front of each stretch is read,
and the front of those is the list's. SQLite, which keeps no figures about its tables, is told which index to walk.
"""

from collections.abc import Iterator, Sequence
from itertools import batched, product
from typing import Any

from django.db import connection
from django.db.models import BooleanField, F, QuerySet
from django.db.models.expressions import RawSQL

from bot.tickets.models import ENDED_STATES, OPEN_STATES, Ticket

PARTS_IN_ONE_STATEMENT = 100  # SQLite takes at most 500
DEPARTMENT, STATE = -1_000_003, "\ue000"  # stand in the statement where each part's own go: it is written once

Part = tuple[str, list[Any]]


def literally(states: Sequence[str]) -> RawSQL:
    """The condition of a partial index, as the index writes it: only then SQLite uses it."""
    words = ", ".join(f"'{state}'" for state in states)  # our own enum's words, never input
    return RawSQL(f'"tickets_ticket"."state" IN ({words})', [], output_field=BooleanField())  # noqa: S611


def front(
    rows: QuerySet[Ticket],
    order: str,
    limit: int,
    departments: Sequence[int] | None,
    states: Sequence[str] | None = None,
    index: str = "",
) -> list[int]:
    """Keys of the first `limit` of these tickets, in the order of a column and then of the key; `-pk` is newest first.

    `departments` and `states` are the parts (None: not parted so); `index` is the index that has each part in order.
    """
    found: list[tuple[Any, ...]] = []
    down = order == "-pk"
    columns = ["pk"] if down else [order, "pk"]
    ordered = rows.order_by(*(["-pk"] if down else columns))
    for some in batched(_parts(ordered, columns, limit, departments, states, index), PARTS_IN_ONE_STATEMENT):
        found += _read(some, columns, limit, down=down)
    return [row[-1] for row in sorted(found, reverse=down)[:limit]]


def _parts(
    rows: QuerySet[Ticket], columns: list[str], limit: int, departments: Sequence[int] | None, states: Sequence[str] | None, index: str
) -> Iterator[Part]:
    rows = rows if departments is None else rows.filter(department=DEPARTMENT)
    for group, named, of_group in [(rows, [""], "")] if states is None else _by_state(rows, states):
        sql, params = group.values_list(*columns)[:limit].query.sql_with_params()
        for department, state in product(departments if departments is not None else (0,), named):
            own = {DEPARTMENT: department, STATE: state}
            yield _hinted(sql, index or of_group), [own.get(value, value) if isinstance(value, int | str) else value for value in params]


def _by_state(rows: QuerySet[Ticket], states: Sequence[str]) -> list[tuple[QuerySet[Ticket], list[str], str]]:
    """The states in two groups, each with the partial index that has every one of them in order."""
    groups = ((OPEN_STATES, "ticket_open"), (ENDED_STATES, "ticket_ended"))
    both = [(group, [state for state in states if state in group], index) for group, index in groups]
    return [(rows.filter(literally(group), state=STATE), named, index) for group, named, index in both if named]


def _read(parts: Sequence[Part], columns: list[str], limit: int, *, down: bool) -> list[tuple[Any, ...]]:
    order = ", ".join(f"{place}{' DESC' if down else ''}" for place in range(1, len(columns) + 1))
    # Django has no union of limited parts on SQLite, which wants each in a FROM of its own.
    union = " UNION ALL ".join(f"SELECT * FROM ({sql}) AS part" for sql, _ in parts)  # noqa: S608
    sql = f"{union} ORDER BY {order} LIMIT {limit:d}" if len(parts) > 1 else parts[0][0]
    with connection.cursor() as cursor:
        cursor.execute(sql, [value for _, params in parts for value in params])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def counted(rows: QuerySet[Ticket], most: int, index: str) -> int:
    """How many these are; `most` stands for that many or more."""
    sql, params = rows.order_by().values_list("pk")[:most].query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM ({_hinted(sql, index)}) AS some", params)  # noqa: S608
        found: int = cursor.fetchone()[0]
    return found


def oldest(rows: QuerySet[Ticket], index: str) -> int | None:
    """The key of the oldest of these; left to itself SQLite would try every ticket from the first on."""
    sql, params = rows.order_by().values(key=F("pk")).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT MIN(key) FROM ({_hinted(sql, index)}) AS some", params)  # noqa: S608
        found: int | None = cursor.fetchone()[0]
    return found


def _hinted(sql: str, index: str) -> str:
    if not index or connection.vendor != "sqlite":
        return sql
    return sql.replace('FROM "tickets_ticket"', f'FROM "tickets_ticket" INDEXED BY {index}', 1)
