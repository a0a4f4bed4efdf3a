"""How often the check of wording speaks on replies that were judged by hand to explain, and on those that were not."""

import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policies.wording import LEVELS, findings

SAYS_NOTHING = frozenset({"only_passed_on", "too_short", "beside"})
"""The findings on a reply as a whole."""
PAIRS = 2_000  # of questions with another question's reply


@dataclass(frozen=True, slots=True)
class Measured:
    """Shares 0..1. `strangers`: how many replies to another question are found to be beside this one."""

    explaining: int
    empty: int
    of_explaining: Mapping[str, float]
    of_empty: Mapping[str, float]
    strangers: float


def measure(rows: Sequence[Mapping[str, Any]]) -> Measured:
    """Check every reply. Rows have `title`, `text`, `reply` and `explains` (1 or 0). Raises ValueError where one kind is missing."""
    counts: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    many = Counter(bool(row["explains"]) for row in rows)
    if not many[True] or not many[False]:
        raise ValueError("replies of both kinds are needed")
    for row in rows:
        codes = {one.code for one in findings(str(row["reply"]), _asked(row))}
        counts[bool(row["explains"])].update([*codes, *(["says nothing"] if codes & SAYS_NOTHING else []), *(["any"] if codes else [])])
    shares = {kind: {code: counts[kind][code] / many[kind] for code in (*LEVELS, "says nothing", "any")} for kind in counts}
    return Measured(many[True], many[False], shares[True], shares[False], _strangers(rows))


def _strangers(rows: Sequence[Mapping[str, Any]]) -> float:
    drawn = random.Random(20261122)  # noqa: S311  (the same pairs each time)
    explaining = [row for row in rows if row["explains"]]
    pairs = [drawn.sample(explaining, 2) for _ in range(PAIRS)] if len(explaining) > 1 else []
    beside = sum(any(one.code == "beside" for one in findings(str(two["reply"]), _asked(one_))) for one_, two in pairs)
    return beside / len(pairs) if pairs else 0.0


def _asked(row: Mapping[str, Any]) -> str:
    return f"{row.get('title', '')}\n{row['text']}"


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a file of JSON lines. Raises OSError, ValueError."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
