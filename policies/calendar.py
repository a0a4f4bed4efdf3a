"""Working days and hours of Chinese offices: the State Council's holidays, its make-up days 调休, and office hours, in Asia/Shanghai."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from policies.rulepack import FOLDER, parse, read, values

SHANGHAI = ZoneInfo("Asia/Shanghai")
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """When an office works. Days are those of Asia/Shanghai; results are aware datetimes in UTC."""

    holidays: frozenset[date]
    make_up_days: frozenset[date]  # Saturdays and Sundays on which offices work
    hours: tuple[tuple[time, time], ...]  # office hours of a working day, in order, without overlap
    years: frozenset[int]  # years whose arrangement is known; others fall back to Monday to Friday

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on this day of Asia/Shanghai."""
        if day in self.make_up_days:
            return True
        return day.weekday() < 5 and day not in self.holidays

    def add_working_days(self, start: datetime, days: int) -> datetime:
        """The close of office on the `days`-th working day after the day of `start`, which itself does not count (民法典 201).

        With 0 days: the next close of office. Raises ValueError for a negative number.
        """
        if days < 0:
            raise ValueError("a deadline lies in the future")
        day = start.astimezone(SHANGHAI).date()
        if days == 0:
            return next(end for _, end in self._sittings(day) if end > start and end == self._close(end))
        while days:
            day += _ONE_DAY
            days -= self.is_working_day(day)
        return self._moment(day, self.hours[-1][1])

    def add_working_hours(self, start: datetime, hours: float) -> datetime:
        """The moment at which so many office hours have passed since `start`. Raises ValueError for a negative number."""
        if hours < 0:
            raise ValueError("a deadline lies in the future")
        left = timedelta(hours=hours)
        for begin, end in self._sittings(start.astimezone(SHANGHAI).date()):
            begin = max(begin, start)
            if end > begin and end - begin >= left:
                return begin + left
            left -= max(end - begin, timedelta())
        raise AssertionError("the sittings never end")

    def missing_years(self, start: datetime, end: datetime) -> tuple[int, ...]:
        """Years between two moments whose arrangement is not known: a deadline reaching into them needs a visible warning."""
        first, last = start.astimezone(SHANGHAI).year, end.astimezone(SHANGHAI).year
        return tuple(year for year in range(first, last + 1) if year not in self.years)

    def _sittings(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        while True:
            if self.is_working_day(day):
                for opens, closes in self.hours:
                    yield self._moment(day, opens), self._moment(day, closes)
            day += _ONE_DAY

    def _close(self, moment: datetime) -> datetime:
        return self._moment(moment.astimezone(SHANGHAI).date(), self.hours[-1][1])

    @staticmethod
    def _moment(day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, SHANGHAI).astimezone(UTC)


def calendar_of(arrangements: list[Mapping[str, Any]], hours: list[list[str]]) -> WorkingCalendar:
    """A calendar from the arrangements of several years (packs as calendar_2026.toml) and office hours like [["09:00", "12:00"]].

    Raises ValueError where the data contradict themselves: they come from a person's hand.
    """
    holidays: set[date] = set()
    make_up: set[date] = set()
    for arrangement in arrangements:
        for entry in arrangement["holiday"]:
            if entry["last"] < entry["first"]:
                raise ValueError(f"{entry['name']}: ends before it begins")
            holidays |= {entry["first"] + _ONE_DAY * n for n in range((entry["last"] - entry["first"]).days + 1)}
            make_up |= set(entry["work"])
    if holidays & make_up:
        raise ValueError("a day is both a holiday and a make-up day")
    return WorkingCalendar(frozenset(holidays), frozenset(make_up), _hours(hours), frozenset(a["year"] for a in arrangements))


def default_calendar() -> WorkingCalendar:
    """The calendar of the packs beside this module."""
    packs = [parse(path.read_text(encoding="utf-8"), path.stem) for path in sorted(FOLDER.glob("calendar_*.toml"))]
    return calendar_of(packs, values(read("office_hours"))["sittings"])


def arrangement(text: str) -> Mapping[str, Any]:
    """Read one year's arrangement, as staff may import it. Raises ValueError (tomllib's own is one) or KeyError on a broken file."""
    pack = tomllib.loads(text)
    calendar_of([pack], [["09:00", "17:00"]])
    return pack


def _hours(pairs: list[list[str]]) -> tuple[tuple[time, time], ...]:
    hours = tuple((time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in pairs)
    moments = [moment for pair in hours for moment in pair]
    if not hours or any(b <= a for a, b in pairwise(moments)):
        raise ValueError("office hours must be in order and not empty")
    return hours
