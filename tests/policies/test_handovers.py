"""Where a request goes that departments send on and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import handovers
from policies.handovers import Handover, Step, above, decider, kind_of_transfer, parent, way_back

TOP, A, B, C, A1, A2 = "/r/", "/r/a/", "/r/b/", "/r/c/", "/r/a/1/", "/r/a/2/"
PATHS = st.sampled_from([TOP, A, B, C, A1, A2, "/r/ab/", "/r/a/1/x/"])


def test_what_nobody_sent_goes_to_the_department_above() -> None:
    assert way_back(A1, [], 0) == handovers.Back(A, Step.REFUSAL) and way_back(TOP, [], 0).target == TOP


def test_the_first_refusal_goes_back_to_the_sender() -> None:
    assert way_back(B, [Handover(Step.TRANSFER, A, B)], 0) == handovers.Back(A, Step.REFUSAL)


def test_the_second_refusal_goes_above_everybody_who_had_it() -> None:
    past = [Handover(Step.TRANSFER, A1, A2), Handover(Step.REFUSAL, A2, A1), Handover(Step.TRANSFER, A1, B)]
    assert way_back(B, past, 1) == handovers.Back(TOP, Step.RAISED)
    assert way_back(A2, [*past[:2], Handover(Step.TRANSFER, A1, A2)], 1) == handovers.Back(A, Step.RAISED)


def test_who_must_decide_cannot_send_it_back_and_its_decision_binds() -> None:
    raised = [Handover(Step.TRANSFER, A, B), Handover(Step.RAISED, B, TOP)]
    assert way_back(TOP, raised, 2).refused == handovers.DECIDES and kind_of_transfer(TOP, raised) is Step.DECISION
    decided = [*raised, Handover(Step.DECISION, TOP, B)]
    assert way_back(B, decided, 2).refused == handovers.BOUND and decider(B, decided) == TOP


def test_a_department_that_the_ladder_brought_it_to_is_bound_by_nothing() -> None:
    decided = [Handover(Step.TRANSFER, A, B), Handover(Step.RAISED, B, TOP), Handover(Step.DECISION, TOP, B)]
    assert decider(C, decided) == "" and way_back(C, decided, 2).step is Step.RAISED


@pytest.mark.parametrize(
    ("paths", "expected"), [([A, B], TOP), ([A1, A2], A), ([A, A1], TOP), ([TOP, A], TOP), (["/r/a/", "/r/ab/"], TOP), ([A1], A)]
)
def test_the_department_above_both(paths: list[str], expected: str) -> None:
    assert above(paths) == expected


@given(st.sets(PATHS, min_size=1))
def test_whoever_decides_stands_above_all_and_had_no_part_in_it_but_at_the_top(paths: set[str]) -> None:
    found = above(paths)
    assert all(path.startswith(found) for path in paths) and (found not in paths or found == TOP)
    assert parent(TOP) == ""


@given(st.lists(st.tuples(st.sampled_from(["transfer", "back"]), PATHS), max_size=30))
def test_no_request_goes_round_for_ever(acts: list[tuple[str, str]]) -> None:
    """However often departments send it on and back, after two refusals somebody above places it for good."""
    here, past, refusals = A, [], 0
    for act, other in acts:
        if act == "transfer" and not decider(here, past) and other != here:
            past.append(Handover(kind_of_transfer(here, past), here, other))
            here = other
        elif act == "back" and not (back := way_back(here, past, refusals)).refused:
            past.append(Handover(back.step, here, back.target))
            here, refusals = back.target, refusals + 1
    assert sum(one.step is Step.DECISION for one in past) <= 1 + sum(one.step is Step.RAISED for one in past)
    assert refusals <= 2 + sum(one.step is Step.TRANSFER for one in past)
