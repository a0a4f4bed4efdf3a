"""How well the model reads: macro-F1 on a held-out part of our own data and on labelled files, and the time of a parse.

Runs in Rasa's environment, in-process, with the same graph that `rasa run` serves:
    .venv-rasa/bin/python -m nlu.evaluate [--messages FILE.jsonl] [--model MODEL.tar.gz]
FILE holds JSON lines with `text` and `label` (a subject's Chinese name or id); lines with `raw` false are left out.
"""

import argparse
import asyncio
import json
import logging
import os
import random
import re
import resource
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlu import corpus, serve, train

SEED = 20
TEST_SHARE = 0.2
NAMES = re.compile(r'^\[(\w+)\]\s*\nzh = "([^"]+)"', re.MULTILINE)


@dataclass(frozen=True)
class Score:
    """Figures of one axis on one set of texts."""

    macro_f1: float
    accuracy: float
    texts: int
    worst: tuple[tuple[str, float], ...]  # the three labels read worst


def split(examples: Sequence[corpus.Example], seed: int = SEED) -> tuple[list[corpus.Example], list[corpus.Example]]:
    """Training and test part, with every pair of labels shared out alike. The same seed gives the same parts."""
    groups: dict[tuple[str, str], list[corpus.Example]] = defaultdict(list)
    for example in examples:
        groups[example.intent, example.subject].append(example)
    shuffled = random.Random(seed)  # noqa: S311 - a fixed split, not a secret
    kept: list[corpus.Example] = []
    held: list[corpus.Example] = []
    for key in sorted(groups):
        group = list(groups[key])
        shuffled.shuffle(group)
        cut = round(len(group) * TEST_SHARE)
        held += group[:cut]
        kept += group[cut:]
    return kept, held


def write(examples: Sequence[corpus.Example], path: Path) -> None:
    """Write examples as a Rasa training file."""
    lines = ['version: "3.1"', "nlu:"]
    for example in examples:
        lines.append(f"  - intent: {example.intent}")
        if example.subject:
            lines += ["    metadata:", f"      subject: {example.subject}"]
        lines += ["    examples: |", f"      - {example.text}"]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def score(truth: Sequence[str], found: Sequence[str]) -> Score:
    """Macro-F1 over the labels that occur in `truth`."""
    figures = {label: _f1(label, truth, found) for label in sorted(set(truth))}
    right = sum(one == other for one, other in zip(truth, found, strict=True))
    worst = tuple(sorted(figures.items(), key=lambda pair: pair[1])[:3])
    return Score(sum(figures.values()) / max(1, len(figures)), right / max(1, len(truth)), len(truth), worst)


def _f1(label: str, truth: Sequence[str], found: Sequence[str]) -> float:
    hits = sum(one == other == label for one, other in zip(truth, found, strict=True))
    return 2 * hits / max(1, truth.count(label) + found.count(label))


class Reader:
    """A model in this process."""

    def __init__(self, model: Path) -> None:
        """Load it; takes some seconds."""
        from rasa.core.agent import Agent  # importing Rasa takes seconds and is only possible in its own environment
        from rasa.utils.log_utils import configure_structlog

        configure_structlog(logging.WARNING)  # as Rasa comes, every text would be printed
        self._agent = Agent.load(str(model))
        self.milliseconds: list[float] = []

    def read(self, text: str) -> Mapping[str, Any]:
        """Parse one text and note how long it took."""
        started = time.perf_counter()
        found: Mapping[str, Any] = asyncio.run(self._agent.parse_message(text))
        self.milliseconds.append((time.perf_counter() - started) * 1000)
        return found

    def names(self, texts: Sequence[str], axis: str, among: frozenset[str] = frozenset()) -> list[str]:
        """The best label for each text; `among`: only these labels count, the best of them is taken."""
        return [_best(self.read(text), axis, among) for text in texts]


def _best(found: Mapping[str, Any], axis: str, among: frozenset[str]) -> str:
    ranking = [str(row["name"]) for row in found.get(f"{axis}_ranking", [])]
    return next((name for name in ranking if not among or name in among), ranking[0] if ranking else "")


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def labelled(path: Path) -> list[tuple[str, str]]:
    """(text, subject id) of each raw line. Labels may be ids or Chinese names; unknown ones are left out."""
    ids = {zh: key for key, zh in NAMES.findall((Path(__file__).parent / "subjects.toml").read_text("utf-8"))}
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    known = set(ids.values())
    pairs = [(row["text"], ids.get(row["label"], row["label"])) for row in rows if row.get("raw", True)]
    return [(text, label) for text, label in pairs if label in known]


def own_figures(python: Path, folder: Path) -> dict[str, Score]:
    """Train on four fifths of our data and read the fifth that was held out."""
    kept, held = split(corpus.read())
    write(kept, folder / "train.yml")
    words = train.command(python, folder, "held-out")
    words[words.index("--nlu") + 1] = str(folder / "train.yml")
    train.run(words, folder, serve.root())
    reader = Reader(folder / "held-out.tar.gz")
    about = [example for example in held if example.subject]
    return {
        "own intent": score([one.intent for one in held], reader.names([one.text for one in held], "intent")),
        "own subject": score([one.subject for one in about], reader.names([one.text for one in about], "subject")),
    }


def file_figures(reader: Reader, path: Path) -> dict[str, Score]:
    """Read a labelled file: over all our subjects, and with the choice among the file's own labels."""
    pairs = labelled(path)
    texts, truth = [text for text, _ in pairs], [label for _, label in pairs]
    there = frozenset(truth)
    answers = [reader.read(text) for text in texts]
    return {
        "file subject, among all": score(truth, [_best(found, "subject", frozenset()) for found in answers]),
        f"file subject, among its {len(there)}": score(truth, [_best(found, "subject", there) for found in answers]),
    }


def report(figures: Mapping[str, Score]) -> None:
    """Print a line for each score."""
    for name, one in figures.items():
        worst = ", ".join(f"{label} {value:.2f}" for label, value in one.worst)
        print(f"{name:28} macro-F1 {one.macro_f1:.3f}  accuracy {one.accuracy:.3f}  {one.texts:5} texts  worst: {worst}")  # noqa: T201


def main() -> int:
    """Command line: print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--messages", type=Path, help="labelled JSON lines")
    parser.add_argument("--model", type=Path, help="the model to read --messages with (default: trained from nlu/data if stale)")
    parser.add_argument("--out", type=Path, default=serve.root() / "nlu" / "models")
    given = parser.parse_args()
    os.environ.update(serve.QUIET)
    python = Path(sys.executable)
    with tempfile.TemporaryDirectory(prefix="evaluate-") as folder:
        report(own_figures(python, Path(folder)))
    model = given.model or train.train(python, given.out.absolute())[0]
    reader = Reader(model)
    if given.messages:
        report(file_figures(reader, given.messages))
    else:
        for example in corpus.read():
            reader.read(example.text)
    times = reader.milliseconds[5:]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"parse p50 {percentile(times, 0.5):.1f} ms, p99 {percentile(times, 0.99):.1f} ms over {len(times)} texts")  # noqa: T201
    print(f"model {model.stat().st_size / 1e6:.2f} MB, memory of this process at most {memory:.0f} MB")  # noqa: T201
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
