"""When a machine may answer, what contradicts what, and how a threshold is chosen."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from policies.facts import EventKind, Kind, Triage
from policies.knowledge import (
    MOVES,
    THRESHOLD,
    Candidate,
    EntryState,
    Judged,
    Point,
    choose,
    contradict,
    curve,
    in_force,
    may_answer,
    may_move,
)

GOOD = Candidate(0.95, "社保卡丢了怎么补办", "社保卡丢了怎么补办\n带身份证到银行网点补办，3 天领卡。", True, False, True)
TEXT = "社保卡丢了怎么补办"


def decided(candidate: Candidate = GOOD, text: str = TEXT, kind: Kind = Kind.QUESTION, **more: Any) -> str:
    entities = more.pop("entities", ())
    triage = more.pop("triage", Triage(kind, True, False, "ack_question", "", "rasa"))
    given = {"new_ticket": True, "has_media": False, **more}
    return may_answer(triage, given.pop("event", EventKind.MESSAGE), text, entities, candidate, **given)


def test_a_plain_question_with_a_near_entry_may_be_answered() -> None:
    assert decided() == ""


@pytest.mark.parametrize("kind", sorted(set(Kind) - {Kind.QUESTION, Kind.HELP}))
def test_no_other_kind_may(kind: Kind) -> None:
    assert decided(kind=kind) == "kind"


@pytest.mark.parametrize(
    "more",
    [{"new_ticket": False}, {"has_media": True}, {"event": EventKind.COMMENT}, {"event": EventKind.MENTION}, {"event": EventKind.EDIT}],
)
def test_only_a_new_private_message_of_words_alone_may(more: dict[str, Any]) -> None:
    assert decided(**more) != ""


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"nearness": THRESHOLD - 0.001}, "not near"),
        ({"in_force": False}, "entry"),
        ({"contradicted": True}, "entry"),
        ({"switched_on": False}, "off"),
        ({"rival": 0.9}, "rival"),
        ({"question": "2026 年社保卡丢了怎么补办"}, "names"),
    ],
)
def test_the_entry_must_be_near_good_and_alone(changed: dict[str, Any], why: str) -> None:
    assert decided(replace(GOOD, **changed)) == why


def test_at_the_threshold_itself_it_may() -> None:
    assert decided(replace(GOOD, nearness=THRESHOLD)) == ""


@pytest.mark.parametrize(
    "text", ["社保卡丢了怎么补办，2025 年的", "A7区社保卡丢了怎么补办", "社保卡丢了怎么补办，号码１３９１２３４５６７８"]
)
def test_a_number_or_code_the_entry_does_not_know_is_left_to_people(text: str) -> None:
    assert decided(text=text) == "names"


def test_a_place_the_entry_does_not_know_is_left_to_people() -> None:
    assert decided(entities=({"entity": "place", "value": "青山镇"},)) == "names"
    assert decided(entities=({"entity": "time", "value": "昨天"},)) == ""
    assert decided(entities=({"entity": "place", "value": "银行网点"},)) == ""


def test_an_urgent_message_or_one_without_a_ticket_is_not_answered() -> None:
    assert decided(triage=Triage(Kind.QUESTION, True, True, "", "", "rasa")) == "kind"
    assert decided(triage=Triage(Kind.QUESTION, False, False, "", "", "rasa")) == "kind"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("电话 0731-1234567。", "电话 0731-1234568。"),
        ("12 月 1 日截止。", "12 月 31 日截止。"),
        ("可以办理。", "不可以办理。"),
        ("请到社区办理。", "网上预约后携带身份证前往政务大厅二楼窗口。"),
    ],
)
def test_other_figures_negations_or_words_contradict(one: str, other: str) -> None:
    assert contradict(one, other) and contradict(other, one)


@pytest.mark.parametrize(
    ("one", "other"), [("带身份证。", "带 身份证！"), ("请带身份证到银行网点补办", "请带上身份证到银行网点补办卡"), ("", "")]
)
def test_the_same_said_again_does_not(one: str, other: str) -> None:
    assert not contradict(one, other)


@pytest.mark.parametrize("old", list(EntryState))
@pytest.mark.parametrize("new", list(EntryState))
def test_moves_are_those_of_the_table(old: EntryState, new: EntryState) -> None:
    assert may_move(old, new) == (new in MOVES[old])
    assert not may_move(EntryState.PUBLISHED, EntryState.DRAFT) and not may_move(EntryState.DRAFT, EntryState.PUBLISHED)


@pytest.mark.parametrize(
    ("begins", "ends", "use"),
    [
        (None, None, True),
        (date(2026, 11, 20), date(2026, 11, 20), True),
        (date(2026, 11, 21), None, False),
        (None, date(2026, 11, 19), False),
    ],
)
def test_both_days_of_validity_are_included(begins: date | None, ends: date | None, use: bool) -> None:
    assert in_force("published", begins, ends, date(2026, 11, 20)) is use
    assert not in_force("draft", begins, ends, date(2026, 11, 20))


def test_a_threshold_is_the_lowest_from_which_all_higher_ones_hold() -> None:
    rows = [Judged(0.9, True), Judged(0.8, True), Judged(0.7, False), Judged(0.6, True), Judged(0.95, False, passes=False)]
    chosen = choose(curve(rows, 100, (0.6, 0.7, 0.8, 0.9)), 0.99)
    assert chosen is not None and (chosen.threshold, chosen.answered, chosen.right) == (0.8, 2, 2)


def test_where_no_threshold_holds_none_is_chosen() -> None:
    assert choose(curve([Judged(0.9, False)], 10, (0.8,)), 0.99) is None


def test_figures_of_a_threshold_are_honest_about_few_cases() -> None:
    point = Point(0.8, 10, 10, 1000)
    assert point.precision == 1.0 and 0.7 < point.at_least < 0.73
    assert Point(0.8, 10, 5, 1000).decisions_right == 0.995 and point.coverage == 0.01
    assert Point(0.8, 0, 0, 1000).at_least == 0.0
