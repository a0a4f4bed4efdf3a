"""Office time as one ruler: how much of it lies between two moments, and which moment lies so much later.

`WorkingCalendar` walks from sitting to sitting; this answers the same by two look-ups in a table, because the ladder asks it for
every message of a storm.
"""

import functools
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from policies.calendar import SHANGHAI, WorkingCalendar

_YEARS = 3  # a ruler reaches from the year before its own to the year after; longer ways are made of several
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Ruler:
    opens: Sequence[float]  # seconds since the epoch at which each sitting begins
    lengths: Sequence[float]
    before: Sequence[float]  # office seconds before each sitting
    end: float  # where the ruler ends
    total: float

    def reading(self, moment: float) -> float:
        """Office seconds from the ruler's beginning to the moment."""
        place = bisect_right(self.opens, moment) - 1
        return 0.0 if place < 0 else self.before[place] + min(moment - self.opens[place], self.lengths[place])

    def moment(self, reading: float) -> float:
        """The first moment at which so many office seconds have passed."""
        place = max(bisect_right(self.before, reading) - 1, 0)
        if place and self.before[place] == reading:
            place -= 1  # the close of a sitting comes before the opening of the next
        return self.opens[place] + (reading - self.before[place])


class OfficeTime:
    """Office time of one calendar. Exact to the second; moments are aware datetimes in UTC."""

    def __init__(self, calendar: WorkingCalendar) -> None:
        self._calendar = calendar

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much office time lies between two moments; none where `end` is not after `start`."""
        left, passed = start.timestamp(), 0.0
        goal = end.timestamp()
        while left < goal:
            ruler = self._ruler(left)
            stop = min(goal, ruler.end)
            passed += ruler.reading(stop) - ruler.reading(left)
            left = stop
        return timedelta(seconds=passed)

    def after(self, start: datetime, span: timedelta) -> datetime:
        """The first moment at which so much office time has passed since `start`; with none, `start` itself."""
        left, moment = span.total_seconds(), start.timestamp()
        if left <= 0:
            return start
        while True:
            ruler = self._ruler(moment)
            reading = ruler.reading(moment) + left
            if reading <= ruler.total:
                return datetime.fromtimestamp(ruler.moment(reading), UTC)
            left, moment = reading - ruler.total, ruler.end

    def is_open(self, moment: datetime) -> bool:
        """Whether offices sit at this moment."""
        return self.between(moment, moment + timedelta(seconds=1)) > timedelta()

    def _ruler(self, moment: float) -> _Ruler:
        return _ruler(self._calendar, datetime.fromtimestamp(moment, SHANGHAI).year)


@functools.lru_cache(maxsize=32)
def _ruler(calendar: WorkingCalendar, year: int) -> _Ruler:
    opens, lengths, before, total = [], [], [], 0.0
    day, last = date(year - 1, 1, 1), date(year - 1 + _YEARS, 1, 1)
    while day < last:
        for begin, end in calendar.hours if calendar.is_working_day(day) else ():
            starts, stops = (datetime.combine(day, clock, SHANGHAI).timestamp() for clock in (begin, end))
            opens.append(starts)
            lengths.append(stops - starts)
            before.append(total)
            total += stops - starts
        day += _ONE_DAY
    return _Ruler(opens, lengths, before, datetime(last.year, 1, 1, tzinfo=SHANGHAI).timestamp(), total)
