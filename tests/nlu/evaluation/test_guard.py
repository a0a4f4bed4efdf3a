"""The figures that decide whether a newer model may take over."""

from pathlib import Path

import pytest

from nlu.evaluation import guard
from nlu.evaluation.examples import BadInput
from nlu.evaluation.guard import Labelled


def read(intent: str, subject: str = "none", sure: float = 0.9) -> dict[str, object]:
    return {"intent": {"name": intent, "confidence": sure}, "subject": {"name": subject, "confidence": sure}}


ROWS = [
    Labelled("救命", {"intent": "emergency"}),
    Labelled("着火了", {"intent": "emergency", "subject": "justice"}),
    Labelled("办证", {"intent": "question", "subject": "justice"}),
    Labelled("你好", {"intent": "chat"}),
]


def test_urgent_calls_and_false_alarms_are_told_apart() -> None:
    found = guard.figures(ROWS, [read("emergency"), read("chat"), read("emergency"), read("chat")])
    assert (found["emergency_recall"], found["emergency_false_alarms"]) == (0.5, 0.5)


def test_only_labelled_axes_are_judged() -> None:
    found = guard.figures(ROWS, [read("emergency", "justice")] * 4)
    assert found["subject"]["texts"] == 2 and found["subject"]["macro_f1"] == 1 and found["intent"]["accuracy"] == 0.5
    assert "topic" not in found


def test_a_text_without_an_answer_counts_as_wrong() -> None:
    found = guard.figures(ROWS, [None, {}, {"intent": {"name": None}}, {"intent": "x"}])
    assert found["intent"]["accuracy"] == 0 and found["emergency_recall"] == 0


def test_a_set_is_read_and_a_bad_line_told(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text('{"text": "甲", "intent": "chat", "topic": "", "subject": null}\n\n{"label": 1}\n', "utf-8")
    with pytest.raises(BadInput, match="第 3 行"):
        guard.read_set(path)
    path.write_text(path.read_text("utf-8").splitlines()[0], "utf-8")
    assert guard.read_set(path) == [Labelled("甲", {"intent": "chat"})]
    with pytest.raises(BadInput):
        guard.read_set(tmp_path / "nothing")
