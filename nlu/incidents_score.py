"""How well the grouping of incidents agrees with the hand-labelled part of a stream: pairs, and the average over messages.

    python manage.py incidents_score ../shared/data/stream.jsonl

The stream is grouped from its first line on, each message as it comes, as the running system does it.
"""

import json
import tomllib
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

from nlu.grams import everyday
from nlu.incidents import RULES, Grouper, Read, Rules, Seen

type Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Labels:
    """What people said: the rows of each incident, the rows that were looked at, and pairs that are left out of the count."""

    incidents: tuple[frozenset[int], ...]
    sample: tuple[int, ...]
    unsure: frozenset[Pair]


@dataclass(frozen=True, slots=True)
class Score:
    """Precision, recall and their harmonic mean."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def __str__(self) -> str:
        return f"P {self.precision:.3f}  R {self.recall:.3f}  F1 {self.f1:.3f}"


def labels(path: Path) -> Labels:
    """Read tests/nlu/sets/incidents.toml."""
    given = tomllib.loads(path.read_text("utf-8"))
    incidents = tuple(frozenset(row["rows"]) for row in given["incident"])
    same = {pair for rows in incidents for pair in _pairs(rows)}
    unsure = {pair for rows in given["sample"]["unsure"] for pair in _pairs(rows)}
    return Labels(incidents, tuple(given["sample"]["rows"]), frozenset(unsure - same))


def grouped(lines: Iterable[str], rules: Rules = RULES) -> list[Hashable]:
    """The incident of each line of a stream (JSON: sent, citizen, title, text), in its order; a lone one has one of its own."""
    return group(
        (
            Seen(place, f"{row.get('title', '')}\n{row['text']}".strip(), _time(row["sent"]), str(row.get("citizen", "")))
            for place, row in enumerate(map(json.loads, lines))
        ),
        rules,
    )


def group(requests: Iterable[Seen], rules: Rules = RULES) -> list[Hashable]:
    """The incident of each request, in their order."""
    grouper, found, alone, incidents = (
        Grouper(everyday(), rules),
        dict[int, Hashable](),
        dict[int, Read](),
        0,
    )
    for seen in requests:
        read = grouper.read(seen)
        verdict = grouper.decide(read)
        incident = verdict.incident
        if verdict.partner is not None:
            incident = incidents = incidents + 1
            partner = alone.pop(verdict.partner)
            grouper.remember(partner, incident)
            found[partner.seen.key] = incident
        if incident is None:
            alone[seen.key] = read
        grouper.remember(read, incident)
        found[seen.key] = incident if incident is not None else f"alone {seen.key}"
        for key in grouper.second_look(read, incident) if incident is not None else ():
            found[key] = incident
            del alone[key]
    return list(found.values())


def pairs_score(found: Sequence[Hashable], wanted: Labels, rows: Collection[int] | None = None, *, without_largest: int = 0) -> Score:
    """Over all pairs of labelled rows; `rows` narrows to a stretch, `without_largest` leaves the rows of the largest incidents out."""
    left_out = {row for incident in sorted(wanted.incidents, key=len, reverse=True)[:without_largest] for row in incident}
    sample = [row for row in wanted.sample if row not in left_out and (rows is None or row in rows)]
    here = set(sample)
    same = {pair for incident in wanted.incidents for pair in _pairs(incident & here)}
    said = {pair for members in _members(found, sample).values() for pair in _pairs(members)} - wanted.unsure
    right = len(said & same)
    return Score(right / len(said) if said else 1.0, right / len(same) if same else 1.0)


def b_cubed(found: Sequence[Hashable], wanted: Labels, rows: Collection[int] | None = None) -> Score:
    """The average over messages: of those it was put with, how many belong; of those that belong, how many it was put with."""
    sample = [row for row in wanted.sample if rows is None or row in rows]
    true = {row: incident for incident in wanted.incidents for row in incident}
    members = _members(found, sample)
    precision = recall = 0.0
    for row in sample:
        mine, belongs = set(members[found[row]]), true.get(row, frozenset({row})) & set(sample)
        precision += len(mine & belongs) / len(mine)
        recall += len(mine & belongs) / len(belongs)
    return Score(precision / len(sample), recall / len(sample))


def report(found: Sequence[Hashable], wanted: Labels) -> dict[str, Any]:
    """Every figure, over all and by stretch of the stream."""
    figures: dict[str, Any] = {
        "pairs": pairs_score(found, wanted),
        "pairs without the two largest incidents": pairs_score(found, wanted, without_largest=2),
        "B-cubed": b_cubed(found, wanted),
    }
    for stretch in stretches(wanted.sample):
        name = f"rows {stretch[0]}–{stretch[-1]}"
        figures[f"{name}: pairs"] = pairs_score(found, wanted, stretch)
        figures[f"{name}: pairs without the two largest incidents"] = pairs_score(found, wanted, stretch, without_largest=2)
        figures[f"{name}: B-cubed"] = b_cubed(found, wanted, stretch)
    return figures


def stretches(rows: Sequence[int]) -> list[range]:
    """Runs of rows without a gap."""
    found: list[range] = []
    for row in sorted(rows):
        if found and found[-1].stop == row:
            found[-1] = range(found[-1].start, row + 1)
        else:
            found.append(range(row, row + 1))
    return found


def _pairs(rows: Iterable[int]) -> set[Pair]:
    return set(combinations(sorted(rows), 2))


def _members(found: Sequence[Hashable], sample: Iterable[int]) -> Mapping[Hashable, list[int]]:
    members: dict[Hashable, list[int]] = defaultdict(list)
    for row in sample:
        members[found[row]].append(row)
    return members


def _time(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
