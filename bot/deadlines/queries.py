"""Which pack and which calendar count: read once every few seconds a process, since every message of a storm asks."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.deadlines.models import CalendarYear, OfficeHours, Term
from bot.staff.models import Department
from policies.calendar import WorkingCalendar, arrangement, default_calendar, due_years
from policies.deadlines import PACK
from policies.packs import Own, laid_over

KEPT_SECONDS = 3.0  # what another process sets is in force here so much later at the latest


@dataclass(slots=True)
class _Book:
    """What the tables said a moment ago."""

    until: float
    calendar: WorkingCalendar
    terms: Mapping[str, list[Own]]  # by the department's code
    packs: dict[int, Mapping[str, Any]] = field(default_factory=dict)


_book: _Book | None = None


def pack_of(department_id: int) -> Mapping[str, Any]:
    """The pack a department works by: its own values over those of the departments above it over the default pack's."""
    book = _opened()
    if not book.terms:
        return PACK
    pack = book.packs.get(department_id)
    if pack is None:
        pack = book.packs[department_id] = _laid(book.terms, department_id)
    return pack


def calendar() -> WorkingCalendar:
    """The installation's calendar: the packs' years, the imported ones, its own office hours."""
    return _opened().calendar


def missing_years(now: datetime) -> tuple[int, ...]:
    """Years whose arrangement ought to be known by now: this one, and from October on the next."""
    known = calendar().years
    return tuple(year for year in due_years(now, PACK["calendar"]["from_month"]["value"]) if year not in known)


def forget() -> None:
    """Read anew at the next question: something was set in this process."""
    global _book
    _book = None


def _opened() -> _Book:
    global _book
    book, moment = _book, time.monotonic()
    if book is None or book.until < moment:
        book = _book = _Book(moment + KEPT_SECONDS, calendar_in_force(), _terms())
    return book


def calendar_in_force() -> WorkingCalendar:
    """The same calendar, read from the tables now."""
    return default_calendar(own_years().values(), own_hours())


def own_years() -> dict[int, Mapping[str, Any]]:
    """The arrangements staff have brought in, by year."""
    rows = CalendarYear.objects.filter(current=True).order_by("year").values_list("year", "text")
    return {year: arrangement(text) for year, text in rows}


def own_hours() -> list[list[str]]:
    """The installation's own office hours; empty where it keeps those of the pack."""
    return list(OfficeHours.objects.order_by("-pk").values_list("sittings", flat=True).first() or [])


def _terms() -> dict[str, list[Own]]:
    found: dict[str, list[Own]] = {}
    for row in Term.objects.select_related("department"):
        found.setdefault(row.department.code, []).append(Own(row.key, row.value, row.unit, row.source))
    return found


def _laid(terms: Mapping[str, list[Own]], department_id: int) -> Mapping[str, Any]:
    path = Department.objects.filter(pk=department_id).values_list("path", flat=True).first() or ""
    pack = PACK
    for code in path.split("/"):  # from the root down: the nearest speaks last
        pack = laid_over(pack, terms.get(code, []))
    return pack
