"""The delivery machine: moves, outcomes, back-off, and that no history sends a thing twice."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from policies.deliveries import (
    BACKOFFS,
    CLAIMABLE,
    DONE,
    NEEDS_PERSON,
    DeliveryState,
    after,
    after_check,
    delay,
    lease_expired,
    may_move,
)
from policies.facts import Hold, Lane, Outcome, Result

S = DeliveryState
NOW = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
ALLOWED = {
    S.QUEUED: "sending held withdrawn",
    S.SENDING: "sent pending retry refused reconnect unknown held dead",
    S.RETRY: "sending held queued withdrawn",
    S.PENDING: "sent retry held refused unknown dead",
    S.UNKNOWN: "sent pending retry held refused dead queued withdrawn",
    S.REFUSED: "queued withdrawn",
    S.RECONNECT: "queued withdrawn",
    S.DEAD: "queued withdrawn",
    S.HELD: "queued withdrawn",
    S.SENT: "",
    S.WITHDRAWN: "",
}
SECONDS = st.floats(allow_nan=True, allow_infinity=True)
JITTERS = st.floats(0, 1)
RESULTS = st.builds(Result, st.sampled_from(Outcome), retry_after=st.none() | SECONDS, hold=st.sampled_from(Hold))


@pytest.mark.parametrize(("old", "new"), [*product(DeliveryState, DeliveryState)])
def test_every_pair_of_states_is_as_the_plan_says(old, new):
    assert may_move(old, new) is (new in ALLOWED[old].split())


def test_every_state_ends_or_waits_for_a_person_the_citizen_or_the_machine():
    machine, citizen = CLAIMABLE | {S.SENDING, S.PENDING}, {S.HELD}
    assert sorted([*DONE, *NEEDS_PERSON, *machine, *citizen]) == sorted(DeliveryState)


def test_only_a_claimed_delivery_is_ever_sent():
    assert {old for old in DeliveryState if may_move(old, S.SENDING)} == CLAIMABLE


@pytest.mark.parametrize(
    ("outcome", "hold", "expected"),
    [
        (Outcome.SENT, Hold.NONE, S.SENT),
        (Outcome.PENDING, Hold.NONE, S.PENDING),
        (Outcome.RETRY, Hold.NONE, S.RETRY),
        (Outcome.REFUSED, Hold.NONE, S.REFUSED),
        (Outcome.REFUSED, Hold.WINDOW, S.HELD),
        (Outcome.REFUSED, Hold.QUOTA, S.HELD),
        (Outcome.REFUSED, Hold.UNFOLLOWED, S.HELD),
        (Outcome.REFUSED, Hold.UNSUPPORTED, S.HELD),
        (Outcome.RECONNECT, Hold.NONE, S.RECONNECT),
        (Outcome.UNKNOWN, Hold.NONE, S.UNKNOWN),
    ],
)
def test_each_outcome_has_its_state(outcome, hold, expected):
    assert after(Result(outcome, hold=hold), 1, NOW, 0.5).state is expected


@given(RESULTS, st.integers(1, 200), JITTERS, st.sampled_from(Lane))
def test_whatever_a_call_returns_is_an_allowed_move(result, attempts, jitter, lane):
    step = after(result, attempts, NOW, jitter, lane=lane)
    assert may_move(S.SENDING, step.state)
    assert step.not_before is None or step.not_before > NOW


@given(RESULTS, st.integers(1, 20), st.integers(1, 200), JITTERS, st.sampled_from([S.UNKNOWN, S.PENDING]))
def test_whatever_a_check_returns_is_an_allowed_move_or_none(result, checks, attempts, jitter, state):
    step = after_check(result, checks, attempts, NOW, jitter, state=state)
    assert step.state is state or may_move(state, step.state)
    assert step.not_before is None or step.not_before > NOW


@pytest.mark.parametrize("lane", Lane)
def test_the_last_attempt_leaves_a_dead_letter_and_the_one_before_does_not(lane):
    last = BACKOFFS[lane].attempts
    assert after(Result(Outcome.RETRY), last - 1, NOW, 0, lane=lane).state is S.RETRY
    assert after(Result(Outcome.RETRY), last, NOW, 0, lane=lane).state is S.DEAD


@pytest.mark.parametrize("jitter", [0.0, 0.3, 1.0])
def test_the_platforms_retry_after_is_never_undercut(jitter):
    step = after(Result(Outcome.RETRY, retry_after=10_072), 1, NOW, jitter)
    assert step.not_before >= NOW + timedelta(seconds=10_072)


def test_two_deliveries_sent_away_together_come_back_apart():
    times = {after(Result(Outcome.RETRY, retry_after=30), 1, NOW, jitter).not_before for jitter in (0.1, 0.5, 0.9)}
    assert len(times) == 3


@pytest.mark.parametrize("floor", [float("nan"), float("inf"), -5.0, 0.0])
def test_a_senseless_retry_after_is_passed_over(floor):
    assert delay(BACKOFFS[Lane.HUMAN], 1, 0.5, floor) == delay(BACKOFFS[Lane.HUMAN], 1, 0.5, None)


def test_a_retry_after_of_a_thousand_years_waits_a_week():
    assert timedelta(days=7) <= delay(BACKOFFS[Lane.AUTO], 1, 1.0, 3e10) <= timedelta(days=7, minutes=1)


@given(st.sampled_from(Lane), st.integers(1, 10_000), JITTERS)
def test_the_wait_grows_up_to_the_longest_and_never_over_it(lane, attempt, jitter):
    backoff = BACKOFFS[lane]
    assert delay(backoff, attempt, jitter, None) <= delay(backoff, attempt + 1, jitter, None) <= timedelta(seconds=backoff.longest)


def test_a_human_reply_is_tried_for_longer_than_the_reply_window():
    backoff = BACKOFFS[Lane.HUMAN]
    shortest = sum((delay(backoff, n, 0, None) for n in range(1, backoff.attempts)), timedelta())
    assert shortest >= timedelta(hours=48)


def test_a_dead_worker_leaves_an_unknown_delivery_that_is_checked_later():
    step = lease_expired(NOW, 0.5)
    assert step.state is S.UNKNOWN
    assert step.not_before > NOW


def test_a_check_that_meets_a_dead_credential_does_not_put_the_delivery_in_line_for_sending():
    assert after_check(Result(Outcome.RECONNECT), 1, 1, NOW, 0.5).state is S.UNKNOWN


def test_after_the_last_check_only_a_person_settles_it():
    steps = [after_check(Result(Outcome.UNKNOWN), n, 1, NOW, 0.5) for n in range(1, 8)]
    assert [step.not_before is None for step in steps] == [False] * 5 + [True] * 2


class OnePlatform(RuleBasedStateMachine):
    """A platform that may accept without saying so, workers that die, checks that may be blind: nothing arrives twice."""

    def __init__(self):
        super().__init__()
        self.state, self.attempts, self.checks, self.arrived = S.QUEUED, 0, 0, 0

    def _take(self, step):
        assert step.state is self.state or may_move(self.state, step.state)
        self.state = step.state

    @precondition(lambda self: self.state in CLAIMABLE)
    @rule(accepted=st.booleans(), said=st.booleans(), refusal=st.sampled_from([Outcome.RETRY, Outcome.REFUSED, Outcome.RECONNECT]))
    def a_worker_sends(self, accepted, said, refusal):
        assert may_move(self.state, S.SENDING)
        self.state, self.attempts, self.checks = S.SENDING, self.attempts + 1, 0
        self.arrived += accepted
        if said:
            self._take(after(Result(Outcome.SENT if accepted else refusal), self.attempts, NOW, 0.5))
        else:
            self._take(lease_expired(NOW, 0.5))

    @precondition(lambda self: self.state is S.UNKNOWN)
    @rule(blind=st.booleans(), dead=st.booleans())
    def a_worker_checks(self, blind, dead):
        truth = Outcome.SENT if self.arrived else Outcome.RETRY
        outcome = Outcome.RECONNECT if dead else Outcome.UNKNOWN if blind else truth
        self.checks += 1
        self._take(after_check(Result(outcome), self.checks, self.attempts, NOW, 0.5))

    @precondition(lambda self: self.state in NEEDS_PERSON)
    @rule()
    def a_person_settles_it_after_looking_at_the_platform(self):
        target = S.SENT if self.arrived else S.QUEUED
        assert may_move(self.state, target)
        self.state = target

    @precondition(lambda self: self.state in {S.QUEUED, S.RETRY, S.HELD})
    @rule()
    def the_window_closes_or_the_citizen_writes_again(self):
        target = S.QUEUED if self.state is S.HELD else S.HELD
        assert may_move(self.state, target)
        self.state = target

    @precondition(lambda self: self.state in DONE)
    @rule()
    def the_next_delivery_comes(self):
        self.state, self.attempts, self.checks, self.arrived = S.QUEUED, 0, 0, 0

    @invariant()
    def nothing_arrived_twice_and_nothing_is_called_sent_that_is_not(self):
        assert self.arrived <= 1
        assert self.state is not S.SENT or self.arrived == 1


TestOnePlatform = OnePlatform.TestCase
