"""The token bucket: bursts, waits that are just long enough, and clocks that misbehave."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.limits import Bucket, take

NOW = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
RATES = st.floats(0.001, 1000)
BURSTS = st.floats(1, 50)
GAPS = st.lists(st.floats(0, 5), max_size=60)


def test_a_burst_goes_through_and_the_next_one_waits():
    bucket, waits = None, []
    for _ in range(4):
        bucket, wait = take(bucket, NOW, 2.0, 3)
        waits.append(wait)
    assert waits == [0, 0, 0, 0.5]


@given(RATES, BURSTS, GAPS)
def test_after_exactly_the_wait_there_is_a_token(rate, burst, gaps):
    bucket, now = None, NOW
    for gap in gaps:
        bucket, wait = take(bucket, now, rate, burst)
        if wait:
            now += timedelta(seconds=wait)
            bucket, wait = take(bucket, now, rate, burst)
        assert wait == 0
        now += timedelta(seconds=gap)


@given(RATES, BURSTS, GAPS)
def test_never_more_than_the_burst_and_the_rate_go_through(rate, burst, gaps):
    bucket, now, taken = None, NOW, 0
    for gap in gaps:
        bucket, wait = take(bucket, now, rate, burst)
        taken += wait == 0
        assert taken <= burst + rate * (now - NOW).total_seconds() + 0.01
        now += timedelta(seconds=gap)


def test_a_refused_take_costs_nothing():
    empty = Bucket(0.25, NOW)
    assert take(empty, NOW, 1, 5) == (empty, 0.75)


def test_a_clock_that_runs_backwards_gives_nothing_and_the_wait_covers_the_gap():
    bucket, wait = take(Bucket(0.5, NOW), NOW - timedelta(seconds=10), 1, 5)
    assert (bucket, wait) == (Bucket(0.5, NOW), 10.5)


def test_a_long_rest_fills_no_more_than_the_burst():
    bucket, _ = take(Bucket(0, NOW), NOW + timedelta(days=300), 100, 5)
    assert bucket.tokens == 4


@pytest.mark.parametrize(("rate", "burst"), [(0, 1), (-1, 1), (1, 0), (1, 0.5), (float("nan"), 1), (1, float("nan"))])
def test_a_bucket_that_could_never_give_is_refused(rate, burst):
    with pytest.raises(ValueError, match="bucket"):
        take(None, NOW, rate, burst)
