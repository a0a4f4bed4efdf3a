"""Whom a page calls next, and when."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.facts import Outcome
from policies.paging import (
    MOVES,
    OPEN,
    PageState,
    Place,
    Way,
    again,
    arrived,
    bundle,
    is_test_time,
    may_move,
    next_step,
    quiet_until,
    repeat,
    text_of,
    wait,
)

DAY = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)  # 10:00 in Beijing
NIGHT = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)  # 23:00
MORNING = datetime(2026, 11, 20, 23, 0, tzinfo=UTC)  # 07:00 of the next day


@pytest.mark.parametrize(
    ("moment", "end"),
    [
        ("2026-11-20T13:59:59+00:00", None),
        ("2026-11-20T14:00:00+00:00", "2026-11-20T23:00:00+00:00"),
        ("2026-11-20T15:59:59+00:00", "2026-11-20T23:00:00+00:00"),
        ("2026-11-20T16:00:00+00:00", "2026-11-20T23:00:00+00:00"),
        ("2026-11-20T22:59:59+00:00", "2026-11-20T23:00:00+00:00"),
        ("2026-11-20T23:00:00+00:00", None),
    ],
)
def test_the_night_ends_at_seven_in_beijing(moment, end):
    assert quiet_until(datetime.fromisoformat(moment)) == (datetime.fromisoformat(end) if end else None)


def test_the_next_means_of_the_same_person_comes_before_the_next_person():
    people = [[Way(1), Way(2)], [Way(3)]]
    first = next_step(people, Place(), DAY, urgent=False)
    second = next_step(people, first.place, DAY, urgent=False)
    third = next_step(people, second.place, DAY, urgent=False)
    fourth = next_step(people, third.place, DAY, urgent=False)
    assert [first.contact, second.contact, third.contact, fourth.contact] == [1, 2, 3, None]
    assert fourth.wait is None


def test_at_night_a_sleeper_is_passed_over_for_who_is_awake():
    step = next_step([[Way(1, quiet=True)], [Way(2)]], Place(), NIGHT, urgent=False)
    assert step.contact == 2
    assert step.place.slept


def test_an_emergency_wakes_everybody():
    assert next_step([[Way(1, quiet=True)], [Way(2)]], Place(), NIGHT, urgent=True).contact == 1


def test_where_all_sleep_a_page_waits_for_the_morning():
    step = next_step([[Way(1, quiet=True)], [Way(2, quiet=True)]], Place(), NIGHT, urgent=False)
    assert (step.contact, step.wait) == (None, MORNING)


def test_in_the_morning_whoever_was_passed_over_is_called_first():
    step = next_step([[Way(1, quiet=True)], [Way(2)]], Place(1, frozenset({2}), slept=True), MORNING, urgent=False)
    assert step.contact == 1


def test_a_gateway_over_its_pace_is_waited_for_a_little():
    soon = DAY + timedelta(seconds=30)
    assert next_step([[Way(1, busy_until=soon), Way(2)]], Place(), DAY, urgent=False).wait == soon
    assert next_step([[Way(1, busy_until=soon), Way(2)]], Place(), DAY, urgent=True).contact == 2


def test_a_gateway_that_is_closed_for_long_is_passed_over():
    late = DAY + timedelta(minutes=10)
    assert next_step([[Way(1, busy_until=late), Way(2)]], Place(), DAY, urgent=False).contact == 2


def test_after_the_last_the_last_is_called_again():
    place, at = again([[Way(1)], [Way(2)]], slept=False, now=DAY, urgent=False, reached=True)
    assert place == Place(1)
    assert at == DAY + repeat(urgent=False, reached=True)


def test_what_reached_nobody_is_tried_again_sooner_than_what_did():
    assert repeat(urgent=False, reached=False) < repeat(urgent=False, reached=True)


def test_where_nobody_has_a_contact_point_it_is_not_looked_at_every_minute():
    at = again([[], []], slept=False, now=DAY, urgent=True, reached=False)[1]
    assert at > DAY + repeat(urgent=True, reached=False)


def test_at_night_the_last_who_is_awake_is_called_again():
    people = [[Way(1)], [Way(2, quiet=True)]]
    assert again(people, slept=True, now=NIGHT, urgent=False, reached=True)[0].turn == 0


def test_an_urgent_page_waits_shorter_everywhere():
    assert all(wait(means, urgent=True) < wait(means, urgent=False) for means in ("mail", "sms", "something new"))
    assert bundle(urgent=True) < bundle(urgent=False)


def test_what_may_have_arrived_does_not_count_as_arrived():
    assert {outcome for outcome in Outcome if arrived(outcome)} == {Outcome.SENT, Outcome.PENDING}


def test_only_open_pages_go_on():
    assert {state for state in PageState if may_move(state, PageState.EXHAUSTED)} <= OPEN
    assert all(PageState.CALLING not in later for later in MOVES.values())


def test_many_pages_are_one_message_that_counts_them_and_names_the_first():
    text = text_of([f"诉求 {number} 已超期" for number in range(30)], urgent=False)
    assert "共 30 件" in text
    assert "诉求 2 已超期" in text and "诉求 3 已超期" not in text and "另有 27 件" in text


def test_the_monthly_test_calls_nobody_at_lunch_of_the_night():
    assert is_test_time(DAY)
    assert not is_test_time(NIGHT)


WAYS = st.lists(st.lists(st.tuples(st.booleans(), st.one_of(st.none(), st.integers(-100, 2000))), max_size=3), max_size=5)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@given(WAYS, MOMENTS, st.booleans())
def test_every_page_calls_somebody_waits_or_ends_and_nobody_twice_in_a_round(shape, now, urgent):
    numbered, number = [], 0
    for ways in shape:
        row = []
        for quiet, busy in ways:
            number += 1
            row.append(Way(number, quiet, None if busy is None else now + timedelta(seconds=busy)))
        numbered.append(row)
    place, called = Place(), []
    for _ in range(number + 2):
        step = next_step(numbered, place, now, urgent=urgent)
        if step.contact is None:
            break
        assert step.wait is None and step.place.slept >= place.slept
        called.append(step.contact)
        place = step.place
    assert step.contact is None and len(set(called)) == len(called)
    assert step.wait is None or step.wait > now
    assert not (urgent and place.slept)


@given(WAYS, MOMENTS, st.booleans(), st.booleans())
def test_the_next_round_always_lies_ahead_and_at_a_person_there_is(shape, now, urgent, reached):
    people = [[Way(at, quiet) for at, (quiet, _) in enumerate(ways)] for ways in shape]
    place, at = again(people, slept=not urgent, now=now, urgent=urgent, reached=reached)
    assert at > now
    assert 0 <= place.turn < max(len(people), 1)
