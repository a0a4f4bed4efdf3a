"""Pairs of neighbouring characters, and how rare each is: what a text is about without a dictionary.

Names of places and firms are rare pairs, words of every letter are common ones; both come out of counting. A pair is kept as a
number, so that tens of thousands of texts fit into little memory; two pairs in 262,144 that share one do no harm.
"""

import heapq
import math
import re
import zlib
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import pairwise

from nlu import corpus

BUCKETS = 1 << 18
_LAST = BUCKETS - 1
_SPREAD = 40503  # odd: neighbours in the code table do not fall together
RUN = re.compile(r"[\u3400-\u9fff]+|[a-z0-9]+")
BACKGROUND = 3000  # how many texts the background counts for against those that really came


def grams(text: str) -> Counter[int]:
    """Every pair of neighbouring Chinese characters, and every word of letters or digits, with how often it stands there."""
    found: Counter[int] = Counter()
    for run in RUN.findall(text.lower()):
        found.update(pairs(run))
    return found


def pairs(run: str) -> list[int]:
    """The pairs of one run without a break; a word of letters or digits, or a single character, is one by itself."""
    if run.isascii() or len(run) == 1:
        return [zlib.crc32(run.encode()) & _LAST]
    codes = [ord(sign) for sign in run]
    return [(one * _SPREAD + two) & _LAST for one, two in pairwise(codes)]


@cache
def everyday() -> "array[float]":
    """How often each pair stands in everyday sentences: our own training examples, which name no real place."""
    counts: Counter[int] = Counter()
    texts = 0
    for example in corpus.read():
        counts.update(grams(example.text).keys())
        texts += 1
    found = array("f", bytes(4 * BUCKETS))
    for gram, count in counts.items():
        found[gram] = count / texts * BACKGROUND
    return found


class Rarity:
    """In how many texts each pair was seen: it learns with every text, and starts from a background of everyday sentences."""

    def __init__(self, background: "array[float] | None" = None) -> None:
        self._texts = 0
        self._seen = array("I", bytes(4 * BUCKETS))
        self._before = background if background is not None else array("f", bytes(4 * BUCKETS))

    def learn(self, found: Iterable[int]) -> None:
        """One more text with these pairs."""
        self._texts += 1
        for gram in found:
            self._seen[gram] += 1

    def vector(self, found: Mapping[int, int], most: int) -> dict[int, float]:
        """The pairs that tell most, weighted by the logarithm of how rare they are (and how often they stand there), of length 1."""
        log, seen, before, texts = math.log, self._seen, self._before, self._texts + BACKGROUND + 1
        weights = {
            gram: max(0.0, log(texts / (seen[gram] + before[gram] + 0.5))) * (1 + log(count) if count > 1 else 1.0)
            for gram, count in found.items()
        }
        if len(weights) > most:
            weights = dict(heapq.nlargest(most, weights.items(), key=lambda item: item[1]))
        length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        return {gram: weight / length for gram, weight in weights.items()}
