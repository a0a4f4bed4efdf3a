"""Check what Rasa's /model/parse answered before anybody believes it."""

import math
from collections.abc import Collection, Mapping
from typing import Any

from policies.facts import Kind, Understanding

INTENTS = frozenset(kind.value for kind in Kind)
NO_SUBJECT = "none"


class WrongAnswerError(Exception):
    """The answer is not one our model can give. The text says why, for staff and logs."""


def read(answer: Any, subjects: Collection[str]) -> Understanding:
    """The Understanding in a parsed JSON answer. Raises WrongAnswerError; an unknown intent or subject is one."""
    if not isinstance(answer, Mapping):
        raise WrongAnswerError("not an object")
    intent, confidence = _label(answer, "intent")
    if intent not in INTENTS:
        raise WrongAnswerError(f"unknown intent {intent[:40]!r}")
    subject, subject_confidence = _label(answer, "subject")
    if subject not in subjects and subject != NO_SUBJECT:
        raise WrongAnswerError(f"unknown subject {subject[:40]!r}")
    return Understanding(
        intent=intent,
        intent_confidence=confidence,
        subject="" if subject == NO_SUBJECT else subject,
        subject_confidence=subject_confidence,
        source="rasa",
        entities=_entities(answer.get("entities")),
        model=str(answer.get("model") or "")[:64],
    )


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
    if not isinstance(found, list):
        return ()
    return tuple(one for one in found if isinstance(one, Mapping) and isinstance(one.get("entity"), str))
