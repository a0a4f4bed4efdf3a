"""The lint finds what is wrong: each fault is planted and found, with its file and line."""

import json
from pathlib import Path

import pytest

from nlu import lint, similar
from nlu.corpus import Example

ROAD = "人民路口的红绿灯一直闪黄灯，晚上过马路特别危险"


def one(text: str, intent: str = "complaint", subject: str = "transport", topic: str = "transport.roads", line: int = 7) -> Example:
    return Example(text, intent, subject, f"nlu/data/subjects/transport/roads.yml:{line}", topic)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("你好_x000D_请问", "spreadsheet"),
        ("去[北京](city)的火车", "brackets"),
        ("用{entity}骗人", "brackets"),
        ("/restart", "slash"),
        ("／restart", "slash"),
        ("第一行\u2028第二行", "line break"),
        ("# 号开头", "YAML"),
        ("打我电话13800138000", "telephone"),
        ("看 https://example.org", "address"),
    ],
)
def test_a_trap_is_found_with_file_and_line(text: str, said: str) -> None:
    (found,) = lint.traps([one(text)])
    assert found.place == "nlu/data/subjects/transport/roads.yml:7"
    assert said in found.what


def test_a_near_duplicate_is_found() -> None:
    (found,) = lint.alike([one(ROAD, line=7), one(ROAD + "！！", line=9)])
    assert found.place.endswith(":9")
    assert "nearly repeats nlu/data/subjects/transport/roads.yml:7" in found.what


@pytest.mark.parametrize(("label", "value"), [("intent", "help"), ("subject", "justice"), ("topic", "transport.taxi")])
def test_a_contradiction_between_labels_is_found(label: str, value: str) -> None:
    labels = {"intent": "complaint", "subject": "transport", "topic": "transport.roads", label: value}
    (found,) = lint.alike([one(ROAD), one("啊，" + ROAD, **labels)])
    assert f"contradicts nlu/data/subjects/transport/roads.yml:7 in its {label}" in found.what


def test_a_label_that_is_not_given_contradicts_none() -> None:
    assert lint.clash(one(ROAD), Example(ROAD, "complaint", "", "x.yml:1")) == ""


def test_a_leaked_test_sentence_is_found(tmp_path: Path) -> None:
    (tmp_path / "set.jsonl").write_text(json.dumps({"text": "别的话"}) + "\n" + json.dumps({"text": ROAD + "，求求了"}), "utf-8")
    (found,) = lint.leaks([one(ROAD)], tmp_path)
    assert "leaks the test sentence set.jsonl:2" in found.what


def test_the_only_way_to_say_it_is_no_leak(tmp_path: Path) -> None:
    (tmp_path / "set.jsonl").write_text(json.dumps({"text": "救命！"}), "utf-8")
    assert list(lint.leaks([one("救命")], tmp_path)) == []


def test_a_sentence_copied_from_a_real_message_is_found(tmp_path: Path) -> None:
    (tmp_path / "messages.jsonl").write_text(json.dumps({"text": "领导好，" + ROAD + "，请处理，谢谢"}), "utf-8")
    (found,) = lint.copies([one(ROAD)], tmp_path)
    assert "copied from the real message messages.jsonl:1" in found.what


def test_too_few_sentences_of_a_label_are_found() -> None:
    found = [finding.what for finding in lint.counts([one(ROAD)])]
    assert "the topic transport.roads has 1 sentences; 30 are needed" in found
    assert "the intent complaint has 1 sentences; 150 are needed" in found


def test_a_sentence_in_the_wrong_file_is_found() -> None:
    (found,) = lint.misplaced([one(ROAD, topic="transport.taxi")])
    assert "is labelled transport.taxi, but stands among transport.roads" in found.what


def test_templates_and_missing_lengths_are_found() -> None:
    rows = [one(f"请问一下这条路的第{number}个路口什么时候修") for number in range(20)]
    assert "20 of 20 sentences begin with '请问一下'" in next(iter(lint.beginnings(rows))).what
    assert len(list(lint.lengths(rows))) == 2


def test_clean_data_ends_with_0_and_findings_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.yml").write_text("nlu:\n  - intent: chat\n    examples: |\n      - 你好_x000D_\n", "utf-8")
    assert lint.main(["--data", str(tmp_path)]) == 1
    assert "x.yml:4: has a spreadsheet's escape" in capsys.readouterr().out


def test_likeness_goes_from_nothing_to_the_same() -> None:
    assert similar.likeness(similar.grams("路灯坏了"), similar.grams("路灯坏了！")) == 1
    assert similar.likeness(similar.grams("路灯坏了"), similar.grams("公积金")) == 0
    assert similar.likeness(similar.grams(""), similar.grams("")) == 0


def test_no_pair_is_overlooked() -> None:
    texts = ["路灯坏了没人修", "路灯坏了没有人修", "公积金怎么提取", "公积金怎样提取", "医保卡丢了"]
    sets = [similar.grams(text) for text in texts]
    every = {(a, b) for b in range(5) for a in range(b) if similar.likeness(sets[a], sets[b]) >= 0.4}
    assert {(a, b) for a, b, _ in similar.pairs(texts, 0.4)} == every != set()
