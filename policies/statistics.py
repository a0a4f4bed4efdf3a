"""Figures about the promise: percentiles, groups too small to show, periods, and the rules for both (rulepacks/statistics.toml)."""

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from policies.rulepack import read, values


@cache
def rules() -> Mapping[str, Any]:
    """The numbers of the pack, without their sources."""
    found: Mapping[str, Any] = values(read("statistics"))
    return found


@dataclass(frozen=True, slots=True)
class Period:
    """Days of the Beijing calendar, `until` not included."""

    name: str
    since: date
    until: date


def periods(today: date) -> tuple[Period, ...]:
    """What statistics are given for: this month so far, the last whole month, the last whole quarter."""
    month = today.replace(day=1)
    quarter = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
    before = (quarter - timedelta(days=1)).replace(day=1)
    return (
        Period("this_month", month, today + timedelta(days=1)),
        Period("last_month", (month - timedelta(days=1)).replace(day=1), month),
        Period("last_quarter", date(before.year, before.month - 2, 1), quarter),
    )


def percentile(ordered: Sequence[float], share: float) -> float | None:
    """The value that `share` of the ordered values do not exceed (nearest rank: always one that occurred); None without values.

    Raises ValueError for a share outside 0..1.
    """
    if not 0 <= share <= 1:
        raise ValueError("a share lies between 0 and 1")
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


def shown(counts: Mapping[str, int], least: int) -> frozenset[str]:
    """The groups that may be shown by themselves; all others are shown together, or, where even those are too few, not at all.

    A group smaller than `least` is not shown. If what is put together is itself smaller, the next smallest group joins it,
    so that nobody finds a small group by subtraction from the total.
    """
    by_size = sorted((name for name, count in counts.items() if count), key=lambda name: (counts[name], name))
    hidden = 0
    while by_size and (counts[by_size[0]] < least or 0 < hidden < least):
        hidden += counts[by_size.pop(0)]
    return frozenset(by_size)


def bucket(hours: float) -> int:
    """The place of a time among the buckets of the pack: 0 is up to the first bound, the last one is beyond all."""
    bounds: Sequence[float] = rules()["buckets"]["hours"]
    return bisect_left(bounds, hours)
