"""`python -m nlu.lint`: what is wrong with the training sentences in nlu/data, each finding with file and line.

Near duplicates teach nothing, contradictions teach nonsense, copied test sentences make every measurement a lie, and a few characters
mean something else to Rasa's reader. With the real messages beside the checkout (`../shared/data`), copies of those are found as well.
"""

import argparse
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path, PurePath
from typing import NamedTuple

from nlu import similar
from nlu.answer import INTENTS
from nlu.corpus import DATA, DataError, Example, read
from nlu.subjects import NONE, all_subjects, topics

ROOT = Path(__file__).parents[1]
SETS = ROOT / "tests" / "nlu" / "sets"
REAL = ROOT.parent / "shared" / "data"

LEAST_INTENT = LEAST_SUBJECT = 150
LEAST_TOPIC = 30
NEAR = 0.6  # so alike, one of the two adds nothing
LEAK = 0.6  # so like a test sentence, it was copied with a word changed
CLASH = 0.5  # so alike with differing labels, a reviewer should see a reason
FEW_GRAMS = 6  # shorter texts ("救命", "在？") are alike because there is only one way to say them
COPIED_RUN, COPIED_SHARE = 8, 0.5  # a real message holds half of all our runs of 8 characters: it was copied
SHORT, LONG, LEAST_SHARE = 10, 60, 0.03  # of each subject at least so many are short cries and long stories
COMMON_START, MOST_STARTS = 4, 0.03

TRAPS = (
    (re.compile(r"_x[0-9A-Fa-f]{4}_"), "a spreadsheet's escape for a control character (_x000D_)"),
    (re.compile(r"[\[\](){}]"), "brackets, which Rasa reads as entity markup"),
    (re.compile(r"^[/／]"), "a slash at the beginning, which Rasa reads as an intent spelled out"),
    (re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]"), "a tab, line break or control character inside the sentence"),
    (re.compile(r"^[#&*!|>%@`'\"\-?:,]"), "a first character with a meaning in YAML"),
    (re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)|\d{17}[\dXx]"), "what looks like a telephone or identity number"),
    (re.compile(r"[a-z]+://"), "an address of a web page"),
)


class Finding(NamedTuple):
    """One thing to mend: where, and a sentence saying what."""

    place: str
    what: str


def check(examples: Sequence[Example], sets: Path = SETS, real: Path = REAL) -> list[Finding]:
    """All findings, in the order of the rules below; folders that are not there are left out."""
    rules: tuple[Callable[[Sequence[Example]], Iterable[Finding]], ...] = (traps, misplaced, counts, lengths, beginnings, alike)
    found = [finding for rule in rules for finding in rule(examples)]
    return [*found, *leaks(examples, sets), *copies(examples, real)]


def traps(examples: Sequence[Example]) -> Iterator[Finding]:
    """Characters that Rasa's or YAML's reader takes for something else, and personal data."""
    for one in examples:
        for pattern, what in TRAPS:
            if pattern.search(one.text):
                yield Finding(one.place, f"has {what}: {one.text[:40]!r}")


def misplaced(examples: Sequence[Example]) -> Iterator[Finding]:
    """Labels nobody knows, and sentences in another file than their labels say."""
    known, fields = topics(), all_subjects()
    for one in examples:
        if one.intent not in INTENTS:
            yield Finding(one.place, f"has an unknown intent: {one.intent}")
        if one.subject and one.subject != NONE and one.subject not in fields:
            yield Finding(one.place, f"has an unknown subject: {one.subject}")
        if one.topic and (one.topic not in known or not one.topic.startswith(one.subject + ".")):
            yield Finding(one.place, f"has a topic that is not one of its subject: {one.topic}")
        folder, stem = PurePath(one.place).parent.name, PurePath(one.place).name.partition(".")[0]
        if folder in fields and (one.subject != folder or one.topic != ("" if stem == "general" else f"{folder}.{stem}")):
            yield Finding(one.place, f"is labelled {one.topic or one.subject or '(nothing)'}, but stands among {folder}.{stem}")


def counts(examples: Sequence[Example]) -> Iterator[Finding]:
    """Labels with too few sentences."""
    wanted = (
        ("intent", INTENTS, LEAST_INTENT, Counter(one.intent for one in examples)),
        ("subject", frozenset(all_subjects()), LEAST_SUBJECT, Counter(one.subject for one in examples)),
        ("topic", frozenset(topics()), LEAST_TOPIC, Counter(one.topic for one in examples)),
    )
    for kind, names, least, have in wanted:
        for name in sorted(names):
            if have[name] < least:
                yield Finding("nlu/data", f"the {kind} {name} has {have[name]} sentences; {least} are needed")


