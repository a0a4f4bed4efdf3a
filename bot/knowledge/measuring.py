"""The rule for automatic answers, measured on real messages and replies that lie outside the project."""

import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from nlu import fallback
from nlu.matching import KEPT, SETS, Match, Row, rows_of, sameness, text_of
from policies.facts import EventKind, Triage, Understanding
from policies.knowledge import Candidate, Judged, may_answer, names_agree
from policies.triage import decide

STEPS = tuple(round(0.3 + 0.05 * step, 2) for step in range(14))
type Verdicts = dict[tuple[str, int, int], bool]


def verdicts(path: Path) -> Verdicts:
    """The judgements of a file like tests/nlu/sets/answers.toml: (set, row, entry) -> whether the reply answers the message."""
    found = tomllib.loads(path.read_text("utf-8"))
    return {(name, row, entry): bool(right) for name in SETS for row, entry, right, _ in found[name]}


def asked_in(folder: Path) -> int:
    """How many different messages there are to ask."""
    return sum(len({sameness(row) for row in rows_of(folder, name) if row["text"]}) for name in SETS)


def judged(found: Iterable[Match], known: Verdicts, folder: Path, *, kinds: bool) -> Iterator[tuple[Match, Judged]]:
    """Each match near enough to matter with its verdict; one that nobody judged counts as wrong.

    `kinds`: also leave out what the rule never answers by its kind, as read by words alone; else only numbers and names are compared.
    """
    texts = {name: rows_of(folder, name) for name in SETS}
    for match in found:
        if match.score >= KEPT:
            message, entry = text_of(texts[match.asked][match.row]), texts["replies"][match.entry]
            right = known.get((match.asked, match.row, match.entry), False)
            yield match, Judged(match.score, right, _passes(message, entry, kinds))


def _passes(message: str, entry: Row, kinds: bool) -> bool:
    words = f"{text_of(entry)}\n{entry['reply']}"
    candidate = Candidate(1.0, entry["title"], words, in_force=True, contradicted=False, switched_on=True)
    reading = fallback.understand(message)
    if not kinds:
        return names_agree(message, reading.entities, candidate)
    return not may_answer(
        _triage(reading, message), EventKind.MESSAGE, message, reading.entities, candidate, new_ticket=True, has_media=False
    )


def _triage(reading: Understanding, message: str) -> Triage:
    return decide(reading, text=message, kind=EventKind.MESSAGE, has_media=False, joins_open_ticket=False)
