"""The monthly self-test calls everybody once, on the first working day, at a decent hour."""

from datetime import UTC, datetime, timedelta

from bot.channels.shared import DatabaseTokens
from bot.paging.calling import call
from bot.paging.finishing import finish
from bot.paging.models import Attempt, Contact
from bot.paging.queries import failing_contacts
from bot.paging.selftest import claim_tests, first_working_day
from policies.calendar import default_calendar
from policies.paging import TEST_GRACE
from tests.bot.paging.conftest import contact, robot

CALENDAR = default_calendar()
TUESDAY = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)  # 11:00 in Beijing, the first of the month


def test_the_first_working_day_knows_holidays():
    assert first_working_day(datetime(2026, 10, 20, tzinfo=UTC), CALENDAR).day == 8
    assert first_working_day(datetime(2026, 11, 20, tzinfo=UTC), CALENDAR).day == 2


def test_each_contact_point_is_tested_once_a_month(world, servers):
    server = servers()
    for who in (world.alice, world.bob):
        contact(who, robot(world, server))
    for day in range(3):
        now = TUESDAY + timedelta(days=day)
        for attempt in claim_tests(10, CALENDAR, now):
            finish(attempt, call(attempt, now, DatabaseTokens()), now)
    assert len(server.taken) == 2
    assert len(claim_tests(10, CALENDAR, datetime(2027, 1, 4, 3, 0, tzinfo=UTC))) == 2


def test_nobody_is_tested_at_night_or_on_a_holiday(world, servers):
    contact(world.alice, robot(world, servers()))
    assert claim_tests(10, CALENDAR, TUESDAY - timedelta(hours=10)) == []
    assert claim_tests(10, CALENDAR, datetime(2026, 12, 5, 3, 0, tzinfo=UTC)) == []


def test_who_came_later_waits_for_the_next_month(world, servers):
    contact(world.alice, robot(world, servers()))
    Contact.objects.update(created_at=TUESDAY + timedelta(days=9))
    assert claim_tests(10, CALENDAR, TUESDAY + timedelta(days=10)) == []


def test_a_test_leaves_half_of_the_pace_to_real_pages(world, servers):
    gateway = robot(world, servers())
    for _ in range(30):
        contact(world.alice, gateway)
    assert len(claim_tests(100, CALENDAR, TUESDAY)) == 10
    assert len(claim_tests(100, CALENDAR, TUESDAY + timedelta(minutes=1))) == 10


def test_a_test_that_failed_or_was_not_acknowledged_in_time_is_listed(world, servers):
    good, bad = contact(world.alice, robot(world, servers())), contact(world.bob, robot(world, servers("drop")))
    for attempt in claim_tests(10, CALENDAR, TUESDAY):
        finish(attempt, call(attempt, TUESDAY, DatabaseTokens()), TUESDAY)
    assert [row for row, _ in failing_contacts(world.diana, TUESDAY)] == [bad]
    assert {row for row, _ in failing_contacts(world.diana, TUESDAY + TEST_GRACE * 2)} == {good, bad}
    Attempt.objects.update(acknowledged_at=TUESDAY)
    assert [row for row, _ in failing_contacts(world.diana, TUESDAY + TEST_GRACE * 2)] == [bad]
