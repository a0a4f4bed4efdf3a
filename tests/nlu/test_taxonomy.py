"""The taxonomy is told completely, and the page in docs is up to date."""

from pathlib import Path

from nlu import taxonomy
from nlu.subjects import all_subjects, topics
from policies.facts import Kind

PAGE = Path(__file__).parents[2] / "docs" / "taxonomy.md"


def test_every_kind_is_explained_with_an_example_in_both_languages() -> None:
    assert {one.id for one in taxonomy.intents()} == {kind.value for kind in Kind}
    assert all(all((one.zh, one.en, one.covers, one.means, one.example, one.english)) for one in taxonomy.intents())


def test_every_topic_shows_examples_that_the_model_learned() -> None:
    learned = taxonomy.learned()
    assert all(learned[topic].examples and learned[topic].count >= 30 for topic in topics())


def test_every_topic_names_its_place_in_the_common_directory() -> None:
    filed = [(topic.subject, topic.filed) for topic in topics().values()]
    assert len(set(filed)) == len(filed) == 103


def test_the_page_in_docs_is_the_one_the_files_give() -> None:
    assert PAGE.read_text("utf-8") == taxonomy.page(), "python -m nlu.taxonomy > docs/taxonomy.md"
    assert all(subject.zh in PAGE.read_text("utf-8") for subject in all_subjects().values())
