"""Choosing thresholds: within the bounds, as good as the texts allow, told by texts the choice has not seen."""

import pytest

from policies import choosing
from policies.choosing import Case, at_most, dismissal, doubt, emergencies, rewritten
from policies.facts import Understanding
from policies.rulepack import FOLDER, parse, values
from policies.triage import DEFAULT


def danger(probability: float, text: str = "屋后的坡又走了") -> Case:
    return Case(text, Understanding("complaint", 0.8, "rural", 0.8, "rasa", emergency=probability))


def test_the_highest_recall_within_the_bound_on_false_alarms_is_chosen() -> None:
    urgent = [danger(0.06)] * 80 + [danger(0.001)] * 20
    calm = [danger(0.04)] * 10 + [danger(0.0)] * 90
    found = emergencies(urgent, {"messages": calm}, DEFAULT)
    assert found.chosen.emergency == 0.05
    assert (found.recall, found.alarms["messages"]) == (0.8, 0.0)


def test_the_figures_are_those_of_the_other_half() -> None:
    urgent = [danger(0.9), danger(0.0)] * 50
    found = emergencies(urgent, {"messages": [danger(0.0)] * 100}, DEFAULT)
    assert (found.recall, found.counts) == (0.0, {"urgent": 50, "messages": 50})


def test_where_the_goal_is_reached_anyway_the_fewest_alarms_are_chosen() -> None:
    calm = [danger(0.1)] * 4 + [danger(0.0)] * 396
    found = emergencies([danger(0.9)] * 100, {"messages": calm}, DEFAULT)
    assert found.alarms["messages"] == 0.0
    assert found.chosen.emergency > 0.1


def test_a_set_that_is_not_bounded_only_tells() -> None:
    near = [danger(0.9)] * 100
    found = emergencies([danger(0.9)] * 100, {"messages": [danger(0.0)] * 100, "near": near}, DEFAULT)
    assert (found.recall, found.alarms["near"]) == (1.0, 1.0)


def thanks(confidence: float) -> Case:
    return Case("谢谢辛苦了各位", Understanding("thanks", confidence, "", 0.9, "rasa"))


def test_dismissal_is_as_bold_as_the_real_messages_allow() -> None:
    calm = [danger(0.0)] * 3000
    assert dismissal([*calm, *[thanks(0.82)] * 50], DEFAULT)[0].dismiss == 0.85
    assert dismissal([*calm], DEFAULT)[0].dismiss == 0.6


def test_a_handful_of_messages_proves_nothing_so_the_strictest_is_taken() -> None:
    chosen, lost = dismissal([danger(0.0)] * 20, DEFAULT)
    assert (chosen.dismiss, lost) == (max(choosing.DISMISS), 0)


def unsure(confidence: float) -> Case:
    return Case("亖亖亖", Understanding("complaint", confidence, "rural", confidence, "rasa"))


def test_noise_is_caught_as_long_as_real_messages_are_not() -> None:
    real = [unsure(0.9)] * 490 + [unsure(0.44)] * 10
    chosen, caught, held = doubt(real, [unsure(0.38)] * 40, DEFAULT)
    assert (caught, held) == (1.0, 0.0)
    assert (chosen.unclear_intent, chosen.unclear_subject) == (0.4, 0.4)


def test_the_interval_shrinks_with_the_number_of_texts() -> None:
    assert at_most(0, 0) == 1.0
    assert at_most(0, 8230) < 0.0004 < at_most(8, 8230) < at_most(8, 100)


PACK = (FOLDER / "triage.toml").read_text("utf-8")


def test_the_pack_is_rewritten_with_its_evidence_and_nothing_else_changes() -> None:
    made = rewritten(PACK, {"dismiss": (0.9, '[M] 3 of 8,230 "real"\nones'), "emergency": (0.015, "[M] x")})
    found = parse(made, "pack")["thresholds"]
    assert (found["dismiss"]["value"], found["dismiss"]["source"], found["emergency"]["value"]) == (
        0.9,
        "[M] 3 of 8,230 'real' ones",
        0.015,
    )
    changed = [(a, b) for a, b in zip(PACK.splitlines(), made.splitlines(), strict=True) if a != b]
    assert len(changed) == 2


def test_a_pack_without_the_line_is_left_alone() -> None:
    with pytest.raises(ValueError, match="nothing: 0 lines"):
        rewritten(PACK, {"nothing": (0.5, "[M]")})


def test_the_thresholds_in_use_are_those_of_the_pack() -> None:
    assert values(parse(PACK, "pack"))["thresholds"]["dismiss"] == DEFAULT.dismiss
