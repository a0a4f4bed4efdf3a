"""When a new model may take the place of the old one."""

import pytest

from policies.learning import Figure, Guard, is_held_out, promotes, rules

OLD = {name: Figure(0.9, 300) if guard.better == "higher" else Figure(0.1, 300) for name, guard in rules().guards.items()}


def with_figure(name: str, value: float, of: int = 300) -> dict[str, Figure]:
    return {**OLD, name: Figure(value, of)}


def test_a_model_as_good_is_promoted() -> None:
    assert promotes(OLD, OLD, rules().guards) == ()


@pytest.mark.parametrize("name", list(rules().guards))
def test_a_figure_that_is_worse_than_its_tolerance_is_in_the_way(name: str) -> None:
    guard = rules().guards[name]
    sign = -1 if guard.better == "higher" else 1
    worse = promotes(OLD, with_figure(name, OLD[name].value + sign * (guard.tolerance + 0.01)), rules().guards)
    assert [(one.name, one.old) for one in worse] == [(name, OLD[name].value)]


@pytest.mark.parametrize("name", list(rules().guards))
def test_a_figure_within_its_tolerance_or_better_is_not(name: str) -> None:
    guard = rules().guards[name]
    sign = 1 if guard.better == "higher" else -1
    assert promotes(OLD, with_figure(name, OLD[name].value - sign * guard.tolerance), rules().guards) == ()
    assert promotes(OLD, with_figure(name, OLD[name].value + sign * 0.05), rules().guards) == ()


def test_not_one_call_for_help_less_and_not_one_question_dismissed_more() -> None:
    assert promotes(OLD, with_figure("emergencies", 0.9 - 1 / 300), rules().guards)
    assert promotes(OLD, with_figure("dismissed", 0.1 + 1 / 300), rules().guards)


def test_too_few_texts_say_nothing() -> None:
    few = {**OLD, "recent_subject": Figure(0.9, 5)}
    assert promotes(few, {**few, "recent_subject": Figure(0.0, 5)}, rules().guards) == ()


def test_what_the_old_model_has_and_the_new_one_lacks_is_in_the_way() -> None:
    lacking = {name: figure for name, figure in OLD.items() if name != "emergencies"}
    assert [one.new for one in promotes(OLD, lacking, rules().guards)] == [None]
    assert promotes(OLD, with_figure("emergencies", 1.0, of=10), rules().guards)


def test_one_correction_in_five_is_only_tested_on_and_stays_so() -> None:
    assert [number for number in range(1, 16) if is_held_out(number, 5)] == [5, 10, 15]
    assert not any(is_held_out(number, 0) for number in range(20))


def test_a_pack_of_its_own_is_read() -> None:
    pack = {
        "training": {
            "copies": {"value": 1, "source": "x"},
            "held_out": {"value": 2, "source": "x"},
            "longest": {"value": 9, "source": "x"},
        },
        "figures": {
            "intent": {
                "better": {"value": "higher", "source": "x"},
                "tolerance": {"value": 0, "source": "x"},
                "least": {"value": 1, "source": "x"},
            }
        },
    }
    assert rules(pack).guards == {"intent": Guard("higher", 0, 1)}
