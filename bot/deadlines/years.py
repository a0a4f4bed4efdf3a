"""What a year brought in changes: the calendar before it and after it, and the first day that is different."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from bot.deadlines.models import CalendarYear
from bot.deadlines.queries import own_hours, own_years
from policies.calendar import SHANGHAI, WorkingCalendar, arrangement, default_calendar


@dataclass(frozen=True, slots=True)
class Change:
    """Two calendars that differ by one year's arrangement. `first` None: they do not differ."""

    old: WorkingCalendar
    new: WorkingCalendar
    first: datetime | None


def change_of(year: CalendarYear) -> Change:
    """What the year changes for tickets reckoned before it: years that wait behind it count as if they had not come yet."""
    known: dict[int, Mapping[str, Any]] = own_years()
    for row in CalendarYear.objects.filter(applied_at=None, pk__gte=year.pk).order_by("-pk"):
        known.pop(row.year, None)
        if row.before:
            known[row.year] = arrangement(row.before)
    hours = own_hours()
    old = default_calendar(known.values(), hours)
    new = default_calendar({**known, year.year: arrangement(year.text)}.values(), hours)
    days = sorted(old.holidays ^ new.holidays | (old.make_up_days ^ new.make_up_days))
    first = next((day for day in days if old.is_working_day(day) != new.is_working_day(day)), None)
    return Change(old, new, datetime.combine(first, time(), SHANGHAI) if first else None)
