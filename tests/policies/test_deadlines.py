"""Deadlines: each kind, the platform's window, and that a deadline never lies before the message."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.calendar import SHANGHAI, default_calendar
from policies.deadlines import PACK, effective, extended, extensions_allowed, service_deadline
from policies.facts import Kind

CALENDAR = default_calendar()
RECEIVED = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)  # a Wednesday, 10:00 in Shanghai
MOMENTS = st.timedeltas(timedelta(0), timedelta(days=1095)).map(lambda gap: datetime(2025, 1, 1, tzinfo=UTC) + gap)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Kind.EMERGENCY, "2026-03-04 10:15"),
        (Kind.QUESTION, "2026-03-06 17:30"),
        (Kind.LEGAL, "2026-03-06 17:30"),
        (Kind.DISCLOSURE, "2026-04-01 17:30"),
        (Kind.UNCLEAR, "2026-03-06 17:30"),
        (Kind.HUMAN, "2026-03-05 17:30"),
        (Kind.PROGRESS, "2026-03-05 17:30"),
        (Kind.HELP, "2026-03-11 17:30"),
        (Kind.SUGGESTION, "2026-03-11 17:30"),
        (Kind.COMPLAINT, "2026-03-18 17:30"),
        (Kind.REPORT, "2026-03-18 17:30"),
    ],
)
def test_each_kind_has_its_own_deadline(kind, expected):
    found = service_deadline(kind, RECEIVED, CALENDAR, PACK)
    assert f"{found.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" == expected


@given(st.sampled_from(Kind), MOMENTS)
def test_every_kind_has_a_deadline_after_the_message(kind, received):
    assert service_deadline(kind, received, CALENDAR) > received


def test_an_emergency_does_not_wait_for_office_hours():
    night = datetime(2026, 2, 17, 19, 0, tzinfo=UTC)
    assert service_deadline(Kind.EMERGENCY, night, CALENDAR) - night <= timedelta(minutes=15)


def test_a_departments_own_pack_is_followed():
    pack = {"kind": {"question": {"value": 4, "unit": "working_hours", "source": "own rule"}}}
    assert service_deadline(Kind.QUESTION, RECEIVED, CALENDAR, pack) == RECEIVED + timedelta(hours=5.5)


def test_a_kind_the_pack_does_not_name_counts_as_a_question():
    pack = {"kind": {"question": {"value": 4, "unit": "minutes", "source": "own rule"}}}
    assert service_deadline(Kind.REPORT, RECEIVED, CALENDAR, pack) == RECEIVED + timedelta(minutes=4)


def test_a_unit_nobody_knows_is_refused():
    with pytest.raises(ValueError, match="unit"):
        service_deadline(Kind.QUESTION, RECEIVED, CALENDAR, {"kind": {"question": {"value": 4, "unit": "moons"}}})


@pytest.mark.parametrize(
    ("service", "window", "expected"),
    [
        (timedelta(days=10), timedelta(hours=48), timedelta(hours=48)),
        (timedelta(minutes=15), timedelta(hours=48), timedelta(minutes=15)),
        (timedelta(days=10), timedelta(minutes=1), timedelta(days=10)),  # a menu key
        (timedelta(days=10), timedelta(minutes=59), timedelta(days=10)),
        (timedelta(days=10), timedelta(minutes=60), timedelta(minutes=60)),
        (timedelta(days=10), timedelta(0), timedelta(days=10)),
        (timedelta(days=10), timedelta(days=-3), timedelta(days=10)),  # closed before the message came
        (timedelta(days=10), None, timedelta(days=10)),
    ],
)
def test_the_effective_deadline_is_the_earlier_of_service_and_a_window_a_person_can_use(service, window, expected):
    until = None if window is None else RECEIVED + window
    assert effective(RECEIVED + service, until, RECEIVED) == RECEIVED + expected


@given(MOMENTS, st.timedeltas(timedelta(minutes=1), timedelta(days=40)), st.none() | MOMENTS)
def test_the_effective_deadline_lies_after_the_message_and_not_after_the_service_deadline(received, service, until):
    assert received < effective(received + service, until, received) <= received + service


def test_one_extension_adds_fifteen_working_days():
    service = service_deadline(Kind.QUESTION, RECEIVED, CALENDAR)
    assert extended(service, CALENDAR).astimezone(SHANGHAI).date().isoformat() == "2026-03-27"
    assert extensions_allowed() == 1
