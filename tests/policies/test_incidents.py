"""Heat that needs no sweep, moves of an incident, and whom a reply to all passes by."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.incidents import COLD, MOVES, IncidentState, heat, hours_of, left_out, may_move, rises, warmed, warmth, weight
from policies.tickets import TicketState

NOW = datetime(2026, 11, 20, tzinfo=UTC)
ALLOWED = {"open": "answered closed merged", "answered": "open closed merged", "closed": "open", "merged": ""}
HOURS = st.lists(st.integers(-5000, 0), min_size=1, max_size=12)


@pytest.mark.parametrize(("old", "new"), [*product(IncidentState, IncidentState)])
def test_every_pair_of_states_is_as_the_plan_says(old: IncidentState, new: IncidentState) -> None:
    assert may_move(old, new) is (new in ALLOWED[old].split())
    assert set(MOVES) == set(IncidentState)


@given(HOURS)
def test_heat_is_the_sum_of_what_is_left_of_each_request(hours: list[int]) -> None:
    level = COLD
    for hour in hours:
        level = warmed(level, 1.0, NOW + timedelta(hours=hour))
    assert heat(level, NOW) == pytest.approx(sum(2 ** (hour / 48) for hour in hours), rel=1e-6)


@given(HOURS)
def test_the_order_in_which_requests_come_does_not_matter(hours: list[int]) -> None:
    def level(order: list[int]) -> float:
        found = COLD
        for hour in order:
            found = warmed(found, 1.0, NOW + timedelta(hours=hour))
        return found

    assert level(sorted(hours)) == pytest.approx(level(sorted(hours, reverse=True)))


@given(HOURS, HOURS, st.integers(0, 100_000))
def test_the_order_by_level_is_the_order_by_heat_at_any_moment(one: list[int], other: list[int], minutes: int) -> None:
    levels = []
    for hours in (one, other):
        level = COLD
        for hour in hours:
            level = warmed(level, 1.0, NOW + timedelta(hours=hour))
        levels.append(level)
    at = NOW + timedelta(minutes=minutes)
    assert (levels[0] > levels[1]) >= (heat(levels[0], at) > heat(levels[1], at))


def test_the_same_citizen_again_counts_less_and_a_cry_for_help_more() -> None:
    assert weight(again=True, urgent=True) < weight(again=False, urgent=False) < weight(again=False, urgent=True)
    assert (heat(COLD, NOW), warmth(0.4), warmth(3.0), warmth(9.0)) == (0.0, "calm", "warm", "hot")


def test_two_requests_are_no_rise_and_three_after_none_are() -> None:
    assert (rises(2, 0), rises(3, 0), rises(3, 2), rises(6, 3)) == (False, True, False, True)


def test_the_line_counts_requests_by_step_up_to_now() -> None:
    times = [NOW, NOW - timedelta(hours=2), NOW - timedelta(hours=4), NOW - timedelta(days=9), NOW + timedelta(hours=1)]
    assert hours_of(times, NOW, step=timedelta(hours=3), count=3) == [0, 1, 2]


@pytest.mark.parametrize(
    ("state", "owner", "why"),
    [
        ("waiting", None, ""),
        ("claimed", 1, ""),
        ("claimed", 2, "colleague"),
        ("answered", 1, "answered"),
        ("closed", 1, "closed"),
        ("merged", None, "closed"),
        ("refusal_asked", 1, "refusal"),
    ],
)
def test_whom_a_reply_to_all_passes_by(state: str, owner: int | None, why: str) -> None:
    assert left_out(TicketState(state), owner, 1, colleagues=False, answered=False) == why
    included = left_out(TicketState(state), owner, 1, colleagues=True, answered=True)
    assert included == (why if why in ("closed", "refusal") else "")
