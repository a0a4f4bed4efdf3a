"""The training data in nlu/data is enough, varied, free of Rasa's traps and our own words: the lint finds nothing."""

from collections import defaultdict
from pathlib import Path

import pytest

from nlu import corpus, lint
from nlu.subjects import NONE, all_subjects, name, topics

EXAMPLES = corpus.read()


def test_the_lint_finds_nothing_in_our_data() -> None:
    assert lint.check(EXAMPLES, real=Path("/nowhere")) == []


def test_no_sentence_is_copied_from_the_real_messages() -> None:
    if not lint.REAL.is_dir():
        pytest.skip("the real messages are not here: ../shared/data is not part of the repository")
    assert list(lint.copies(EXAMPLES, lint.REAL)) == []


def test_every_subject_and_topic_has_its_own_file() -> None:
    files = {path.relative_to(corpus.DATA / "subjects").with_suffix("").as_posix() for path in corpus.DATA.glob("subjects/*/*.yml")}
    assert files - {f"{subject}/general" for subject in all_subjects()} == {topic.replace(".", "/") for topic in topics()}


def test_every_file_holds_several_kinds_of_request() -> None:
    kinds: dict[str, set[str]] = defaultdict(set)
    for one in EXAMPLES:
        kinds[one.place.partition(":")[0]].add(one.intent)
    for path in corpus.DATA.glob("subjects/*/*.yml"):
        assert len(kinds[f"nlu/data/subjects/{path.parent.name}/{path.name}"]) >= (1 if path.stem == "general" else 3), path


def test_sentences_about_nothing_are_the_small_talk_kinds() -> None:
    assert {one.intent for one in EXAMPLES if one.subject == NONE} >= {"chat", "thanks", "abuse", "advertisement"}


def test_the_reader_refuses_other_shapes(tmp_path: Path) -> None:
    (tmp_path / "x.yml").write_text("nlu:\n  - intent: a\n    examples: |\n    - no indent\n", "utf-8")
    with pytest.raises(corpus.DataError, match=r"x\.yml:4"):
        corpus.read(tmp_path)


def test_subjects_have_names_in_both_languages() -> None:
    assert len(all_subjects()) == 15
    assert name("health") == "卫生计生"
    assert name("health", "en") == "Health"
    assert name("") == name("unknown") == ""


def test_every_topic_says_what_it_covers() -> None:
    assert len(topics()) == 103
    assert all(topic.zh and topic.en and topic.covers for topic in topics().values())
