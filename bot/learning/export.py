"""From corrections to training sentences: masked, without anything Rasa's format could trip over, and without contradictions."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.learning.models import Correction
from nlu import fallback
from nlu.prepare import prepare
from nlu.subjects import NONE
from policies.facts import Kind
from policies.learning import NO_QUESTION, SUBJECTLESS, Rules, is_held_out
from policies.masking import mask_for_training

# Square, round and curly brackets mark entities, a leading sign begins a list, a comment or an intent spelled out: all become harmless.
_MARKUP = str.maketrans(
    {"[": "【", "]": "】", "(": "（", ")": "）", "{": "｛", "}": "｝", "\\": " ", "`": " ", "|": "｜", '"': "”", "'": "’"}
)
_EXCEL_BREAK = re.compile(r"_x000[dDaA]_")
_LEADING = "/／-—*#>:：!&%@?+·、。，, "


@dataclass(frozen=True, slots=True)
class Sentence:
    """One training sentence with its labels; `number` is its correction's."""

    number: int
    text: str
    intent: str
    subject: str
    topic: str


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a training learns, and what it is tested on only."""

    learnt: tuple[Sentence, ...]
    tested: tuple[Sentence, ...]
    left_out: int  # empty after masking, overruled by a later correction of the same text, or part of a test set


def sentence_of(text: str, longest: int) -> str:
    """A citizen's text as a training sentence: one line, masked, no markup. May be empty."""
    one_line = prepare(_EXCEL_BREAK.sub(" ", text), longest * 2)
    masked = mask_for_training(one_line).translate(_MARKUP)
    return " ".join(masked.split()).lstrip(_LEADING)[:longest].strip()


def lesson(corrections: Iterable[Correction], rules: Rules, test_texts: Collection[str]) -> Lesson:
    """Sort current corrections, oldest first, into what is learnt and what is tested.

    Of several corrections whose texts come out the same the latest is believed. A text of a test set is never learnt: it would be measured
    with what it was taught.
    """
    latest: dict[str, Sentence] = {}
    count, known = 0, {normal(text) for text in test_texts}
    for row in corrections:
        count += 1
        made = _sentence(row, rules.longest)
        if made.text and normal(made.text) not in known:
            latest[normal(made.text)] = made
    tested = tuple(one for one in latest.values() if is_held_out(one.number, rules.held_out))
    learnt = tuple(one for one in latest.values() if not is_held_out(one.number, rules.held_out))
    return Lesson(learnt, tested, count - len(tested) - len(learnt))


def _sentence(row: Correction, longest: int) -> Sentence:
    text = sentence_of(row.message.text, longest)
    intent = row.intent or _question_kind(text)
    subject = row.subject or (NONE if intent in SUBJECTLESS else "")
    topic = row.topic if row.topic.partition(".")[0] == subject else ""
    return Sentence(row.pk, text, intent, subject, topic)


def _question_kind(text: str) -> str:
    """Of a message somebody only called a question: the kind its words say, if that is one."""
    said = fallback.understand(text).intent
    return Kind.QUESTION if said in NO_QUESTION else said


def normal(text: str) -> str:
    """A text without what two copies of it may differ in."""
    return "".join(sign for sign in prepare(text).casefold() if sign.isalnum())


def write(folder: Path, sentences: Sequence[Sentence], copies: int) -> None:
    """The sentences as one file in the shape nlu/corpus.py and Rasa read, each `copies` times."""
    groups: Mapping[tuple[str, str, str], list[str]] = defaultdict(list)
    for one in sentences:
        groups[one.intent, one.subject, one.topic] += [one.text] * copies
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "corrections.yml").write_text("\n".join([*_lines(groups), ""]), "utf-8")


def _lines(groups: Mapping[tuple[str, str, str], list[str]]) -> list[str]:
    lines = ['version: "3.1"', "nlu:"] if groups else ['version: "3.1"']
    for (intent, subject, topic), texts in sorted(groups.items()):
        labels = [f"      subject: {subject}"] if subject else []
        labels += [f"      topic: {topic}"] if topic else []
        lines += [f"  - intent: {intent}", *(["    metadata:", *labels] if labels else []), "    examples: |"]
        lines += [f"      - {text}" for text in texts]
    return lines
