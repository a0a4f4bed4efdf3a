"""Percentiles, groups too small to show, and periods."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.statistics import bucket, percentile, periods, rules, shown

counts = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=2), st.integers(0, 60), max_size=8)


@pytest.mark.parametrize(
    ("values", "share", "found"),
    [([], 0.5, None), ([7], 0.5, 7), ([7], 0.9, 7), ([1, 2], 0.5, 1), ([1, 2, 3], 0.5, 2), (list(range(1, 11)), 0.9, 9), ([1, 2, 3], 0, 1)],
)
def test_a_percentile_is_a_value_that_occurred(values, share, found):
    assert percentile(values, share) == found


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 1))
def test_at_least_the_share_of_the_values_is_not_above_the_percentile(values, share):
    found = percentile(sorted(values), share)
    assert sum(value <= found for value in values) >= share * len(values) - 1e-9 and found in values


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_share_outside_its_bounds_is_refused(share):
    with pytest.raises(ValueError, match="between 0 and 1"):
        percentile([1.0], share)


@given(counts, st.integers(1, 20))
def test_nothing_small_is_shown_nor_found_by_subtraction(groups, least):
    alone = shown(groups, least)
    rest = sum(count for name, count in groups.items() if name not in alone)
    assert all(groups[name] >= least for name in alone)
    assert rest == 0 or rest >= least or not alone


@pytest.mark.parametrize(
    ("groups", "alone"),
    [
        ({}, set()),
        ({"a": 30, "b": 20}, {"a", "b"}),
        ({"a": 30, "b": 4, "c": 7}, {"a"}),
        ({"a": 30, "b": 20, "c": 3}, {"a"}),  # b joins c, which would stand alone
        ({"a": 12, "b": 3}, set()),
        ({"a": 30, "b": 0}, {"a"}),
    ],
)
def test_small_groups_are_put_together_until_they_are_large_enough(groups, alone):
    assert shown(groups, 10) == alone


@pytest.mark.parametrize(
    ("today", "month", "quarter"),
    [
        (date(2026, 11, 22), ("2026-10-01", "2026-11-01"), ("2026-07-01", "2026-10-01")),
        (date(2026, 1, 1), ("2025-12-01", "2026-01-01"), ("2025-10-01", "2026-01-01")),
        (date(2026, 3, 31), ("2026-02-01", "2026-03-01"), ("2025-10-01", "2026-01-01")),
        (date(2028, 3, 1), ("2028-02-01", "2028-03-01"), ("2027-10-01", "2028-01-01")),
        (date(2026, 4, 1), ("2026-03-01", "2026-04-01"), ("2026-01-01", "2026-04-01")),
    ],
)
def test_the_last_whole_month_and_quarter(today, month, quarter):
    this, last, three = periods(today)
    assert (str(last.since), str(last.until)) == month and (str(three.since), str(three.until)) == quarter
    assert this.since == today.replace(day=1) and this.until == today + timedelta(days=1)


@pytest.mark.parametrize(("hours", "place"), [(0, 0), (1, 0), (1.01, 1), (4, 1), (48, 3), (48.1, 4), (720, 8), (721, 9), (1e9, 9)])
def test_a_time_falls_into_the_bucket_whose_bound_it_does_not_exceed(hours, place):
    assert bucket(hours) == place and rules()["buckets"]["hours"][-1] == 720
