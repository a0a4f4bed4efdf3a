"""What is believed of Rasa's answer about danger."""

from typing import Any

import pytest

from nlu.answer import read

GOOD: dict[str, Any] = {"intent": {"name": "help", "confidence": 0.7}, "subject": {"name": "none", "confidence": 0.9}}


def danger(ranking: Any, intent: str = "help", confidence: float = 0.7) -> float:
    return read({**GOOD, "intent": {"name": intent, "confidence": confidence}, "intent_ranking": ranking}, set()).emergency


def test_the_probability_of_an_emergency_is_read_also_where_another_intent_is_likelier() -> None:
    assert danger([{"name": "help", "confidence": 0.7}, {"name": "emergency", "confidence": 0.2}]) == 0.2


def test_without_a_ranking_the_intent_alone_tells() -> None:
    assert [danger(None), danger(None, "emergency", 0.6), danger([], "emergency", 0.6)] == [0.0, 0.6, 0.6]


@pytest.mark.parametrize(
    "ranking",
    [
        "emergency",
        {"emergency": 1},
        [None, 3, "emergency"],
        [{"name": "emergency"}],
        [{"name": "emergency", "confidence": "1"}],
        [{"name": "emergency", "confidence": True}],
        [{"name": "emergency", "confidence": float("nan")}],
        [{"name": "emergency", "confidence": 7}],
        [{"name": ["emergency"], "confidence": 0.9}],
    ],
)
def test_a_ranking_that_is_none_frightens_nobody(ranking: Any) -> None:
    assert danger(ranking) == 0.0
