"""The front of a list, read from the fronts of its parts.

A list over several departments or states is many stretches of an index, each in order. Neither SQLite nor PostgreSQL reads
them side by side: they would sort everything, or walk past everybody else's tickets. Here the front of each stretch is read,
and the front of those is the list's. SQLite, which keeps no figures about its tables, is told which index to walk.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import batched, product
from typing import Any

from django.db import connection
from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL

from bot.tickets.models import ENDED_STATES, OPEN_STATES, Ticket

PARTS_IN_ONE_STATEMENT = 100  # SQLite takes at most 500
DEPARTMENT, STATE = -1_000_003, "\ue000"  # stand in the statement where each part's own go: it is written once

type Part = tuple[int | None, str | None]  # a department and a state; None = not parted so
type Statement = tuple[str, list[Any]]
type Row = tuple[Any, ...]


def literally(states: Sequence[str]) -> RawSQL:
    """The condition of a partial index, as the index writes it: only then SQLite uses it."""
    words = ", ".join(f"'{state}'" for state in states)  # our own enum's words, never input
    return RawSQL(f'"tickets_ticket"."state" IN ({words})', [], output_field=BooleanField())  # noqa: S611


def parts_of(departments: Sequence[int] | None, states: Sequence[str] | None) -> list[Part]:
    """Every department with every state (None: not parted so)."""
    return list(product([None] if departments is None else departments, [None] if states is None else states))


def front(rows: QuerySet[Ticket], order: str, limit: int, parts: Sequence[Part], index: str) -> list[int]:
    """Keys of the first `limit` of these tickets, in the order of a column and then of the key; `-pk` is newest first.

    `index` is the one that has each part in order; `{group}` in its name stands for "open" or "ended".
    """
    down = order == "-pk"
    columns = ["pk"] if down else [order, "pk"]
    ordered = rows.order_by(*(["-pk"] if down else columns)).values_list(*columns)
    found: list[Row] = []
    for some in batched(_statements(ordered, limit, parts, index), PARTS_IN_ONE_STATEMENT):
        found += _first(some, columns, limit, down=down)
    return [row[-1] for row in sorted(found, reverse=down)[:limit]]


def complete(rows: QuerySet[Ticket], most: int, parts: Sequence[Part], index: str) -> tuple[list[int], list[Part]]:
    """The keys of all these tickets in the parts that have fewer than `most`, and the parts that have that many or more."""
    found: list[Row] = []
    ordered = rows.order_by("deadline", "pk").values_list("pk")
    numbered = [
        (f"SELECT {number:d}, part.pk FROM ({sql}) AS part", params)  # noqa: S608
        for number, (sql, params) in enumerate(_statements(ordered, most, parts, index))
    ]
    for some in batched(numbered, PARTS_IN_ONE_STATEMENT):
        found += _read(" UNION ALL ".join(sql for sql, _ in some), some)
    large = {number for number, count in Counter(number for number, _ in found).items() if count >= most}
    return [pk for number, pk in found if number not in large], [parts[number] for number in sorted(large)]


def counted(rows: QuerySet[Ticket], most: int, parts: Sequence[Part], index: str) -> int:
    """How many of these are in the parts; `most` stands for that many or more."""
    found = 0
    for some in batched(_statements(rows.order_by().values_list("pk"), most, parts, index), PARTS_IN_ONE_STATEMENT):
        union = " UNION ALL ".join(f"SELECT * FROM ({sql}) AS part" for sql, _ in some)  # noqa: S608
        found += _read(f"SELECT COUNT(*) FROM ({union} LIMIT {most - found:d}) AS counted", some)[0][0]  # noqa: S608
        if found >= most:
            break
    return found


def _statements(rows: QuerySet[Ticket, Row], limit: int, parts: Sequence[Part], index: str) -> Iterator[Statement]:
    """The statement of each part. Its text is made once for all parts of a kind, which is most of the work."""
    made: dict[tuple[bool, str], Statement] = {}
    for department, state in parts:
        kind = (department is not None, "" if state is None else "open" if state in OPEN_STATES else "ended")
        if kind not in made:
            made[kind] = _of_kind(rows, limit, *kind, index)
        own = {DEPARTMENT: department, STATE: state}
        sql, params = made[kind]
        yield sql, [own.get(value, value) if isinstance(value, int | str) else value for value in params]


def _of_kind(rows: QuerySet[Ticket, Row], limit: int, parted: bool, group: str, index: str) -> Statement:
    rows = rows.filter(department=DEPARTMENT) if parted else rows
    if group:
        # The state before its group: SQLite takes the first of the two for the index, and behind the other nothing is in order.
        rows = rows.filter(state=STATE).filter(literally(OPEN_STATES if group == "open" else ENDED_STATES))
    sql, params = rows[:limit].query.sql_with_params()
    return _hinted(sql, index.format(group=group)), list(params)


def _first(parts: Sequence[Statement], columns: list[str], limit: int, *, down: bool) -> list[Row]:
    if len(parts) == 1:
        return _read(parts[0][0], parts)
    order = ", ".join(f"{place}{' DESC' if down else ''}" for place in range(1, len(columns) + 1))
    # Django has no union of limited parts on SQLite, which wants each in a FROM of its own.
    union = " UNION ALL ".join(f"SELECT * FROM ({sql}) AS part" for sql, _ in parts)  # noqa: S608
    return _read(f"{union} ORDER BY {order} LIMIT {limit:d}", parts)


def _read(sql: str, parts: Sequence[Statement]) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [value for _, params in parts for value in params])
        rows: list[Row] = cursor.fetchall()
    return rows


def _hinted(sql: str, index: str) -> str:
    if not index or connection.vendor != "sqlite":
        return sql
    return sql.replace('FROM "tickets_ticket"', f'FROM "tickets_ticket" INDEXED BY {index}', 1)
