"""The knowledge base 知识库: the life of an entry, what contradicts what, and when a machine may give an answer.

Promise 3: such an answer stops no clock; the ticket waits for a person all the same. The figures are data with their evidence
(rulepacks/knowledge.toml).
"""

import math
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from policies.facts import EventKind, Kind, Triage
from policies.rulepack import read, values


class EntryState(StrEnum):
    """Where one version of an entry stands."""

    DRAFT = "draft"  # 草稿
    IN_REVIEW = "in_review"  # 待审核: another person than its author looks
    PUBLISHED = "published"  # 已发布: at most one version of an entry
    WITHDRAWN = "withdrawn"  # 已撤下, or replaced by a newer version


_S = EntryState
MOVES: dict[EntryState, frozenset[EntryState]] = {
    _S.DRAFT: frozenset({_S.IN_REVIEW, _S.WITHDRAWN}),
    _S.IN_REVIEW: frozenset({_S.PUBLISHED, _S.DRAFT, _S.WITHDRAWN}),
    # Published text never changes: whoever edits it makes a new draft, which replaces it once it is published itself.
    _S.PUBLISHED: frozenset({_S.WITHDRAWN}),
    _S.WITHDRAWN: frozenset(),
}

_PACK: dict[str, Any] = values(read("knowledge"))
EVIDENCE: dict[str, Any] = _PACK["evidence"]
THRESHOLD: float = _PACK["automatic"]["threshold"]
NEAR: float = _PACK["contradiction"]["near"]
_LEAD: float = _PACK["automatic"]["lead"]
LONGEST: int = _PACK["automatic"]["longest"]
_KINDS = frozenset(Kind(name) for name in _PACK["automatic"]["kinds"])
_NAMED = frozenset(_PACK["automatic"]["named"])
_SAME: float = _PACK["contradiction"]["same"]

_NAMES = re.compile(r"[a-z0-9]+(?:\.[0-9]+)?")
_FIGURES = re.compile(r"\d+(?:\.\d+)?")
_NOTS = re.compile(r"不|无|無|未|没|沒|非|免|停|禁|勿|莫|别")


@dataclass(frozen=True, slots=True)
class Candidate:
    """The nearest entry to a message: how near (0..1), what it is asked by, and all its words."""

    nearness: float
    question: str
    words: str  # question, variants and answer together, and the department's name
    in_force: bool  # published and within its dates
    contradicted: bool
    switched_on: bool  # automatic answers are on for its department and category
    rival: float = 0.0  # nearness of the next entry that answers otherwise


def may_move(old: EntryState, new: EntryState) -> bool:
    """Whether the move is allowed. Staying in a state is not a move."""
    return new in MOVES[old]


def in_force(state: str, valid_from: date | None, valid_until: date | None, today: date) -> bool:
    """Whether an entry may be used on this day (both dates included; None = open)."""
    begun = valid_from is None or valid_from <= today
    return state == _S.PUBLISHED and begun and not expired(valid_until, today)


def expired(valid_until: date | None, today: date) -> bool:
    """Whether the last day of validity is over."""
    return valid_until is not None and valid_until < today


def may_answer(
    triage: Triage,
    event: EventKind,
    text: str,
    entities: Iterable[Mapping[str, Any]],
    candidate: Candidate,
    *,
    new_ticket: bool,
    has_media: bool,
) -> str:
    """ "" if a machine may answer this message with this entry, else why not, in a word for tests and logs.

    Never for anything but a plain private question that opens a ticket; never with an entry that is not in force or is
    contradicted; never when message and question name different numbers, codes or places.
    """
    if event is not EventKind.MESSAGE or not new_ticket or has_media:
        return "not a new private message of words alone"
    if triage.kind not in _KINDS or triage.urgent or not triage.makes_ticket:
        return "kind"
    if not candidate.switched_on:
        return "off"
    if not candidate.in_force or candidate.contradicted:
        return "entry"
    if candidate.nearness < THRESHOLD:
        return "not near"
    if candidate.nearness - candidate.rival < _LEAD:
        return "rival"
    return "" if names_agree(text, entities, candidate) else "names"


def names_agree(text: str, entities: Iterable[Mapping[str, Any]], candidate: Candidate) -> bool:
    """Whether what the message names is known to the entry, and what the question names is in the message.

    Numbers and Latin codes (a year, a bus, "A7区") are told by their shape, places and the like by the reading's entities.
    """
    asked, known = names(text), names(candidate.words)
    if not asked <= known or not names(candidate.question) <= asked:
        return False
    plain = _plain(candidate.words)
    places = [str(one.get("value", "")) for one in entities if one.get("entity") in _NAMED]
    return all(_plain(place) in plain for place in places)


def names(text: str) -> frozenset[str]:
    """Numbers and Latin words of a text."""
    return frozenset(_NAMES.findall(unicodedata.normalize("NFKC", text).lower()))


def contradict(one: str, other: str) -> bool:
    """Whether two answers to one question say different things: other figures (phones, dates, sums), other negations, other words."""
    first, second = _plain(one), _plain(other)
    if first == second:
        return False
    if set(_FIGURES.findall(first)) != set(_FIGURES.findall(second)):
        return True
    if len(_NOTS.findall(first)) != len(_NOTS.findall(second)):
        return True
    return SequenceMatcher(None, first, second, autojunk=False).ratio() < _SAME


def _plain(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).lower() if sign.isalnum() or sign == ".")


@dataclass(frozen=True, slots=True)
class Judged:
    """One judged match: how near it was, and whether the rule would let it through otherwise (kind, names)."""

    nearness: float
    right: bool
    passes: bool = True


@dataclass(frozen=True, slots=True)
class Point:
    """What a threshold would do: messages answered, how many of them rightly, of how many asked."""

    threshold: float
    answered: int
    right: int
    asked: int

    @property
    def precision(self) -> float:
        """Of the answered ones, the share answered rightly; 1 where none is answered."""
        return self.right / self.answered if self.answered else 1.0

    @property
    def at_least(self) -> float:
        """The lower end of the 95 % interval (Wilson) of the precision: what so few cases can promise."""
        if not self.answered:
            return 0.0
        n, share, z = self.answered, self.precision, 1.96
        middle = share + z * z / (2 * n)
        return (middle - z * math.sqrt((share * (1 - share) + z * z / (4 * n)) / n)) / (1 + z * z / n)

    @property
    def decisions_right(self) -> float:
        """Of all messages, the share decided rightly: answered by an entry that answers them, or left to a person alone."""
        return 1 - (self.answered - self.right) / self.asked if self.asked else 1.0

    @property
    def coverage(self) -> float:
        """Of all messages, the share answered."""
        return self.answered / self.asked if self.asked else 0.0


def curve(judged: Sequence[Judged], asked: int, thresholds: Collection[float]) -> list[Point]:
    """What each threshold would do. A match that nobody judged must be given as wrong."""
    found = []
    for threshold in sorted(thresholds):
        let = [one for one in judged if one.passes and one.nearness >= threshold]
        found.append(Point(threshold, len(let), sum(one.right for one in let), asked))
    return found


def choose(points: Sequence[Point], least: float) -> Point | None:
    """The lowest threshold from which on the answered ones are right to at least this share; None where none is."""
    chosen = None
    for point in sorted(points, key=lambda point: -point.threshold):
        if point.precision < least:
            break
        chosen = point
    return chosen
