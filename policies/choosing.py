"""Which thresholds triage uses, chosen from readings of texts whose right answer is known.

Every choice is made on one half of the texts and told with the figures of the other half, which it has not seen.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import sqrt
from typing import Any

from policies.facts import EventKind, Kind, Understanding
from policies.rulepack import parse, values
from policies.triage import Clues, Thresholds, clues, danger, decide

REACH_RECALL = 0.98
MOST_ALARMS: Mapping[str, float] = {"messages": 0.02, "titles": 0.05}  # of real texts; a heading of a letter stands for a short message
MOST_DISMISSED = 0.001  # of real questions
MOST_UNCLEAR = 0.005  # of real messages held for unreadable: each costs the citizen a needless "please say it again"
SHORT = (0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.08, 0.12, 0.2, 0.3)
LONG = (*SHORT, 0.5)
SIGN = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05)
DISMISS = tuple(step / 100 for step in range(60, 100, 5))
UNCLEAR = tuple(step / 100 for step in range(20, 65, 5))


@dataclass(frozen=True, slots=True)
class Case:
    """A text and its reading."""

    text: str
    reading: Understanding


@dataclass(frozen=True, slots=True)
class Figures:
    """What a choice reaches on texts it was not made on."""

    chosen: Thresholds
    recall: float
    alarms: Mapping[str, float]  # by set: the share of its texts taken for emergencies
    counts: Mapping[str, int]


def halves[T](rows: Sequence[T]) -> tuple[Sequence[T], Sequence[T]]:
    """Even and odd rows: one to choose on, one to tell by."""
    return rows[::2], rows[1::2]


def emergencies(urgent: Sequence[Case], calm: Mapping[str, Sequence[Case]], base: Thresholds) -> Figures:
    """The thresholds of danger: at most MOST_ALARMS in the sets of `calm` it names, and of those the highest recall.

    Where REACH_RECALL is surpassed, the fewest alarms. Nothing fits: the strictest. The figures are those of the other halves.
    """
    known, unseen = halves([clues(case.reading, case.text, base) for case in urgent])
    sets = {name: halves([clues(case.reading, case.text, base) for case in cases]) for name, cases in calm.items()}
    limits = [(sets[name][0], most) for name, most in MOST_ALARMS.items() if name in sets]

    def worth(tried: Thresholds) -> tuple[bool, float, float]:
        alarms = [_share(rows, tried) for rows, _ in limits]
        fits = all(one <= most for one, (_, most) in zip(alarms, limits, strict=True))
        return fits, min(_share(known, tried), REACH_RECALL) if fits else 0.0, -sum(alarms)

    grid = [replace(base, emergency=a, emergency_long=b, emergency_sign=c) for a, b, c in product(SHORT, LONG, SIGN) if c < a <= b]
    chosen = max(grid, key=worth)
    told = {name: _share(rows[1], chosen) for name, rows in sets.items()}
    return Figures(chosen, _share(unseen, chosen), told, {"urgent": len(unseen), **{name: len(rows[1]) for name, rows in sets.items()}})


def _share(rows: Sequence[Clues], thresholds: Thresholds) -> float:
    return sum(bool(danger(row, thresholds)) for row in rows) / len(rows) if rows else 0.0


def dismissed(cases: Sequence[Case], thresholds: Thresholds) -> list[Case]:
    """Those that would get no ticket."""
    return [case for case in cases if not _judged(case, thresholds).makes_ticket]


def unclear(cases: Sequence[Case], thresholds: Thresholds) -> list[Case]:
    """Those of which staff would be told that nobody can make them out."""
    return [case for case in cases if _judged(case, thresholds).kind is Kind.UNCLEAR]


def _judged(case: Case, thresholds: Thresholds) -> Any:
    found = {"kind": EventKind.MESSAGE, "has_media": False, "joins_open_ticket": False, "thresholds": thresholds}
    return decide(case.reading, text=case.text, **found)  # type: ignore[arg-type]


def dismissal(real: Sequence[Case], base: Thresholds) -> tuple[Thresholds, int]:
    """The lowest threshold that surely (95 %) dismisses no more than MOST_DISMISSED of real questions, and how many it dismissed."""
    for value in DISMISS:
        tried = replace(base, dismiss=value)
        lost = len(dismissed(real, tried))
        if at_most(lost, len(real)) <= MOST_DISMISSED:
            return tried, lost
    return (strict := replace(base, dismiss=max(DISMISS))), len(dismissed(real, strict))


def doubt(real: Sequence[Case], noise: Sequence[Case], base: Thresholds) -> tuple[Thresholds, float, float]:
    """The pair unclear_*: catches the most noise with at most MOST_UNCLEAR of the real messages; with both shares of the other halves."""
    (known, unseen), (heard, unheard) = halves(real), halves(noise)
    loosest = replace(base, unclear_intent=max(UNCLEAR), unclear_subject=max(UNCLEAR))
    most, suspects, rubbish = (
        MOST_UNCLEAR * len(known),
        unclear(known, loosest),
        unclear(heard, loosest),
    )  # tighter pairs catch some of these
    pairs = [replace(base, unclear_intent=one, unclear_subject=other) for one, other in product(UNCLEAR, UNCLEAR)]
    fitting = [tried for tried in pairs if len(unclear(suspects, tried)) <= most] or pairs[:1]
    chosen = max(fitting, key=lambda tried: (len(unclear(rubbish, tried)), -tried.unclear_intent - tried.unclear_subject))
    return chosen, len(unclear(unheard, chosen)) / len(unheard), len(unclear(unseen, chosen)) / len(unseen)


def at_most(found: int, of: int) -> float:
    """The upper end of the 95 % interval of a share (Wilson, one-sided)."""
    if not of:
        return 1.0
    z, share = 1.645, found / of
    middle, spread = share + z * z / (2 * of), z * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return (middle + spread) / (1 + z * z / of)


def rewritten(pack: str, changes: Mapping[str, tuple[float, str]]) -> str:
    """A rule pack's text with new values and sources in its lines, all else as it was. Raises ValueError where a line is missing."""
    for name, (value, source) in changes.items():
        line = f"{name} = {{ value = {value:g}, source = {_quoted(source)} }}"
        pattern = rf"^{re.escape(name)} = \{{ value = [\d.]+, source = \".*\" \}}$"
        pack, times = re.subn(pattern, line, pack, flags=re.MULTILINE)
        if times != 1:
            raise ValueError(f"{name}: {times} lines")
    found = values(parse(pack, "pack"))["thresholds"]
    if any(found[name] != float(f"{value:g}") for name, (value, _) in changes.items()):
        raise ValueError("the pack does not read back as written")
    return pack


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "").replace('"', "'").replace("\n", " ") + '"'
