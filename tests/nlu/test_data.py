"""Lint of the training data: enough, varied, free of Rasa's traps, and our own words."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from nlu import corpus
from nlu.answer import INTENTS
from nlu.subjects import NONE, all_subjects, name

ROOT = Path(__file__).parents[2]
REAL = ROOT.parent / "shared" / "data"
EXAMPLES = corpus.read()
LEAST = 40
FORBIDDEN = re.compile(r"[\[\]{}()\t\r]|_x000D_|[a-z]+://|1[3-9]\d{9}|\d{17}[\dXx]")


def squeezed(text: str) -> str:
    """Letters and digits only, so that spaces and punctuation hide no copy."""
    return "".join(mark for mark in text if mark.isalnum())


def test_every_intent_of_the_house_has_enough_examples() -> None:
    counts = Counter(example.intent for example in EXAMPLES)
    assert set(counts) == set(INTENTS)
    assert min(counts.values()) >= LEAST


def test_every_subject_has_enough_examples() -> None:
    counts = Counter(example.subject for example in EXAMPLES if example.subject)
    assert set(counts) == {*all_subjects(), NONE}
    assert min(counts.values()) >= LEAST


def test_a_subject_stands_in_the_file_of_its_name() -> None:
    for example in EXAMPLES:
        if example.place.startswith("subjects/"):
            assert example.place.startswith(f"subjects/{example.subject}.yml"), example


def test_no_sentence_stands_twice() -> None:
    counts = Counter(squeezed(example.text) or example.text for example in EXAMPLES)
    assert [text for text, times in counts.items() if times > 1] == []


def test_no_example_breaks_rasas_format_or_holds_personal_data() -> None:
    assert [example.place for example in EXAMPLES if FORBIDDEN.search(example.text)] == []


def test_no_example_is_read_as_a_command() -> None:
    assert [example.place for example in EXAMPLES if example.text[0] in "/／#&*!|>%@`'\"-?:,"] == []


def test_sentences_differ_in_how_they_begin() -> None:
    starts = Counter(example.text[:4] for example in EXAMPLES if len(example.text) > 12)
    assert max(times / len(EXAMPLES) for times in starts.values()) < 0.03


def test_no_sentence_is_copied_from_the_real_messages() -> None:
    if not REAL.is_dir():
        pytest.skip("the real messages are not here: ../shared/data is not part of the repository")
    rows = [json.loads(line) for path in ("messages.jsonl", "stream.jsonl") for line in (REAL / path).read_text("utf-8").splitlines()]
    real = "\n".join(squeezed(row.get("title", "") + " " + row["text"]) for row in rows)
    copied = [one.text for one in EXAMPLES if len(squeezed(one.text)) >= 12 and squeezed(one.text) in real]
    assert copied == []


def test_the_reader_refuses_other_shapes(tmp_path: Path) -> None:
    (tmp_path / "x.yml").write_text("nlu:\n  - intent: a\n    examples: |\n    - no indent\n", "utf-8")
    with pytest.raises(corpus.DataError, match=r"x\.yml:4"):
        corpus.read(tmp_path)


def test_subjects_have_names_in_both_languages() -> None:
    assert len(all_subjects()) == 15
    assert name("health") == "卫生计生"
    assert name("health", "en") == "Health"
    assert name("") == name("unknown") == ""
