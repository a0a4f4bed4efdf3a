"""Labelled files as people have them, and how their texts and labels reach Rasa unharmed."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu import corpus
from nlu.evaluation import examples
from nlu.evaluation.examples import BadInput, Labels, Line, Row
from tests.nlu.test_hostile import HOSTILE

BAD = [
    ("nonsense", "不是合法的 JSON"),
    ('{"text": "a"}', "缺少字段 label"),
    ('{"label": "a"}', "缺少字段 text"),
    ('{"text": 1, "label": "a"}', "text 应为字符串"),
    ('{"text": "a", "label": null}', "label 应为"),
    ('{"text": "a", "label": true}', "label 应为"),
    ('["a", "b"]', "应为带 text 和 label 的对象"),
    ("[" * 100_000, "不是合法的 JSON"),
    ('{"text": "a", "label": "b"', "不是合法的 JSON"),
]


def lines(folder: Path, content: str | bytes) -> list[Line]:
    path = folder / "一 file.jsonl"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return examples.read_lines(path)


@pytest.mark.parametrize(("bad", "said"), BAD)
def test_a_bad_line_is_told_with_its_number(tmp_path: Path, bad: str, said: str) -> None:
    with pytest.raises(BadInput, match=said) as found:
        lines(tmp_path, '{"text": "a", "label": "b"}\n\n' + bad + "\n")
    assert "第 3 行 (line 3)" in str(found.value)


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xff\xfe{}", "文".encode("gbk")])
def test_a_file_that_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(BadInput):
        lines(tmp_path, content)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(BadInput, match=str(path)):
            examples.read_lines(path)


def test_windows_files_extra_fields_and_numbers_as_labels_are_read(tmp_path: Path) -> None:
    found = lines(tmp_path, '\ufeff{"text": "甲\\u2028乙", "label": 3, "id": [1]}\r\n\r\n{"label": "乙/丙", "text": "", "raw": false}\r\n')
    assert found == [Line("甲\u2028乙", "3", 1), Line("", "乙/丙", 3, raw=False)]


@given(st.lists(st.text(), min_size=1))
def test_every_label_comes_back_from_its_code(given_labels: list[str]) -> None:
    labels = Labels.of(given_labels)
    assert [labels.label(labels.code(one)) for one in given_labels] == given_labels
    assert all(labels.code(one).isascii() and labels.code(one).isalnum() for one in given_labels)


@pytest.mark.parametrize("code", ["", "label", "label99", "label-1", "x00000", None, 3, "label²"])
def test_a_code_of_somebody_elses_is_no_label(code: object) -> None:
    assert Labels.of(["a", "b"]).label(code) is None


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_reaches_rasa_as_one_string(tmp_path: Path, text: str) -> None:
    rows = examples.rows_of([Line(text, "标签", 1)], Labels(("标签",)), "intent")
    examples.write_training(rows, tmp_path / "train.json")
    stored = json.loads((tmp_path / "train.json").read_text("utf-8"))["rasa_nlu_data"]["common_examples"]
    assert stored == [{"text": row.text, "intent": "label00000"} for row in rows]


def test_other_axes_than_rasas_own_are_metadata(tmp_path: Path) -> None:
    examples.write_training([Row("的士拒载", {"intent": "complaint", "subject": "transport"})], tmp_path / "t.json")
    stored = json.loads((tmp_path / "t.json").read_text("utf-8"))["rasa_nlu_data"]["common_examples"][0]
    assert stored == {"text": "的士拒载", "intent": "complaint", "example_metadata": {"subject": "transport"}}


def test_what_is_not_read_as_it_stands_is_counted() -> None:
    given_lines = [Line("平常的话", "a", 1), Line("/斜线", "a", 2), Line("长" * 9000, "a", 3), Line("\u200b", "a", 4)]
    assert examples.changed(given_lines) == {"altered": 3, "shortened": 1, "empty": 1}


def test_the_held_out_fifth_of_our_own_data_does_not_move_when_others_are_added() -> None:
    own = corpus.read()
    kept, held = examples.split_own(own)
    assert {one.text for one in kept} & {one.text for one in held} == set()
    assert 0.17 < len(held) / len(own) < 0.23
    assert [one.text for one in examples.split_own(own[::3])[1]] == [one.text for one in own[::3] if one in held]


def test_no_test_text_of_the_real_messages_is_trained_on() -> None:
    given_lines = [Line(f"话{number % 47}", "a", number + 1, raw=number % 2 == 0) for number in range(60)]
    kept, held = examples.split_real(given_lines)
    assert kept and held and {one.text for one in kept} & {one.text for one in held} == set()
    assert all(one.raw for one in held)
