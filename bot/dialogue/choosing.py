"""The thresholds of triage, chosen anew for a model: its readings of our test sets and, where they are, of real messages."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nlu.corpus import read as training
from nlu.evaluation.lab import Tell
from nlu.evaluation.readings import readings
from policies import choosing
from policies.choosing import Case
from policies.triage import DEFAULT

ROOT = Path(__file__).parents[2]
SETS = ROOT / "tests" / "nlu" / "sets"
NOISE, SEED = 400, 20261122


@dataclass(frozen=True, slots=True)
class Result:
    """Lines to print, and what goes into the pack: name → value and source."""

    lines: list[str]
    changes: dict[str, tuple[float, str]]


@dataclass(frozen=True, slots=True)
class Material:
    """The texts a choice is made on. `messages` and `titles` are real; empty where they are not on this machine."""

    urgent: Sequence[str]
    near: Sequence[str]
    messages: Sequence[str]
    titles: Sequence[str]
    noise: Sequence[str]


def material(real: Path) -> Material:
    """From the test sets and the folder of real messages."""
    return Material(
        _texts(SETS / "emergencies.jsonl", "text"),
        _texts(SETS / "not_urgent.jsonl", "text"),
        _texts(real / "messages.jsonl", "text"),
        _texts(real / "stream.jsonl", "title"),
        noise(),
    )


def _texts(path: Path, field: str) -> list[str]:
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    return [text for text in (json.loads(line).get(field, "") for line in lines) if text]


def noise(count: int = NOISE) -> list[str]:
    """Texts without a meaning: keys struck at random, and Chinese characters drawn from our own sentences. The same every time."""
    drawn = random.Random(SEED)  # noqa: S311  (no secret)
    signs = "".join(example.text for example in training())
    keys = "abcdefghijklmnopqrstuvwxyz    0123456789;,."
    return ["".join(drawn.choices(keys if number % 2 else signs, k=drawn.randint(4, 24))) for number in range(count)]


def choose(given: Material, python: Path, model: Path, cache: Path, stamp: str, say: Tell) -> Result:
    """Choose on one half, tell by the other. Without real messages nothing is changed. Raises LabError."""
    everything = [*given.urgent, *given.near, *given.messages, *given.titles, *given.noise]
    read = dict(zip(everything, readings(python, model, everything, cache, say), strict=True))

    def cases(texts: Sequence[str]) -> list[Case]:
        return [Case(text, read[text]) for text in texts]

    calm = {"messages": cases(given.messages), "titles": cases(given.titles), "near": cases(given.near)}
    found = choosing.emergencies(cases(given.urgent), calm, DEFAULT)
    lines = [
        f"紧急 emergencies: recall {found.recall:.3f} (n={found.counts['urgent']}); false alarms "
        + ", ".join(f"{name} {share:.2%} (n={found.counts[name]})" for name, share in found.alarms.items())
    ]
    if not calm["messages"]:
        return Result([*lines, "没有真实留言，阈值未改 · no real messages here: nothing was changed"], {})
    return _with_real(found, calm, cases(given.noise), stamp, lines)


def _with_real(found: choosing.Figures, calm: dict[str, list[Case]], noise: list[Case], stamp: str, lines: list[str]) -> Result:
    messages = calm["messages"]
    dismissal, lost = choosing.dismissal(messages, found.chosen)
    chosen, caught, held = choosing.doubt([*messages, *calm["titles"]], noise, dismissal)
    alarms = ", ".join(f"{share:.2%} of {found.counts[name]} {name}" for name, share in found.alarms.items())
    danger = f"[M] {stamp}: where not chosen on, recall {found.recall:.3f} of {found.counts['urgent']} emergencies; false alarms {alarms}"
    surely = (
        f"[M] {stamp}: {lost} of {len(messages)} real messages dismissed, surely (95 %) under {choosing.at_most(lost, len(messages)):.2%}"
    )
    blurred = f"[M] {stamp}: where not chosen on, {caught:.0%} of noise caught, {held:.2%} of real messages and titles held for unreadable"
    lines += [danger, surely, blurred]
    return Result(
        lines,
        {
            "emergency": (chosen.emergency, danger),
            "emergency_long": (chosen.emergency_long, danger),
            "emergency_sign": (chosen.emergency_sign, danger),
            "dismiss": (chosen.dismiss, surely),
            "unclear_intent": (chosen.unclear_intent, blurred),
            "unclear_subject": (chosen.unclear_subject, blurred),
        },
    )
