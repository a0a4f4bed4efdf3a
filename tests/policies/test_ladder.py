"""The ladder: boundary tables, and what no ladder may ever do."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.calendar import SHANGHAI, default_calendar
from policies.ladder import (
    MOVES,
    NORMAL,
    URGENT,
    Act,
    Ladder,
    Step,
    Way,
    due,
    height,
    moments,
    next_moment,
    problems,
    taken_still,
    unfold,
)

CALENDAR = default_calendar()


def at(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI).astimezone(UTC)


def shown(found) -> list[str]:
    return [f"{moment.astimezone(SHANGHAI):%m-%d %H:%M}" for moment in found]


@pytest.mark.parametrize(
    ("start", "deadline", "expected"),
    [
        # an ordinary question of a Friday: half the office time, four fifths, the end, four hours on, a day on, another day on
        (
            "2026-11-20 10:00",
            "2026-11-24 17:30",
            ["11-23 14:30", "11-24 12:00", "11-24 17:30", "11-25 14:30", "11-26 14:30", "11-27 14:30"],
        ),
        # the last minute before the Spring Festival: what follows the deadline waits for the first day after it
        (
            "2026-02-13 10:00",
            "2026-02-14 17:30",
            ["02-14 09:30", "02-14 14:54", "02-14 17:30", "02-24 14:30", "02-25 14:30", "02-26 14:30"],
        ),
        # on a make-up Saturday offices work
        (
            "2026-02-28 09:00",
            "2026-02-28 17:30",
            ["02-28 14:00", "02-28 16:06", "02-28 17:30", "03-02 14:30", "03-03 14:30", "03-04 14:30"],
        ),
        # a platform's window that closes on a Sunday: there is half an hour of office time left, so people hear of it then
        (
            "2026-11-20 17:00",
            "2026-11-22 17:00",
            ["11-20 17:15", "11-20 17:24", "11-22 17:00", "11-23 14:30", "11-24 14:30", "11-25 14:30"],
        ),
        # none left at all: by the clock
        (
            "2026-11-20 18:00",
            "2026-11-22 18:00",
            ["11-21 18:00", "11-22 08:24", "11-22 18:00", "11-23 14:30", "11-24 14:30", "11-25 14:30"],
        ),
        # the deadline was past when the way began: at once, and then everybody has their time
        ("2026-11-20 10:00", "2026-11-19 17:30", ["11-20 10:00"] * 3 + ["11-20 15:30", "11-23 15:30", "11-24 15:30"]),
    ],
)
def test_an_ordinary_ticket_climbs_in_office_time(start, deadline, expected):
    assert shown(moments(NORMAL, Way(at(start), at(deadline), 2), CALENDAR)) == expected


def test_an_emergency_climbs_by_the_clock_at_night():
    way = Way(at("2026-02-17 03:00"), at("2026-02-17 03:15"), 2)
    assert shown(moments(URGENT, way, CALENDAR)) == ["02-17 03:00", "02-17 03:07", "02-17 03:15", "02-17 03:25", "02-17 03:35"]
    assert unfold(URGENT, 2)[0].act == Act.DUTY


def test_a_window_that_came_forward_makes_the_reminder_due_at_once():
    now = at("2026-11-20 16:00")
    assert due(NORMAL, Way(at("2026-11-20 10:00"), at("2026-12-04 17:30"), 1), CALENDAR, 0, now) == ()
    (found,) = due(NORMAL, Way(at("2026-11-20 10:00"), at("2026-11-20 17:30"), 1), CALENDAR, 0, now)
    assert (found.number, found.rung.act) == (1, Act.REMIND)


def test_a_longer_deadline_brings_the_reminders_back():
    now = at("2026-11-24 14:00")
    assert taken_still(NORMAL, Way(at("2026-11-20 10:00"), at("2026-11-24 17:30"), 1), CALENDAR, 2, now) == 2
    assert taken_still(NORMAL, Way(at("2026-11-20 10:00"), at("2026-12-15 17:30"), 1), CALENDAR, 2, now) == 0


def test_at_the_root_the_last_rung_is_its_head_and_calls_again_and_again():
    way = Way(at("2026-11-20 10:00"), at("2026-11-24 17:30"), 0)
    assert [(rung.act, rung.level) for rung in unfold(NORMAL, 0)][-1] == (Act.HEAD, 0)
    assert shown([next_moment(NORMAL, way, CALENDAR, 5, at("2026-11-26 14:30"))]) == ["11-27 14:30"]
    (again,) = due(NORMAL, way, CALENDAR, 5, at("2026-11-27 14:30"))
    assert again.again and again.rung.act == Act.HEAD


def test_after_months_of_standing_still_it_is_one_call_and_not_hundreds():
    way = Way(at("2026-01-05 10:00"), at("2026-01-07 17:30"), 1)
    found = next_moment(NORMAL, way, CALENDAR, 5, at("2026-06-05 03:00"))
    assert at("2026-06-05 03:00") < found < at("2026-06-06 17:30")


@pytest.mark.parametrize(
    ("steps", "word"),
    [
        ([Step(Act.DUTY, share=1.0)], "最后一步"),
        ([Step(Act.REMIND, share=0.5), Step(Act.ABOVE, after_minutes=60)], "届满"),
        ([Step(Act.REMIND, share=1.0), Step(Act.ABOVE, after_minutes=60)], "届满"),
        ([Step(Act.DUTY, share=1.0), Step(Act.REMIND, share=0.5), Step(Act.ABOVE, after_minutes=60)], "由小到大"),
        ([Step(Act.DUTY, share=1.0), Step(Act.ABOVE, after_minutes=0)], "间隔"),
        ([Step(Act.DUTY, share=1.0), Step(Act.ABOVE, after_minutes=60), Step(Act.HEAD, after_minutes=60)], "最后一步"),
        ([Step(Act.DUTY, share=1.5), Step(Act.ABOVE, after_minutes=60)], "比例"),
        ([Step(Act.DUTY, share=1.0, after_minutes=3), Step(Act.ABOVE, after_minutes=60)], "之一"),
        ([], "至"),
    ],
)
def test_a_ladder_that_could_forget_somebody_is_refused(steps, word):
    assert word in "".join(problems(steps))


def test_the_default_ladders_have_no_problems():
    assert problems(NORMAL.steps) == [] and problems(URGENT.steps) == []


SHARES = st.lists(st.floats(0, 1, allow_nan=False), max_size=4).map(sorted)
AFTERS = st.lists(st.tuples(st.sampled_from([Act.REMIND, Act.DUTY, Act.HEAD]), st.integers(1, 3000)), max_size=4)


@st.composite
def ladders(draw) -> Ladder:
    early = [Step(draw(st.sampled_from([Act.REMIND, Act.DUTY, Act.HEAD])), share=share) for share in draw(SHARES)]
    late = [Step(act, after_minutes=minutes) for act, minutes in draw(AFTERS)]
    last = Step(Act.ABOVE, after_minutes=draw(st.integers(1, 3000)))
    return Ladder((*early, Step(Act.DUTY, share=1.0), *late, last), draw(st.booleans()))


@st.composite
def ways(draw) -> Way:
    start = datetime(2026, 1, 1, tzinfo=UTC) + draw(st.timedeltas(timedelta(0), timedelta(days=365)))
    return Way(start, start + draw(st.timedeltas(timedelta(days=-3), timedelta(days=40))), draw(st.integers(0, 4)))


LATER = st.timedeltas(timedelta(0), timedelta(days=120))


@given(ladders(), ways())
def test_moments_ascend_and_none_lies_before_the_start(ladder, way):
    found = moments(ladder, way, CALENDAR)
    assert list(found) == sorted(found) and found[0] >= way.start
    assert len(found) == len(unfold(ladder, way.levels)) == height(ladder, way.levels)


@given(ladders(), ways())
def test_when_the_deadline_passes_somebody_else_gets_it(ladder, way):
    found = due(ladder, way, CALENDAR, 0, max(way.deadline, way.start))
    assert any(step.rung.act in MOVES for step in found)


@given(ladders(), ways(), st.integers(0, 40), LATER)
def test_no_open_ticket_is_without_a_next_moment(ladder, way, taken, later):
    now = way.start + later
    moment = next_moment(ladder, way, CALENDAR, taken, now)
    assert (moment <= now) == bool(taken < height(ladder, way.levels) and due(ladder, way, CALENDAR, taken, now))


@given(ladders(), ways(), st.lists(st.timedeltas(timedelta(minutes=1), timedelta(days=5)), min_size=1, max_size=30))
def test_climbing_by_whatever_looks_never_skips_a_rung(ladder, way, gaps):
    now, taken, seen = way.start, 0, []
    for gap in gaps:
        now += gap
        found = due(ladder, way, CALENDAR, taken, now) if taken < height(ladder, way.levels) else ()
        seen += [step.number for step in found]
        taken = found[-1].number if found else taken
    assert seen == list(range(1, taken + 1))


@given(ladders(), ways(), LATER)
def test_the_last_rung_repeats_for_ever(ladder, way, later):
    top, now = height(ladder, way.levels), way.start + later
    (found,) = due(ladder, way, CALENDAR, top, now)
    assert found.again and found.number == top and next_moment(ladder, way, CALENDAR, top, now) > now


@given(ladders(), ways(), LATER)
def test_the_rungs_end_with_every_department_above_in_order(ladder, way, later):
    levels = [rung.level for rung in unfold(ladder, way.levels) if rung.act == Act.ABOVE]
    assert levels == list(range(1, way.levels + 1))
