"""Real messages asked of a knowledge base made of real replies: which entry each would find, and how near it is.

The messages and replies lie outside the project and stay there; what is kept of them is row numbers, judgements and figures
(`tests/nlu/sets/answers.toml`). The base holds the replies that explain something; a message is never asked of a base in which
its own reply, or the reply to the same text sent twice, stands.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlu.retrieval import Document, Index, plain

FOLDS = 5  # a message of replies.jsonl is asked of the replies of the other folds (by row number)
SETS = ("replies", "stream", "messages")
KEPT = 0.3  # nearer than this a match is worth judging

type Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Match:
    """Message `row` of `asked` finds the reply in row `entry` of replies.jsonl at this nearness (0..1)."""

    asked: str
    row: int
    entry: int
    score: float


def rows_of(folder: Path, name: str) -> list[Row]:
    """The rows of one file, by number; rebuilt texts (raw: false) stand in their place as empty ones."""
    found = [json.loads(line) for line in (folder / f"{name}.jsonl").read_text("utf-8").splitlines() if line.strip()]
    return [row if row.get("raw", True) else {"text": ""} for row in found]


def text_of(row: Row) -> str:
    """What the citizen wrote: title and text."""
    return f"{row.get('title', '')} {row['text']}".strip()


def sameness(row: Row) -> str:
    """Two rows with the same value are one text sent twice."""
    return re.sub(r"\W", "", plain(text_of(row)))


def base_of(replies: list[Row], left_out: int | None = None) -> Index:
    """An index over the replies that explain, without those of one fold. Asked by the title, or by title and text."""
    entries = [(at, row) for at, row in enumerate(replies) if row["explains"] and (left_out is None or at % FOLDS != left_out)]
    return Index(Document(at, (row["title"], text_of(row)), row["reply"]) for at, row in entries)


def matches_in_fold(replies: list[Row], fold: int, only: frozenset[int] | None = None) -> Iterator[Match]:
    """The matches of the replies' own messages of one fold (of these rows only)."""
    base = base_of(replies, fold)
    for at in range(fold, len(replies), FOLDS):
        if only is None or at in only:
            yield from _match(base, replies, "replies", at, replies[at])


def matches(folder: Path) -> Iterator[Match]:
    """The best match of every message of all three files; messages that find nothing are left out."""
    replies = rows_of(folder, "replies")
    for fold in range(FOLDS):
        yield from matches_in_fold(replies, fold)
    base = base_of(replies)
    answered = {sameness(row) for row in replies}
    for name in SETS[1:]:
        for at, row in enumerate(rows_of(folder, name)):
            if sameness(row) not in answered:
                yield from _match(base, replies, name, at, row)


def _match(base: Index, replies: list[Row], name: str, at: int, row: Row) -> Iterator[Match]:
    own = sameness(row)
    found = [hit for hit in base.search(text_of(row), limit=5) if sameness(replies[hit.key]) != own]
    if found:
        best = max(found, key=lambda hit: hit.asked)
        yield Match(name, at, best.key, round(best.asked, 4))
