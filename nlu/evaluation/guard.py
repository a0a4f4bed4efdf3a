"""The guarded figures of one model: what must not become worse before a newer one takes over.

`python -m nlu.evaluation.guard MODEL.tar.gz --set recent=recent.jsonl --set fixed=fixed.jsonl` in Rasa's environment prints JSON.
A set's lines have `text` and any of `intent`, `subject`, `topic`. Exit codes: 1 Rasa failed, 2 a file or the command line is wrong.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlu.evaluation import metrics
from nlu.evaluation.answers import Answer, best
from nlu.evaluation.examples import BadInput
from nlu.evaluation.lab import Lab, LabError, quiet, tell
from nlu.evaluation.metrics import Judged

AXES = ("intent", "subject", "topic")
URGENT = "emergency"
TIMED = 300


@dataclass(frozen=True, slots=True)
class Labelled:
    """One text of a set; an axis it has no label on is not judged."""

    text: str
    labels: Mapping[str, str]


def read_set(path: Path) -> list[Labelled]:
    """The lines of a set. Raises BadInput with the number of a line of another shape."""
    try:
        content = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"文件读不到：{path} · the file cannot be read: {type(error).__name__}") from None
    return [_labelled(line, f"{path} 第 {number} 行 (line {number})") for number, line in enumerate(content.split("\n"), 1) if line.strip()]


def _labelled(line: str, where: str) -> Labelled:
    try:
        found: Any = json.loads(line)
    except (ValueError, RecursionError):
        raise BadInput(f"{where}：不是合法的 JSON · is not JSON") from None
    if not isinstance(found, dict) or not isinstance(found.get("text"), str):
        raise BadInput(f"{where}：应为带 text 的对象 · must be an object with text")
    labels = {axis: found[axis] for axis in AXES if isinstance(found.get(axis), str) and found[axis]}
    return Labelled(found["text"], labels)


def judged(rows: Sequence[Labelled], answers: Sequence[Answer], axis: str) -> Judged:
    """The texts labelled on this axis with what was read; a text without an answer was read as ""."""
    pairs = [(row, *best(answer, axis)) for row, answer in zip(rows, answers, strict=True) if axis in row.labels]
    return Judged(
        tuple(row.text for row, _, _ in pairs),
        tuple(row.labels[axis] for row, _, _ in pairs),
        tuple(label for _, label, _ in pairs),
        tuple(sure for _, _, sure in pairs),
    )


def figures(rows: Sequence[Labelled], answers: Sequence[Answer]) -> dict[str, Any]:
    """`macro_f1, accuracy, ece, texts` of every axis with labels; of urgent calls the share found, and false alarms among the others."""
    made: dict[str, Any] = {}
    for axis in AXES:
        one = judged(rows, answers, axis)
        if one.texts:
            made[axis] = metrics.summary(one, set(one.truth))
    intents = judged(rows, answers, "intent")
    calls = [found == URGENT for true, found in zip(intents.truth, intents.found, strict=True) if true == URGENT]
    others = [found == URGENT for true, found in zip(intents.truth, intents.found, strict=True) if true != URGENT]
    if calls:
        made["emergency_recall"] = round(metrics.share(sum(calls), len(calls)), 4)
    if others:
        made["emergency_false_alarms"] = round(metrics.share(sum(others), len(others)), 4)
    return made


def guard(lab: Lab, model: Path, sets: Mapping[str, Sequence[Labelled]]) -> dict[str, Any]:
    """Serve the model and measure it: figures of every set, `p50_ms`, `p99_ms`, `model_mb`, `rss_mb`. Raises LabError."""
    with lab.serving(model) as server:
        connection = server.connection()
        made, times = {}, []
        for name, rows in sets.items():
            read = list(connection.read([row.text for row in rows], lab.say))
            made[name] = figures(rows, [answer for answer, _ in read])
            times += [took for _, took in read if took]
        every = [row.text for rows in sets.values() for row in rows]
        again = [every[place % len(every)] for place in range(max(0, TIMED - len(times)))] if every else []
        times += [took for _, took in connection.read(again) if took]
        connection.close()
        memory = server.memory()
    return {
        "sets": made,
        "p50_ms": round(metrics.percentile(times, 0.5), 2),
        "p99_ms": round(metrics.percentile(times, 0.99), 2),
        "model_mb": round(model.stat().st_size / 1e6, 3),
        "rss_mb": round(memory / 1e6, 1),
    }


def _named(word: str) -> tuple[str, Path]:
    name, mark, path = word.partition("=")
    if not (name and mark and path):
        raise argparse.ArgumentTypeError("NAME=FILE")
    return name, Path(path)


def main() -> int:
    """Command line: print JSON."""
    parser = argparse.ArgumentParser(prog="nlu.evaluation.guard", description="Measure the guarded figures of one model.")
    parser.add_argument("model", type=Path)
    parser.add_argument("--set", type=_named, action="append", required=True, dest="sets", metavar="NAME=FILE")
    parser.add_argument("--python", type=Path, default=Path(sys.executable), help="the python of Rasa's environment")
    parser.add_argument("--progress", action="store_true")
    given = parser.parse_args()
    try:
        sets = {name: read_set(path) for name, path in given.sets}
        with tempfile.TemporaryDirectory(prefix="huiyin-guard-") as folder:
            lab = Lab(given.python.absolute(), Path(folder), say=tell if given.progress else quiet)
            made = guard(lab, given.model.absolute(), sets)
    except (BadInput, LabError, OSError) as error:
        sys.stderr.write(f"✗ {error}\n")
        return 2 if isinstance(error, BadInput) else 1
    sys.stdout.write(json.dumps(made, ensure_ascii=False, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
