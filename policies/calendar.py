"""Working days and hours of Chinese offices: the State Council's holidays, its make-up days 调休, and office hours, in Asia/Shanghai."""

import functools
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from policies.rulepack import FOLDER, read, values

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
        return self.close_of(self.working_day(day, days))

    def working_day(self, day: date, days: int) -> date:
        """The `days`-th working day after a day, which itself does not count."""
        while days:
            day += _ONE_DAY
            days -= self.is_working_day(day)
        return day

    def add_working_hours(self, start: datetime, hours: float) -> datetime:
        """The moment at which so many office hours have passed since `start`. Raises ValueError for a negative number."""
        return self.add_working_time(start, timedelta(hours=hours))

    def add_working_time(self, start: datetime, left: timedelta) -> datetime:
        """The moment at which so much office time has passed since `start`; with none, the next moment an office is open.

        Raises ValueError for a negative span.
        """
        if left < timedelta():
            raise ValueError("a deadline lies in the future")
        for begin, end in self._sittings(start.astimezone(SHANGHAI).date()):
            begin = max(begin, start)
            if end > begin and end - begin >= left:
                return begin + left
            left -= max(end - begin, timedelta())
        raise AssertionError("the sittings never end")

    def working_time(self, start: datetime, end: datetime) -> timedelta:
        """How much office time lies between two moments; none where `end` is not after `start`."""
        passed = timedelta()
        for opens, closes in self._sittings(start.astimezone(SHANGHAI).date()):
            if opens >= end:
                return passed
            passed += max(min(closes, end) - max(opens, start), timedelta())
        raise AssertionError("the sittings never end")

    def working_days(self, first: date, last: date) -> int:
        """How many working days there are after `first`, up to and with `last`."""
        return sum(self.is_working_day(first + _ONE_DAY * n) for n in range(1, (last - first).days + 1))

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

    def close_of(self, day: date) -> datetime:
        """When offices close on a day, or would if they worked on it."""
        return self._moment(day, self.hours[-1][1])

    def _close(self, moment: datetime) -> datetime:
        return self.close_of(moment.astimezone(SHANGHAI).date())

    @staticmethod
    def _moment(day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, SHANGHAI).astimezone(UTC)


def calendar_of(arrangements: Iterable[Mapping[str, Any]], hours: list[list[str]]) -> WorkingCalendar:
    """A calendar from the arrangements of several years (see `arrangement`) and office hours like [["09:00", "12:00"]].

    Raises ValueError where the data contradict themselves: they come from a person's hand.
    """
    holidays: set[date] = set()
    make_up: set[date] = set()
    years: set[int] = set()
    for year in arrangements:
        years.add(year["year"])
        for entry in year["holiday"]:
            holidays |= {entry["first"] + _ONE_DAY * n for n in range((entry["last"] - entry["first"]).days + 1)}
            make_up |= set(entry["work"])
    if holidays & make_up:
        raise ValueError("a day is both a holiday and a make-up day")
    return WorkingCalendar(frozenset(holidays), frozenset(make_up), _hours(hours), frozenset(years))


def default_calendar(further: Iterable[Mapping[str, Any]] = (), hours: list[list[str]] | None = None) -> WorkingCalendar:
    """The calendar of the packs beside this module, and of further years staff have imported (`arrangement`).

    A further year takes the place of the pack's: arrangements have been changed by a later notice. `hours`: those of the
    installation, where it has its own. Raises ValueError where the data contradict themselves.
    """
    years = {**shipped(), **{one["year"]: one for one in further}}
    return calendar_of(years.values(), hours or default_hours())


def default_hours() -> list[list[str]]:
    """The office hours of the pack."""
    return [list(pair) for pair in values(read("office_hours"))["sittings"]]


def arrangement(text: str) -> Mapping[str, Any]:
    """One year's arrangement from TOML text like rulepacks/calendar_2026.toml, as staff may import it. Raises ValueError."""
    pack = tomllib.loads(text)
    year, entries = pack.get("year"), pack.get("holiday")
    if not isinstance(year, int) or not isinstance(entries, list) or not entries or not pack.get("source"):
        raise ValueError("an arrangement needs year, source and holidays")
    for entry in entries:
        _check_holiday(entry, year)
    calendar_of([pack], [["09:00", "17:00"]])
    return pack


@functools.cache
def shipped() -> Mapping[int, Mapping[str, Any]]:
    """The arrangements of the packs by year. Read once: a deadline is reckoned for every message of a storm."""
    packs = [arrangement(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("calendar_*.toml"))]
    return {pack["year"]: pack for pack in packs}


def due_years(now: datetime, from_month: int) -> tuple[int, ...]:
    """The years whose arrangement ought to be known at `now`: this one, and the next from a month of this one on."""
    today = now.astimezone(SHANGHAI)
    return (today.year, today.year + 1) if today.month >= from_month else (today.year,)


def _check_holiday(entry: Any, year: int) -> None:
    """New Year's holiday may begin in the December before (2018 did); all else lies in the year."""
    days: list[Any] = [entry.get("first"), entry.get("last"), *entry.get("work", [None])] if isinstance(entry, Mapping) else [None]
    if not all(type(day) is date for day in days):
        raise ValueError("a holiday needs first, last and work, all dates")
    if days[1] < days[0] or (days[1] - days[0]).days > 14:
        raise ValueError(f"a holiday from {days[0]} to {days[1]} cannot be")
    if not all(date(year - 1, 12, 1) <= day <= date(year, 12, 31) for day in days):
        raise ValueError(f"a day of the arrangement lies outside {year}")


def _hours(pairs: list[list[str]]) -> tuple[tuple[time, time], ...]:
    hours = tuple((time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in pairs)
    moments = [moment for pair in hours for moment in pair]
    if not hours or any(b <= a for a, b in pairwise(moments)):
        raise ValueError("office hours must be in order and not empty")
    return hours
