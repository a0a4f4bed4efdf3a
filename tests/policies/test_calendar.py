"""The working calendar: the State Council's arrangements, boundaries of days and hours, and that time only moves forward."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.calendar import SHANGHAI, WorkingCalendar, arrangement, calendar_of, default_calendar

CALENDAR = default_calendar()
MOMENTS = st.timedeltas(timedelta(0), timedelta(days=1460)).map(lambda gap: datetime(2025, 1, 1, tzinfo=UTC) + gap)


def local(text):
    """A moment written as staff would: "2026-02-13 17:29"."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("first", "last", "working"),
    [
        ("2026-01-01", "2026-02-01", 21),  # 元旦 1-3, work on Sunday 4
        ("2026-02-01", "2026-03-01", 16),  # 春节 15-23, work on 14 and 28
        ("2026-09-01", "2026-11-01", 40),  # 中秋节, 国庆节, work on 20 September and 10 October
        ("2026-01-01", "2027-01-01", 248),
        ("2025-01-01", "2026-01-01", 248),
    ],
)
def test_the_working_days_of_a_period_are_those_of_the_notice(first, last, working):
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    assert sum(CALENDAR.is_working_day(start + timedelta(n)) for n in range((end - start).days)) == working


@pytest.mark.parametrize(
    ("day", "working"),
    [
        ("2026-02-14", True),  # make-up Saturday
        ("2026-02-15", False),
        ("2026-02-23", False),
        ("2026-02-24", True),
        ("2026-02-28", True),  # make-up Saturday
        ("2026-09-20", True),  # make-up Sunday
        ("2026-11-21", False),  # a Saturday as others
        ("2025-10-11", True),
        ("2027-01-01", True),  # unknown year: Monday to Friday
    ],
)
def test_a_day_is_a_working_day_or_not(day, working):
    assert CALENDAR.is_working_day(date.fromisoformat(day)) is working


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        ("2026-03-04 10:00", 1, "2026-03-05 17:30"),
        ("2026-03-04 23:59", 1, "2026-03-05 17:30"),
        ("2026-03-05 00:00", 1, "2026-03-06 17:30"),
        ("2026-03-06 17:29", 1, "2026-03-09 17:30"),  # Friday evening
        ("2026-03-07 12:00", 1, "2026-03-09 17:30"),  # Saturday
        ("2026-02-13 17:29", 1, "2026-02-14 17:30"),  # the make-up Saturday counts
        ("2026-02-14 17:29", 1, "2026-02-24 17:30"),  # the last minute before 春节
        ("2026-02-20 08:00", 1, "2026-02-24 17:30"),  # in the middle of it
        ("2026-09-30 23:00", 2, "2026-10-09 17:30"),
        ("2026-12-31 12:00", 1, "2027-01-01 17:30"),  # not known to be a holiday yet
        ("2026-03-04 10:00", 0, "2026-03-04 17:30"),
        ("2026-03-04 17:30", 0, "2026-03-05 17:30"),
        ("2026-03-07 10:00", 0, "2026-03-09 17:30"),
    ],
)
def test_working_days_are_counted_from_the_day_after(start, days, expected):
    assert CALENDAR.add_working_days(local(start), days) == local(expected)


@pytest.mark.parametrize(
    ("start", "hours", "expected"),
    [
        ("2026-03-04 09:00", 3, "2026-03-04 12:00"),
        ("2026-03-04 11:00", 2, "2026-03-04 14:30"),  # over noon
        ("2026-03-04 12:30", 1, "2026-03-04 14:30"),
        ("2026-03-06 17:00", 4, "2026-03-09 14:00"),  # half an hour on Friday, three on Monday morning, the rest after noon
        ("2026-02-14 17:29", 1, "2026-02-24 09:59"),
        ("2026-03-04 10:00", 0, "2026-03-04 10:00"),
        ("2026-03-07 10:00", 0, "2026-03-09 09:00"),
    ],
)
def test_working_hours_pass_only_in_office_hours(start, hours, expected):
    assert CALENDAR.add_working_hours(local(start), hours) == local(expected)


def test_the_same_moment_gives_the_same_deadline_in_any_time_zone():
    assert CALENDAR.add_working_days(local("2026-03-04 23:59"), 1) == CALENDAR.add_working_days(datetime(2026, 3, 4, 15, 59, tzinfo=UTC), 1)


