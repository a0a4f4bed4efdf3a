"""Check what Rasa's /model/parse answered before anybody believes it."""

import math
from collections.abc import Collection, Mapping
from typing import Any

from nlu.entities import KINDS, find
from policies.facts import Kind, Understanding

INTENTS = frozenset(kind.value for kind in Kind)
NO_SUBJECT = "none"
MOST_ENTITIES = 60
LONGEST_VALUE = 200


class WrongAnswerError(Exception):
    """The answer is not one our model can give. The text says why, for staff and logs."""


def read(answer: Any, subjects: Collection[str], topics: Collection[str] = ()) -> Understanding:
    """The Understanding in a parsed JSON answer. Raises WrongAnswerError; an unknown intent, subject or topic is one.

    A model without topics gives none; a topic of another subject than the one found is dropped, since staff would not believe either.
    """
    if not isinstance(answer, Mapping):
        raise WrongAnswerError("not an object")
    intent, confidence = _label(answer, "intent")
    if intent not in INTENTS:
        raise WrongAnswerError(f"unknown intent {intent[:40]!r}")
    subject, subject_confidence = _label(answer, "subject")
    if subject not in subjects and subject != NO_SUBJECT:
        raise WrongAnswerError(f"unknown subject {subject[:40]!r}")
    topic, topic_confidence = _topic(answer, subject, topics)
    return Understanding(
        intent=intent,
        intent_confidence=confidence,
        subject="" if subject == NO_SUBJECT else subject,
        subject_confidence=subject_confidence,
        source="rasa",
        entities=_entities(answer.get("entities")),
        model=str(answer.get("model") or "")[:64],
        topic=topic,
        topic_confidence=topic_confidence,
        emergency=_emergency(answer.get("intent_ranking"), confidence if intent == Kind.EMERGENCY else 0.0),
    )


def _emergency(ranking: Any, found: float) -> float:
    """How probable an emergency is, also where another intent came out: Rasa's ranking holds the likeliest few."""
    rows = [row for row in ranking if isinstance(row, Mapping)] if isinstance(ranking, list) else []
    told = [row.get("confidence") for row in rows if row.get("name") == Kind.EMERGENCY]
    sure = [float(one) for one in told if isinstance(one, int | float) and not isinstance(one, bool) and 0 <= one <= 1]
    return max([found, *sure])


def _topic(answer: Mapping[str, Any], subject: str, topics: Collection[str]) -> tuple[str, float]:
    if answer.get("topic") is None:
        return "", 0.0
    topic, confidence = _label(answer, "topic")
    if topic not in topics and topic not in ("", NO_SUBJECT):
        raise WrongAnswerError(f"unknown topic {topic[:40]!r}")
    return (topic, confidence) if topic.partition(".")[0] == subject and topic != NO_SUBJECT else ("", 0.0)


def _label(answer: Mapping[str, Any], key: str) -> tuple[str, float]:
    found = answer.get(key)
    if not isinstance(found, Mapping) or not isinstance(found.get("name"), str):
        raise WrongAnswerError(f"no {key}")
    confidence = found.get("confidence")
    if isinstance(confidence, bool) or not isinstance(confidence, int | float):
        raise WrongAnswerError(f"{key} without a confidence")
    if not math.isfinite(confidence) or not 0 <= confidence <= 1 + 1e-6:
        raise WrongAnswerError(f"{key} confidence outside 0..1")
    return found["name"], min(1.0, float(confidence))


def _entities(found: Any) -> tuple[Mapping[str, Any], ...]:
    """What is stored with the message: of each only what staff need, and no more of them than anybody reads."""
    rows = (_entity(one) for one in found if isinstance(one, Mapping)) if isinstance(found, list) else ()
    return tuple(one for one in rows if one)[:MOST_ENTITIES]


def entities_of(text: str, read: str, told: tuple[Mapping[str, Any], ...]) -> tuple[Mapping[str, Any], ...]:
    """The entities of a message as it is stored, for staff and incidents; `told`: those in Rasa's answer about the text `read`.

    Where Rasa was given a tidied text (nlu/prepare.py), its offsets do not fit: our kinds are found anew in the text itself. Of other
    kinds, which an installation's own extractor may add, those stay whose value stands in the text.
    """
    as_given = text == read
    own: list[Mapping[str, Any]] = [] if as_given else list(find(text))
    for one in told:
        start = _place(text, one) if as_given or one["entity"] not in KINDS else -1
        if start >= 0:
            own.append({**one, "start": start, "end": start + len(one["value"])})
    return tuple(own[:MOST_ENTITIES])


def _place(text: str, one: Mapping[str, Any]) -> int:
    """Where the value stands in the text; -1: nowhere."""
    start, value = one["start"], one["value"]
    if not value:
        return -1
    return start if start >= 0 and text.startswith(value, start) else text.find(value)


def _entity(one: Mapping[str, Any]) -> Mapping[str, Any]:
    kind, value, start, end = (one.get(key) for key in ("entity", "value", "start", "end"))
    if not isinstance(kind, str) or not kind or not isinstance(value, str) or not isinstance(start, int) or not isinstance(end, int):
        return {}
    return {"entity": kind[:40], "value": value[:LONGEST_VALUE], "start": start, "end": end}
