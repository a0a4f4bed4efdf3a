"""Whether a newly trained model may take the place of the one in use (rule pack learning.toml)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from policies.facts import Kind
from policies.rulepack import read, values

NO_QUESTION = frozenset({Kind.THANKS, Kind.CHAT, Kind.ABUSE, Kind.ADVERTISEMENT})
"""What a message may be called without asking anything of anybody."""

SUBJECTLESS = NO_QUESTION | {Kind.UNCLEAR, Kind.HUMAN}
"""Kinds whose training sentences are about nothing where nobody named a subject."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured share (0..1) and of how many texts it is."""

    value: float
    of: int


@dataclass(frozen=True, slots=True)
class Guard:
    """How one figure is guarded."""

    better: str  # "higher" or "lower"
    tolerance: float
    least: int


@dataclass(frozen=True, slots=True)
class Worse:
    """One figure that stands against the new model. `new` is None where it was not measured."""

    name: str
    old: float
    new: float | None
    tolerance: float


@dataclass(frozen=True, slots=True)
class Rules:
    """What is learnt from corrections, and what guards a promotion."""

    copies: int  # of each corrected text in the training data
    held_out: int  # one correction in so many is only tested on
    longest: int  # characters of one training sentence
    guards: Mapping[str, Guard]


def rules(pack: Mapping[str, Any] | None = None) -> Rules:
    """The rules of a pack (default: learning.toml)."""
    found = values(read("learning") if pack is None else pack)
    guards = {name: Guard(**guard) for name, guard in found["figures"].items()}
    return Rules(**found["training"], guards=guards)


def promotes(old: Mapping[str, Figure], new: Mapping[str, Figure], guards: Mapping[str, Guard]) -> tuple[Worse, ...]:
    """What stands against the new model; nothing where it may be promoted.

    A figure counts when the old model has it from enough texts. The new one must have it from as many: what could not be measured
    is not better.
    """
    counted = [(name, guard, old[name]) for name, guard in guards.items() if name in old and old[name].of >= guard.least]
    return tuple(
        Worse(name, before.value, new[name].value if name in new else None, guard.tolerance)
        for name, guard, before in counted
        if not _holds(guard, before, new.get(name))
    )


def _holds(guard: Guard, before: Figure, after: Figure | None) -> bool:
    if after is None or after.of < before.of:
        return False
    loss = before.value - after.value if guard.better == "higher" else after.value - before.value
    return loss <= guard.tolerance + 1e-9


def is_held_out(number: int, every: int) -> bool:
    """Whether the correction with this number is tested on only. It stays so whatever is corrected later."""
    return every > 0 and number % every == 0