def lengths(examples: Sequence[Example]) -> Iterator[Finding]:
    """Subjects without short cries or without long stories: real people write both."""
    sizes: dict[str, list[int]] = defaultdict(list)
    for one in examples:
        if one.subject and one.subject != NONE:
            sizes[one.subject].append(len(one.text))
    for subject, found in sorted(sizes.items()):
        for what, share in (
            (f"of at most {SHORT} characters", sum(size <= SHORT for size in found) / len(found)),
            (f"of at least {LONG} characters", sum(size >= LONG for size in found) / len(found)),
        ):
            if share < LEAST_SHARE:
                yield Finding("nlu/data", f"only {share:.1%} of the sentences about {subject} are {what}; {LEAST_SHARE:.0%} are needed")


def beginnings(examples: Sequence[Example]) -> Iterator[Finding]:
    """Templates betray themselves by how they begin."""
    starts = Counter(one.text[:COMMON_START] for one in examples if len(one.text) > 3 * COMMON_START)
    for start, times in starts.most_common(3):
        if times > max(3, MOST_STARTS * len(examples)):
            yield Finding("nlu/data", f"{times} of {len(examples)} sentences begin with {start!r}")


def alike(examples: Sequence[Example]) -> Iterator[Finding]:
    """Near duplicates, and sentences alike with labels that contradict each other."""
    for first, second, likeness in similar.pairs([one.text for one in examples], CLASH):
        one, other = examples[first], examples[second]
        same = similar.squeezed(one.text) == similar.squeezed(other.text)
        if not same and min(len(similar.grams(one.text)), len(similar.grams(other.text))) < FEW_GRAMS:
            continue
        differing = clash(one, other)
        if differing and likeness >= NEAR:
            yield Finding(
                other.place, f"contradicts {one.place} in its {differing} ({likeness:.2f} alike): {other.text!r}, there {one.text!r}"
            )
        elif likeness >= NEAR:
            yield Finding(other.place, f"nearly repeats {one.place} ({likeness:.2f} alike): {other.text!r}, there {one.text!r}")


def clash(one: Example, other: Example) -> str:
    """The first label in which two examples contradict each other; "" if none. A label that is not given contradicts none."""
    for name in ("intent", "subject", "topic"):
        mine, theirs = getattr(one, name), getattr(other, name)
        if mine and theirs and mine != theirs:
            return name
    return ""


def leaks(examples: Sequence[Example], sets: Path) -> Iterator[Finding]:
    """Sentences (nearly) equal to one of a test set: whoever trains on them measures nothing."""
    rows = [(f"{path.name}:{number}", text) for path in sorted(sets.glob("*.jsonl")) for number, text in _texts(path)]
    texts = [one.text for one in examples]
    for mine, theirs, likeness in similar.between(texts, [text for _, text in rows], LEAK):
        if min(len(similar.grams(texts[mine])), len(similar.grams(rows[theirs][1]))) >= FEW_GRAMS:
            yield Finding(examples[mine].place, f"leaks the test sentence {rows[theirs][0]} ({likeness:.2f} alike): {texts[mine]!r}")


def copies(examples: Sequence[Example], real: Path) -> Iterator[Finding]:
    """Sentences of which a real message holds most."""
    files = [real / name for name in ("messages.jsonl", "stream.jsonl", "replies.jsonl") if (real / name).is_file()]
    if not files:
        return
    own = [similar.grams(one.text, COPIED_RUN) if len(one.text) >= COPIED_RUN + 4 else frozenset() for one in examples]
    holders: dict[str, list[int]] = defaultdict(list)
    for place, runs in enumerate(own):
        for run in runs:
            holders[run].append(place)
    for file in files:
        for number, text in _texts(file):
            plain = similar.squeezed(text)
            pieces = (plain[at : at + COPIED_RUN] for at in range(len(plain) - COPIED_RUN + 1))
            shared = Counter(place for piece in pieces if piece in holders for place in holders[piece])
            for place, times in shared.items():
                if times >= COPIED_SHARE * len(own[place]):
                    yield Finding(examples[place].place, f"is copied from the real message {file.name}:{number}: {examples[place].text!r}")


def _texts(path: Path) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        row = json.loads(line)
        yield number, " ".join(str(row[name]) for name in ("title", "text") if row.get(name))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the findings; 1 if there is any."""
    parser = argparse.ArgumentParser(prog="python -m nlu.lint", description="检查训练语句 check the training sentences")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of training files (nlu/data)")
    parser.add_argument("--sets", type=Path, default=SETS, help="folder of test sets that must not leak")
    parser.add_argument("--real", type=Path, default=REAL, help="folder of real messages that must not be copied")
    given = parser.parse_args(arguments)
    try:
        examples = read(given.data)
    except DataError as error:
        sys.stdout.write(f"{error}: not the shape of a data file\n")
        return 1
    found = check(examples, given.sets, given.real)
    for place, what in found:
        sys.stdout.write(f"{place}: {what}\n")
    kinds = len({one.intent for one in examples}), len({one.topic for one in examples} - {""})
    sys.stdout.write(f"{len(examples)} sentences, {kinds[0]} intents, {kinds[1]} topics: {len(found) or 'no'} findings\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
