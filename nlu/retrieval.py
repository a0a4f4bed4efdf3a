"""Which entries of a knowledge base a text asks for: words and characters counted, in memory, standard library only.

An entry is asked in several ways (its question and the variants); the nearest way counts, and the answer only bears it out.
Grams of one, two and three Chinese characters, and whole words and numbers of other scripts, are weighed by how rare they are.
Figures are between 0 and 1 and are similarities, not chances of being right: which of them is enough was measured on real
messages (`policies/rulepacks/knowledge.toml`).
"""

import math
import re
import tomllib
import unicodedata
from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LONGEST = 400  # characters of a text that are read: a letter says what it asks within them
GRAMS_ASKED = 24  # of a query, the rarest: they find the candidates, which are then compared in full
SMOOTHING = 20.0  # pretend entries, so that in a base of three entries not every word is rare
WEIGHTS = (0.35, 1.0, 0.8)  # of one, two and three characters
WORD = 1.6  # of a whole word or number: a different year is a different question
BEARING = 0.1  # how much the answer's own words count beside the question's, at most
COMPARED = 5  # candidates that are compared in full

_RUNS = re.compile(r"[\u3400-\u9fff]+|[a-z0-9]+(?:\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Document:
    """One entry: how it is asked, what it answers, and whose it is (any number the caller filters by)."""

    key: int
    asks: tuple[str, ...]
    answer: str = ""
    owner: int = 0


@dataclass(frozen=True, slots=True)
class Hit:
    """One entry found. `similarity` ranks; `asked` is the nearness to one way of asking, on which automatic answers are decided."""

    key: int
    similarity: float
    asked: float


@cache
def _fillers() -> re.Pattern[str]:
    words = tomllib.loads((Path(__file__).parent / "fillers.toml").read_text("utf-8"))["words"]
    return re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)))


def plain(text: str) -> str:
    """The text as it is compared: full-width forms narrowed, small letters, without polite words that ask nothing."""
    return _fillers().sub(" ", unicodedata.normalize("NFKC", text[: LONGEST * 2]).lower())[:LONGEST]


def grams(text: str) -> dict[str, float]:
    """The parts of a text and how much each counts for its kind; how often one occurs does not matter."""
    found: dict[str, float] = {}
    for run in _RUNS.findall(plain(text)):
        if "\u3400" <= run[0] <= "\u9fff":
            for size, weight in enumerate(WEIGHTS, start=1):
                for at in range(len(run) - size + 1):
                    found[run[at : at + size]] = weight
        else:
            found[run] = WORD
    return found


class Index:
    """An index over entries, never changed once made. Several threads may ask it."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self._documents = list(documents)
        self._rows = array("I")  # row of the index -> document: one row a way of asking
        rows: list[dict[str, float]] = []
        seen: dict[str, set[int]] = defaultdict(set)
        for at, document in enumerate(self._documents):
            for way in document.asks:
                rows.append(found := grams(way))
                self._rows.append(at)
                for gram in found:
                    seen[gram].add(at)
        whole = len(self._documents) + SMOOTHING
        self._rare = {gram: math.log(whole / (len(holders) + 0.5)) for gram, holders in seen.items()}
        self._unknown = math.log(whole / 0.5)
        self._postings: dict[str, tuple[array[int], array[float]]] = {}
        for row, found in enumerate(rows):
            self._add(row, found)

    def __len__(self) -> int:
        return len(self._documents)

    def _add(self, row: int, found: dict[str, float]) -> None:
        for gram, value in self._unit(found).items():
            at, weight = self._postings.setdefault(gram, (array("I"), array("f")))
            at.append(row)
            weight.append(value)

    def _unit(self, found: dict[str, float]) -> dict[str, float]:
        """The weighed grams as a vector of length 1."""
        weighed = {gram: weight * self._rare.get(gram, self._unknown) for gram, weight in found.items()}
        norm = math.sqrt(sum(value * value for value in weighed.values())) or 1.0
        return {gram: value / norm for gram, value in weighed.items()}

    def search(self, text: str, owners: Collection[int] | None = None, limit: int = 3, least: float = 0.0) -> list[Hit]:
        """The entries nearest to the text, best first; of these owners only (None: all). An empty text finds nothing."""
        asked = self._unit(grams(text))
        best = self._nearest(asked, owners)
        order = sorted(best, key=lambda at: (-best[at], self._documents[at].key))[: max(limit, COMPARED)]
        found = [self._compared(asked, at) for at in order]
        found.sort(key=lambda hit: (-hit.similarity, hit.key))
        return [hit for hit in found[:limit] if hit.similarity >= least]

    def _nearest(self, asked: dict[str, float], owners: Collection[int] | None) -> dict[int, float]:
        """By document, about the cosine with its nearest way of asking."""
        sums: dict[int, float] = defaultdict(float)
        for gram, value in sorted(asked.items(), key=lambda item: -item[1])[:GRAMS_ASKED]:
            if gram in self._postings:
                for row, weight in zip(*self._postings[gram], strict=True):
                    sums[row] += value * weight
        best: dict[int, float] = {}
        for row, value in sums.items():
            at = self._rows[row]
            if value > best.get(at, 0.0) and (owners is None or self._documents[at].owner in owners):
                best[at] = value
        return best

    def _compared(self, asked: dict[str, float], at: int) -> Hit:
        """One candidate in full: the cosine with its nearest way of asking, and how far the answer bears it out."""
        document = self._documents[at]
        near = min(1.0, max(_cosine(asked, self._unit(grams(way))) for way in document.asks))
        bears = _cosine(asked, self._unit(grams(document.answer)))
        return Hit(document.key, (near + BEARING * bears) / (1 + BEARING), near)


def _cosine(one: dict[str, float], other: dict[str, float]) -> float:
    return sum(value * other[gram] for gram, value in one.items() if gram in other)
