"""The ticket machine: every pair of states, who may reach what, and the balance under any history."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from policies.tickets import MOVES, OPEN, REOPEN_WITHIN, TicketState, after_message, fate, joins, may_move

S = TicketState
NOW = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
ALLOWED = {
    S.WAITING: "claimed handed_back refusal_asked merged",
    S.CLAIMED: "waiting drafted answered extended handed_back awaiting_citizen refusal_asked merged",
    S.DRAFTED: "waiting claimed answered extended handed_back awaiting_citizen refusal_asked merged",
    S.EXTENDED: "waiting claimed drafted answered handed_back awaiting_citizen refusal_asked merged",
    S.HANDED_BACK: "waiting claimed refusal_asked merged",
    S.AWAITING_CITIZEN: "waiting claimed drafted answered extended handed_back refusal_asked merged reopened",
    S.REOPENED: "waiting claimed handed_back refusal_asked merged",
    S.REFUSAL_ASKED: "refused claimed waiting",
    S.ANSWERED: "closed reopened",
    S.CLOSED: "reopened",
    S.REFUSED: "reopened",
    S.MERGED: "reopened",
}


@pytest.mark.parametrize(("old", "new"), [*product(TicketState, TicketState)])
def test_every_pair_of_states_is_as_the_plan_says(old, new):
    assert may_move(old, new) is (new in ALLOWED[old].split())


def test_every_state_has_its_moves_written_down():
    assert set(MOVES) == set(TicketState)


def reachable(start, without=frozenset()):
    seen, todo = {start}, [start]
    while todo:
        fresh = MOVES[todo.pop()] - seen - without
        seen |= fresh
        todo += fresh
    return seen


@pytest.mark.parametrize("state", TicketState)
def test_from_every_state_an_answer_can_still_be_reached(state):
    assert S.ANSWERED in reachable(state)


def test_a_ticket_closes_only_after_an_answer():
    assert S.CLOSED not in reachable(S.WAITING, without=frozenset({S.ANSWERED}))


def test_a_ticket_is_refused_only_after_a_first_person_asked():
    assert S.REFUSED not in reachable(S.WAITING, without=frozenset({S.REFUSAL_ASKED}))


def test_nobody_answers_a_ticket_that_nobody_took():
    assert {old for old in TicketState if may_move(old, S.ANSWERED)} == {S.CLAIMED, S.DRAFTED, S.EXTENDED, S.AWAITING_CITIZEN}


def test_open_states_are_those_the_balance_counts_as_open():
    assert {state for state in TicketState if fate(state) == "open"} == OPEN
    assert Counter(map(fate, TicketState)) == {"open": 8, "answered": 2, "refused": 1, "merged": 1}


@pytest.mark.parametrize("state", sorted(OPEN))
def test_an_open_ticket_takes_in_every_new_message(state):
    assert joins(state, NOW - timedelta(days=400), NOW)


@pytest.mark.parametrize(
    ("state", "age", "expected"),
    [
        (S.ANSWERED, timedelta(0), True),
        (S.ANSWERED, REOPEN_WITHIN, True),
        (S.ANSWERED, REOPEN_WITHIN + timedelta(microseconds=1), False),
        (S.CLOSED, timedelta(days=6, hours=23), True),
        (S.CLOSED, timedelta(days=8), False),
        (S.ANSWERED, timedelta(hours=-1), True),  # a message older than the answer that arrives late
        (S.REFUSED, timedelta(0), False),
        (S.MERGED, timedelta(0), False),
    ],
)
def test_a_finished_ticket_takes_in_a_message_for_seven_days_after_the_answer(state, age, expected):
    assert joins(state, NOW - age, NOW) is expected


def test_an_answered_ticket_without_a_time_of_answer_takes_the_message_in():
    assert joins(S.ANSWERED, None, NOW)


@pytest.mark.parametrize("state", [S.ANSWERED, S.CLOSED, S.AWAITING_CITIZEN])
def test_a_citizens_message_reopens_what_waited_for_no_staff(state):
    assert after_message(state) is S.REOPENED


@pytest.mark.parametrize("state", sorted(OPEN - {S.AWAITING_CITIZEN, S.REOPENED}))
def test_a_citizens_message_leaves_work_in_hand_as_it_is(state):
    assert after_message(state) is state


class Balance(RuleBasedStateMachine):
    """Citizens write, staff move tickets as they may, time passes: every message stays in exactly one pot."""

    def __init__(self):
        super().__init__()
        self.now, self.received, self.dismissed = NOW, 0, 0
        self.tickets = []  # of one citizen: [state, answered_at, messages]

    @rule(dismissed=st.booleans(), pause=st.integers(0, 9))
    def a_citizen_writes(self, dismissed, pause):
        self.now += timedelta(days=pause)
        self.received += 1
        taker = next((t for t in reversed(self.tickets) if joins(t[0], t[1], self.now)), None)
        if taker is not None:
            assert taker[0] in OPEN or may_move(taker[0], S.REOPENED)
            taker[0], taker[2] = after_message(taker[0]), taker[2] + 1
        elif dismissed:
            self.dismissed += 1
        else:
            self.tickets.append([S.WAITING, None, 1])

    @rule(data=st.data())
    def staff_move_a_ticket(self, data):
        if self.tickets:
            ticket = data.draw(st.sampled_from(self.tickets))
            ticket[0] = data.draw(st.sampled_from(sorted(MOVES[ticket[0]])))
            ticket[1] = self.now if ticket[0] is S.ANSWERED else ticket[1]

    @invariant()
    def every_message_is_in_exactly_one_pot(self):
        pots = Counter()
        for state, _, messages in self.tickets:
            pots[fate(state)] += messages
        assert self.received == sum(pots[pot] for pot in ("open", "answered", "refused", "merged")) + self.dismissed

    @invariant()
    def closed_tickets_were_answered(self):
        assert all(answered_at is not None for state, answered_at, _ in self.tickets if fate(state) == "answered")


TestBalance = Balance.TestCase
