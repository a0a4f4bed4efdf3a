"""The tree of departments and their ladders, read once every few seconds a process: every message of a storm asks."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from bot.duty.models import Step as StepRow
from bot.staff.models import Department
from policies.ladder import NORMAL, URGENT, Act, Ladder, Step

KEPT_SECONDS = 3.0  # what another process sets is in force here so much later at the latest


@dataclass(slots=True)
class _Book:
    until: float
    above: Mapping[int, int | None]
    own: dict[tuple[int, bool], tuple[Step, ...]]
    ladders: dict[tuple[int, bool], Ladder]
    lines: dict[int, tuple[int, ...]]


_book: _Book | None = None


def line(department_id: int) -> tuple[int, ...]:
    """The department, the one above it, and so on up to the root."""
    book = _opened(department_id)
    found = book.lines.get(department_id)
    if found is None:
        chain, at = [], department_id if department_id in book.above else None
        while at is not None and at not in chain:
            chain.append(at)
            at = book.above.get(at)
        found = book.lines[department_id] = tuple(chain)
    return found


def ladder_of(department_id: int, *, urgent: bool) -> Ladder:
    """The ladder a department's tickets climb: its own, else the nearest one above it, else the default pack's."""
    book, key = _opened(department_id), (department_id, urgent)
    found = book.ladders.get(key)
    if found is None:
        default = URGENT if urgent else NORMAL
        steps = next((book.own[at, urgent] for at in line(department_id) if (at, urgent) in book.own), default.steps)
        found = book.ladders[key] = Ladder(steps, default.office)
    return found


def forget() -> None:
    """Read anew at the next question: something was set in this process."""
    global _book
    _book = None


def _opened(department_id: int) -> _Book:
    """The book as it was a moment ago; read anew for a department that is not in it yet."""
    global _book
    book, moment = _book, time.monotonic()
    if book is None or book.until < moment or department_id not in book.above:
        above = dict(Department.objects.values_list("pk", "parent_id"))
        book = _book = _Book(moment + KEPT_SECONDS, above, _own(), {}, {})
    return book


def _own() -> dict[tuple[int, bool], tuple[Step, ...]]:
    found: dict[tuple[int, bool], tuple[Step, ...]] = {}
    for row in StepRow.objects.order_by("department", "urgent", "position"):
        key = (row.department_id, row.urgent)
        found[key] = (*found.get(key, ()), Step(Act(row.act), row.share, row.after_minutes))
    return found
