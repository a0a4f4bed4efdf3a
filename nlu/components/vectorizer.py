"""TF-IDF over characters, words and the opening characters: the numbers the classifiers see. No Rasa in here.

Measured on real messages: runs of up to three characters, jieba words and pairs of words, and the opening as a block of its own
read best (macro-F1 of seven subjects 0.914 against 0.902 without the opening); stop words, longer runs and other lengths of the
opening changed nothing.
"""

from __future__ import annotations

import itertools
import json
import unicodedata
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import Dict, Iterable, List, Sequence, Tuple

import numpy as np
from scipy.sparse import csr_matrix

BLOCKS = ("chars", "words", "opening")
LONGEST_KNOWN = 8  # characters of a word worth remembering
MANY = 5000  # texts from which on pieces that occur once are left out


def normalise(text: str, max_chars: int) -> str:
    """One form for the many ways of writing the same: width, case, digits, spaces. `max_chars` bounds the work.

    Every digit becomes 0: a number's length says something (phone, price), its value hardly ever does.
    """
    plain = unicodedata.normalize("NFKC", text[:max_chars]).lower()
    return "".join("0" if mark.isdigit() else mark for mark in plain if not mark.isspace() and unicodedata.category(mark)[0] != "C")


@lru_cache(maxsize=1 << 16)
def _plain_word(token: str) -> str:
    return normalise(token, len(token))


def plain_word(token: str) -> str:
    """A token in its one form; "" if it is only punctuation. Short ones are remembered: the same few thousand come again and again."""
    found = _plain_word(token) if len(token) <= LONGEST_KNOWN else normalise(token, len(token))
    return found if found.isalnum() or any(mark.isalnum() for mark in found) else ""


def pieces(text: str, longest: int) -> Counter[str]:
    """How often each run of 1..`longest` characters occurs."""
    found: Counter[str] = Counter()
    for size in range(1, longest + 1):
        found.update([text[start : start + size] for start in range(len(text) - size + 1)])
    return found


def words(tokens: Sequence[str]) -> Counter[str]:
    """How often each word and each pair of neighbouring words occurs."""
    kept = [word for token in tokens if (word := plain_word(token))]
    found = Counter(kept)
    found.update([f"{left} {right}" for left, right in itertools.pairwise(kept)])
    return found


class Vectorizer:
    """Learns which pieces and words matter and turns texts into sparse rows; each block of a row has unit length."""

    def __init__(self, longest: int = 3, least: int = 2, max_chars: int = 600, opening: int = 30) -> None:
        """How texts are taken apart.

        `longest`: characters in a piece; `max_chars`: how much of a text is read; `opening`: so many first characters are a block
        of their own, since people say first what it is about (0: none); `least`: texts a long piece or pair of words must occur in
        to be kept, where there are many texts (single characters, pairs and words always are).
        """
        self.longest, self.least, self.max_chars, self.opening = longest, least, max_chars, opening
        self.vocabulary: List[Dict[str, int]] = [{} for _ in BLOCKS]  # of each block, the column of a piece
        self.idf = np.zeros(0, dtype=np.float32)

    def _counts(self, text: str, tokens: Sequence[str]) -> List[Counter[str]]:
        """What occurs how often, a count for each of BLOCKS."""
        plain = normalise(text, self.max_chars)
        return [pieces(plain, self.longest), words(tokens), pieces(plain[: self.opening], self.longest)]

    def fit(self, texts: Iterable[str], tokens: Iterable[Sequence[str]]) -> None:
        """Choose the columns from the training texts and their tokens."""
        seen: List[Counter[str]] = [Counter() for _ in BLOCKS]
        rows = 0
        for text, own in zip(texts, tokens, strict=True):
            rows += 1
            for block, counts in zip(seen, self._counts(text, own), strict=True):
                block.update(counts.keys())
        least = self.least if rows >= MANY else 1
        named = zip(BLOCKS, seen, strict=True)
        kept = [[key for key in sorted(block) if block[key] >= least or is_short(name, key)] for name, block in named]
        self._number(kept)
        frequency = np.array([block[key] for block, keys in zip(seen, kept, strict=True) for key in keys], dtype=np.float32)
        self.idf = (np.log((1 + rows) / (1 + frequency)) + 1).astype(np.float32)

    def _number(self, kept: Sequence[Sequence[str]]) -> None:
        places = itertools.count()
        self.vocabulary = [dict(zip(keys, places, strict=False)) for keys in kept]

    def row(self, text: str, tokens: Sequence[str]) -> csr_matrix:
        """One text as one row."""
        blocks = [self._block(known, counts) for known, counts in zip(self.vocabulary, self._counts(text, tokens), strict=True)]
        columns = np.concatenate([columns for columns, _ in blocks])
        values = np.concatenate([values for _, values in blocks])
        return csr_matrix((values, columns, np.array([0, len(columns)], dtype=np.int32)), shape=(1, len(self.idf)))

    def _block(self, vocabulary: Dict[str, int], counts: Counter[str]) -> Tuple[np.ndarray, np.ndarray]:
        # looked up once and sorted out by NumPy: most pieces of a long text are unknown, and each look costs a miss of the cache
        places = np.array([vocabulary.get(key, -1) for key in counts], dtype=np.int32)
        times = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
        known = places >= 0
        columns = places[known]
        weights = (1 + np.log(times[known])) * self.idf[columns]
        length = float(np.linalg.norm(weights))
        return columns, weights / length if length else weights

    def save(self, folder: Path) -> None:
        """Write JSON and npz: a model file must not be able to run code."""
        settings = {"longest": self.longest, "least": self.least, "max_chars": self.max_chars, "opening": self.opening}
        keys = [sorted(known, key=known.__getitem__) for known in self.vocabulary]
        (folder / "vectorizer.json").write_text(json.dumps({"settings": settings, "keys": keys}, ensure_ascii=False), "utf-8")
        np.savez_compressed(folder / "vectorizer.npz", idf=self.idf)

    @classmethod
    def load(cls, folder: Path) -> Vectorizer:
        """Read what `save` wrote."""
        stored = json.loads((folder / "vectorizer.json").read_text("utf-8"))
        made = cls(**stored["settings"])
        made._number(stored["keys"])
        with np.load(folder / "vectorizer.npz", allow_pickle=False) as arrays:
            made.idf = arrays["idf"]
        return made


def is_short(block: str, key: str) -> bool:
    """Whether a piece has one or two characters or is a single word: kept even if it occurs once."""
    return " " not in key if block == "words" else len(key) <= 2


def unit(row: csr_matrix) -> csr_matrix:
    """The row with length 1, for what compares whole rows."""
    length = float(np.linalg.norm(row.data))
    return csr_matrix((row.data / length, row.indices, row.indptr), shape=row.shape) if length else row
