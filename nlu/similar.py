"""Which sentences are nearly the same: the shared pairs of neighbouring characters, found without comparing each with each."""

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from math import ceil


def squeezed(text: str) -> str:
    """Letters and digits only, full-width forms made plain, small letters: spaces and punctuation hide no copy."""
    return "".join(mark for mark in unicodedata.normalize("NFKC", text).lower() if mark.isalnum())


def grams(text: str, size: int = 2) -> frozenset[str]:
    """Every run of `size` neighbouring characters of the squeezed text, which itself stands for a shorter one."""
    plain = squeezed(text)
    return frozenset(plain[at : at + size] for at in range(len(plain) - size + 1)) or frozenset({plain} - {""})


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Jaccard similarity, 0..1: the part of all their character pairs that both have."""
    return len(one & other) / len(one | other) if one or other else 0.0


def pairs(texts: Sequence[str], least: float) -> Iterator[tuple[int, int, float]]:
    """Every two places (first < second) whose texts are at least so alike (0..1), with the likeness."""
    index = _Index(texts, (), least)
    for place in range(len(texts)):
        yield from ((other, place, found) for other, found in index.like(place))
        index.add(place)


def between(texts: Sequence[str], others: Sequence[str], least: float) -> Iterator[tuple[int, int, float]]:
    """The same for a place in `texts` and one in `others`."""
    index = _Index(texts, others, least)
    for place in range(len(texts), len(texts) + len(others)):
        index.add(place)
    for place in range(len(texts)):
        yield from ((place, other - len(texts), found) for other, found in index.like(place))


class _Index:
    """Sets that are so alike must share one of their rarest members (the prefix filter of set joins): only those are looked up."""

    def __init__(self, texts: Sequence[str], others: Sequence[str], least: float) -> None:
        self._sets = [grams(text) for text in (*texts, *others)]
        self._least = least
        seen = Counter(gram for one in self._sets for gram in one)
        self._rank = {gram: rank for rank, (gram, _) in enumerate(sorted(seen.items(), key=lambda row: (row[1], row[0])))}
        self._index: dict[str, list[int]] = {}

    def _rare(self, place: int) -> list[str]:
        own = self._sets[place]
        return sorted(own, key=self._rank.__getitem__)[: len(own) - ceil(self._least * len(own)) + 1]

    def add(self, place: int) -> None:
        for gram in self._rare(place):
            self._index.setdefault(gram, []).append(place)

    def like(self, place: int) -> Iterator[tuple[int, float]]:
        own = self._sets[place]
        near = {other for gram in self._rare(place) for other in self._index.get(gram, ())}
        for other in sorted(near):
            if self._least <= len(self._sets[other]) / len(own) <= 1 / self._least:
                found = likeness(own, self._sets[other])
                if found >= self._least:
                    yield other, found
