"""The sums behind the figures."""

import json
from pathlib import Path

import pytest

from nlu import corpus, evaluate
from nlu.corpus import Example


def many(count: int, intent: str, subject: str = "") -> list[Example]:
    return [Example(f"{intent}{subject}{number}", intent, subject, "x.yml:1") for number in range(count)]


def test_the_split_is_the_same_each_time_and_loses_nothing() -> None:
    examples = corpus.read()
    kept, held = evaluate.split(examples)
    assert evaluate.split(examples) == (kept, held)
    assert sorted(one.text for one in kept + held) == sorted(one.text for one in examples)


def test_the_split_shares_every_pair_of_labels_out_alike() -> None:
    kept, held = evaluate.split(many(10, "question", "health") + many(5, "thanks"))
    assert [(one.intent, one.subject) for one in held].count(("question", "health")) == 2
    assert [one.intent for one in held].count("thanks") == 1
    assert len(kept) == 12


def test_macro_f1_counts_every_label_alike() -> None:
    found = evaluate.score(["a", "a", "a", "b"], ["a", "a", "b", "c"])
    assert found.macro_f1 == pytest.approx((2 * 2 / 5 + 0) / 2)
    assert found.accuracy == 0.5
    assert found.worst[0] == ("b", 0.0)


def test_percentiles_are_values_that_were_measured() -> None:
    assert evaluate.percentile([5.0, 1.0, 3.0], 0.5) == 3.0
    assert evaluate.percentile([5.0, 1.0, 3.0], 0.99) == 5.0
    assert evaluate.percentile([], 0.5) == 0.0


def test_written_examples_are_read_back(tmp_path: Path) -> None:
    examples = many(2, "question", "health") + many(2, "chat")
    evaluate.write(examples, tmp_path / "train.yml")
    assert [(one.text, one.intent, one.subject) for one in corpus.read(tmp_path)] == [
        (one.text, one.intent, one.subject) for one in examples
    ]


def test_labelled_lines_may_carry_chinese_names_or_ids(tmp_path: Path) -> None:
    rows = [
        {"text": "一", "label": "卫生计生"},
        {"text": "二", "label": "health", "raw": True},
        {"text": "三", "label": "health", "raw": False},
        {"text": "四", "label": "外星事务"},
    ]
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n", "utf-8")
    assert evaluate.labelled(path) == [("一", "health"), ("二", "health")]