def test_deadlines_are_kept_in_utc():
    assert CALENDAR.add_working_days(local("2026-03-04 10:00"), 1).tzinfo is UTC


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=40)), st.integers(0, 30))
def test_a_later_message_never_has_an_earlier_deadline(start, gap, days):
    assert CALENDAR.add_working_days(start, days) <= CALENDAR.add_working_days(start + gap, days)


@given(MOMENTS, st.integers(1, 30))
def test_more_days_are_later_and_end_on_a_working_day(start, days):
    deadline = CALENDAR.add_working_days(start, days)
    assert start < deadline < CALENDAR.add_working_days(start, days + 1)
    assert CALENDAR.is_working_day(deadline.astimezone(SHANGHAI).date())


@given(MOMENTS, st.floats(0, 60), st.floats(0, 20))
def test_more_hours_are_never_earlier_and_end_in_office_hours(start, hours, more):
    deadline = CALENDAR.add_working_hours(start, hours)
    assert start <= deadline <= CALENDAR.add_working_hours(start, hours + more)
    clock = deadline.astimezone(SHANGHAI).time()
    assert any(opens <= clock <= closes for opens, closes in CALENDAR.hours)


@pytest.mark.parametrize("amount", [-1, -100])
def test_a_deadline_in_the_past_is_refused(amount):
    with pytest.raises(ValueError, match="future"):
        CALENDAR.add_working_days(local("2026-03-04 10:00"), amount)
    with pytest.raises(ValueError, match="future"):
        CALENDAR.add_working_hours(local("2026-03-04 10:00"), amount)


@pytest.mark.parametrize(
    ("start", "end", "missing"),
    [
        ("2026-11-22 10:00", "2026-12-31 23:59", ()),
        ("2026-12-30 10:00", "2027-01-04 17:30", (2027,)),
        ("2024-12-31 10:00", "2027-01-04 17:30", (2024, 2027)),
    ],
)
def test_years_without_an_arrangement_are_named(start, end, missing):
    assert CALENDAR.missing_years(local(start), local(end)) == missing


def test_an_office_with_its_own_hours_has_its_own_close():
    west = WorkingCalendar(frozenset(), frozenset(), ((time(10), time(14)), (time(15, 30), time(19, 30))), frozenset())
    assert west.add_working_days(local("2026-03-04 10:00"), 1) == local("2026-03-05 19:30")


ONE = 'year = 2027\nsource = "x"\n[[holiday]]\nname = "a"\n'
BROKEN = [
    ONE + "first = 2027-01-03\nlast = 2027-01-01\nwork = []",
    ONE + "first = 2027-01-01\nlast = 2027-01-03\nwork = [2027-01-02]",
    ONE + 'first = "soon"\nlast = "later"\nwork = []',
    ONE + "first = 2026-01-01\nlast = 2026-01-01\nwork = []",
    ONE + "first = 2027-01-01T00:00:00\nlast = 2027-01-03\nwork = []",
    ONE + "first = 2027-01-01\nlast = 2027-12-03\nwork = []",
    ONE + "first = 2027-01-01\nlast = 2027-01-03",
    'year = 2027\n[[holiday]]\nname = "a"\nfirst = 2027-01-01\nlast = 2027-01-01\nwork = []',  # no source
    "year = 2027",
    'year = "next"\nholiday = []',
    "holiday = 3\nyear = 2027",
    "not toml",
]


def test_a_year_staff_import_is_known_from_then_on():
    further = arrangement(ONE + "first = 2027-01-01\nlast = 2027-01-03\nwork = []")
    calendar = default_calendar([further])
    assert calendar.missing_years(local("2026-12-30 10:00"), local("2027-01-04 17:30")) == ()
    assert not calendar.is_working_day(date(2027, 1, 1))


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_arrangement_is_refused_when_it_is_imported(text):
    with pytest.raises(ValueError):
        arrangement(text)


@pytest.mark.parametrize("hours", [[], [["12:00", "09:00"]], [["09:00", "12:00"], ["11:00", "17:00"]], [["noon", "17:00"]]])
def test_broken_office_hours_are_refused(hours):
    with pytest.raises(ValueError):
        calendar_of([], hours)
