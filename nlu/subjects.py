"""The subjects a message can be about: ids and names, from subjects.toml."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

NONE = "none"
"""The label of training examples that are about nothing (greetings, thanks); an Understanding then says ""."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One first-level subject."""

    id: str
    zh: str
    en: str


@cache
def all_subjects() -> dict[str, Subject]:
    """Every subject by id, in the order of the file."""
    rows = tomllib.loads((Path(__file__).parent / "subjects.toml").read_text("utf-8"))
    return {key: Subject(key, row["zh"], row["en"]) for key, row in rows.items()}


def name(subject: str, language: str = "zh") -> str:
    """The subject's name for a screen; an unknown or empty id gives ""."""
    found = all_subjects().get(subject)
    if found is None:
        return ""
    return found.en if language.startswith("en") else found.zh
