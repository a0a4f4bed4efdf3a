"""A year as a picture: twelve months of days, each with its sign 休 or 班 where a notice says so. It is a table, read as one."""

import calendar as months
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from policies.calendar import WorkingCalendar

OFF, ON = "休", "班"


@dataclass(frozen=True, slots=True)
class Day:
    """One square: `sign` where the notice speaks of it, `free` when offices are closed."""

    number: int
    sign: str
    name: str
    free: bool


@dataclass(frozen=True, slots=True)
class Month:
    number: int
    weeks: list[list[Day | None]]


@dataclass(frozen=True, slots=True)
class Holiday:
    """A line of the table beside the picture."""

    name: str
    first: date
    last: date
    days: int
    work: list[date]


def holidays_of(arrangement: Mapping[str, Any]) -> list[Holiday]:
    """The notice as a table."""
    return [
        Holiday(str(one.get("name", "")), one["first"], one["last"], (one["last"] - one["first"]).days + 1, list(one["work"]))
        for one in arrangement["holiday"]
    ]


def picture(year: int, arrangement: Mapping[str, Any], known: WorkingCalendar) -> list[Month]:
    """Twelve months, weeks from Monday. The names of a year's holidays come from its arrangement."""
    names: dict[date, str] = {}
    for one in holidays_of(arrangement):
        names |= {one.first + timedelta(n): one.name for n in range(one.days)} | dict.fromkeys(one.work, one.name)

    def day(found: date) -> Day | None:
        if found.year != year:
            return None
        sign = ON if found in known.make_up_days else OFF if found in known.holidays else ""
        return Day(found.day, sign, names.get(found, ""), not known.is_working_day(found))

    sheets = months.Calendar(firstweekday=0)
    return [
        Month(month, [[day(one) if one.month == month else None for one in week] for week in sheets.monthdatescalendar(year, month)])
        for month in range(1, 13)
    ]
