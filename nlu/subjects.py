"""The subjects a message can be about and the topics within them: ids and names, from subjects.toml."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

NONE = "none"
"""The label of training examples that are about nothing (greetings, thanks); an Understanding then says ""."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One second-level topic. `id` is the full one, "transport.taxi"; `covers` tells people what belongs there."""

    id: str
    subject: str
    zh: str
    en: str
    covers: str
    filed: str = ""  # its name in the common directory of petition platforms


@dataclass(frozen=True, slots=True)
class Subject:
    """One first-level subject with its topics, in the order of the file."""

    id: str
    zh: str
    en: str
    topics: tuple[Topic, ...] = ()


@cache
def all_subjects() -> dict[str, Subject]:
    """Every subject by id, in the order of the file."""
    rows = tomllib.loads((Path(__file__).parent / "subjects.toml").read_text("utf-8"))
    return {
        key: Subject(
            key,
            row["zh"],
            row["en"],
            tuple(
                Topic(f"{key}.{own}", key, one["zh"], one["en"], one["covers"], one.get("filed", one["zh"]))
                for own, one in row.get("topics", {}).items()
            ),
        )
        for key, row in rows.items()
    }


@cache
def topics() -> dict[str, Topic]:
    """Every topic by its full id, in the order of the file."""
    return {topic.id: topic for subject in all_subjects().values() for topic in subject.topics}


def name(key: str, language: str = "zh") -> str:
    """The name of a subject ("transport") or topic ("transport.taxi") for a screen; an unknown or empty id gives ""."""
    found = topics().get(key) or all_subjects().get(key)
    if found is None:
        return ""
    return found.en if language.startswith("en") else found.zh
