"""The threshold in force is the one its evidence gives, and the evidence is what it says it is."""

import tomllib
from pathlib import Path

import pytest

from bot.knowledge.measuring import judged, verdicts
from nlu.matching import KEPT, SETS, Match, base_of, rows_of, text_of
from policies.knowledge import EVIDENCE, THRESHOLD, curve

FILE = Path(__file__).parents[2] / "nlu" / "sets" / "answers.toml"
SHARED = next((path for above in Path(__file__).parents if (path := above / "shared/data").is_dir()), Path("/missing"))
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the real messages are not part of the project: ../shared/data is missing")


def kept() -> list[Match]:
    found = tomllib.loads(FILE.read_text("utf-8"))
    return [Match(name, row, entry, near) for name in SETS for row, entry, _, near in found[name]]


def test_at_least_150_pairs_are_judged_once_each_and_without_text() -> None:
    pairs = [(match.asked, match.row, match.entry) for match in kept()]
    assert len(pairs) == len(set(pairs)) == len(verdicts(FILE)) == EVIDENCE["judged"] >= 150
    assert all(KEPT <= match.score <= 1 for match in kept())
    assert not any("\u4e00" <= sign <= "\u9fff" for sign in FILE.read_text("utf-8"))


@needs_shared
def test_the_figures_shown_beside_the_switches_are_about_those_of_today() -> None:
    rows = [one for _, one in judged(kept(), verdicts(FILE), SHARED, kinds=True)]
    (point,) = curve(rows, EVIDENCE["asked"], [THRESHOLD])
    # Kinds and places are read by rules that change: they move a case in or out, not what the rule is worth.
    assert abs(point.answered - EVIDENCE["answered"]) <= 8 and point.precision >= EVIDENCE["right"] / EVIDENCE["answered"] - 0.03
    assert point.decisions_right >= 0.999


@needs_shared
def test_what_was_judged_is_still_found_as_near_as_then() -> None:
    entries, near = {match.entry for match in kept()}, [match for match in kept() if match.score >= 0.9]
    replies = rows_of(SHARED, "replies")
    small = base_of([row if at in entries else {**row, "explains": 0} for at, row in enumerate(replies)])
    texts = {name: rows_of(SHARED, name) for name in SETS}
    found = [
        {hit.key: hit.asked for hit in small.search(text_of(texts[match.asked][match.row]), limit=5)}.get(match.entry, 0) for match in near
    ]
    assert min(found) > 0.8
