"""The texts models are compared on, none of which any model was trained on, and the figures that come of it."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings

from bot.learning.export import Sentence
from nlu import corpus, train
from nlu.evaluation.metrics import per_class
from nlu.subjects import NONE
from policies.facts import EventKind, Kind, Understanding
from policies.learning import NO_QUESTION, Figure
from policies.triage import DEFAULT, decide


@dataclass(frozen=True, slots=True)
class Trial:
    """One text with what it is. "" where that is not known."""

    group: str  # own, emergencies, not_urgent, recent
    text: str
    intent: str = ""
    subject: str = ""


@cache
def fixed() -> tuple[Trial, ...]:
    """The fixed set: sentences of ours kept out of every training, and the written sets of emergencies and near misses."""
    own = [one for one in corpus.read(train.data_folder(settings.ROOT)) if train.is_held_out(one.text)]
    trials = [Trial("own", one.text, one.intent, one.subject) for one in own]
    for group in ("emergencies", "not_urgent"):
        trials += [Trial(group, text) for text in _texts(settings.NLU_SETS / f"{group}.jsonl")]
    return tuple(trials)


def _texts(path: Path) -> Iterable[str]:
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    return [str(json.loads(line)["text"]) for line in lines if line.strip()]


def test_texts() -> frozenset[str]:
    """Every text of the fixed set, which nothing may be taught."""
    return frozenset(trial.text for trial in fixed())


def recent(tested: Sequence[Sentence]) -> tuple[Trial, ...]:
    """The recent set: corrections kept out of the training."""
    return tuple(Trial("recent", one.text, one.intent, one.subject) for one in tested)


def figures(trials: Sequence[Trial], read: Sequence[Understanding]) -> dict[str, Figure]:
    """The figures of policies.learning from what a model made of the texts."""
    pairs = list(zip(trials, read, strict=True))
    own = [pair for pair in pairs if pair[0].group == "own"]
    about = [(trial, one) for trial, one in own if trial.subject]
    late = [pair for pair in pairs if pair[0].group == "recent"]
    late_about = [(trial, one) for trial, one in late if trial.subject]
    found = {
        "intent": _macro_f1([(trial.intent, one.intent) for trial, one in own]),
        "subject": _macro_f1([(trial.subject, one.subject or NONE) for trial, one in about]),
        "emergencies": _share([_is_emergency(one) for trial, one in pairs if trial.group == "emergencies"]),
        "false_alarms": _share([_is_emergency(one) for trial, one in pairs if trial.group == "not_urgent"]),
        "dismissed": _share([_is_dismissed(trial, one) for trial, one in pairs if _is_question(trial)]),
        "recent_intent": _share([trial.intent == one.intent for trial, one in late]),
        "recent_subject": _share([trial.subject == (one.subject or NONE) for trial, one in late_about]),
    }
    return {name: figure for name, figure in found.items() if figure.of}


def _is_question(trial: Trial) -> bool:
    return (trial.group != "own" and trial.group != "recent") or trial.intent not in NO_QUESTION


def _is_emergency(read: Understanding) -> bool:
    return read.intent == Kind.EMERGENCY and read.intent_confidence >= DEFAULT.emergency


def _is_dismissed(trial: Trial, read: Understanding) -> bool:
    made = decide(read, text=trial.text, kind=EventKind.MESSAGE, has_media=False, joins_open_ticket=False)
    return not made.makes_ticket


def _macro_f1(pairs: Sequence[tuple[str, str]]) -> Figure:
    truth, found = [one for one, _ in pairs], [other for _, other in pairs]
    classes = per_class(truth, found, sorted(set(truth)))
    return Figure(round(sum(one.f1 for one in classes) / len(classes), 4) if classes else 0.0, len(pairs))


def _share(hits: Sequence[bool]) -> Figure:
    return Figure(round(sum(hits) / len(hits), 4) if hits else 0.0, len(hits))
