"""Understanding without Rasa: words from keywords.toml, in an order in which a miss does the least harm.

Emergencies come first. "No question" kinds are only chosen for short texts without any cue of a question, and always with
a confidence that no rule should dismiss on.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from nlu.entities import find
from nlu.prepare import prepare
from policies.facts import Understanding

SOURCE = "fallback"


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads((Path(__file__).parent / "keywords.toml").read_text("utf-8"))


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str], float, int], ...]:
    """(intent, pattern, confidence, longest text it may decide on; 0 = any), in the order of the file."""
    rules = _table()["intents"]
    return tuple((rule["intent"], re.compile("|".join(rule["words"])), rule["confidence"], rule.get("up_to", 0)) for rule in rules)


@cache
def _subjects() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile("|".join(words))) for name, words in _table()["subjects"].items())


def understand(text: str, note: str = "") -> Understanding:
    """Classify by words, with the entities of the text as given. `note` says why Rasa was not asked. Never raises."""
    plain = prepare(text).lower()
    intent, confidence = _intent(plain)
    subject, subject_confidence = _subject(plain)
    urgent = confidence if intent == "emergency" else 0.0
    return Understanding(intent, confidence, subject, subject_confidence, SOURCE, find(text), note=note, emergency=urgent)


def _intent(text: str) -> tuple[str, float]:
    letters = [mark for mark in text if mark.isalpha()]
    if not letters:
        return "chat", _table()["empty_confidence"]
    for intent, pattern, confidence, up_to in _patterns():
        if (not up_to or len(text) <= up_to) and pattern.search(text):
            return intent, confidence
    return "question", _table()["else_confidence"]


def _subject(text: str) -> tuple[str, float]:
    """The subject with the most different words in the text; sure only as far as it stands out."""
    counts = {name: len(set(pattern.findall(text))) for name, pattern in _subjects()}
    best = max(counts, key=counts.__getitem__)
    total = sum(counts.values())
    if not total:
        return "", 0.0
    return best, round(min(0.6, 0.6 * counts[best] / total), 2)


def is_emergency(text: str) -> bool:
    """Whether the emergency words alone would say so; for a second look at what Rasa found."""
    return _intent(prepare(text).lower())[0] == "emergency"
