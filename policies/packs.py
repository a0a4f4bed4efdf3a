"""A department's own pack of deadlines: what of the default pack it may set, within which bounds, and how the two are laid together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from policies.deadlines import PACK
from policies.facts import Kind

KIND_UNITS = ("working_days", "working_hours", "minutes")
_UNITS: Mapping[str, tuple[str, ...]] = {
    **{f"kind.{kind}": KIND_UNITS for kind in Kind},
    f"kind.{Kind.EMERGENCY}": ("minutes",),  # an emergency does not wait for office hours
    "extension.working_days": ("working_days",),
    "extension.times": ("times",),
    "pause.working_days": ("working_days",),
    "pause.times": ("times",),
    "reopen.days": ("days",),
    "window.useful_minutes": ("minutes",),
}
_MOST: Mapping[str, int] = {"extension.times": 1}  # a second extension would be a deadline nobody believes (facts 3.17)

KEYS: tuple[str, ...] = tuple(_UNITS)
"""What a department may set, in the order of the page."""


@dataclass(frozen=True, slots=True)
class Own:
    """One thing a department has set for itself and for those below it."""

    key: str
    value: int
    unit: str
    source: str


def units(key: str) -> tuple[str, ...]:
    """The units this value may be given in. Raises KeyError for what is not a department's to set."""
    return _UNITS[key]


def bounds(key: str, unit: str) -> tuple[int, int]:
    """The least and the most a department may set."""
    least, most = PACK["bounds"][unit]["value"]
    return least, min(most, _MOST.get(key, most))


def fits(key: str, value: int, unit: str) -> bool:
    """Whether a department may set this."""
    if unit not in _UNITS.get(key, ()):
        return False
    least, most = bounds(key, unit)
    return least <= value <= most


def laid_over(base: Mapping[str, Any], rows: Iterable[Own]) -> Mapping[str, Any]:
    """The pack with these values in the place of its own; `base` stays as it is."""
    sections: dict[str, Any] = dict(base)
    for row in rows:
        section, _, name = row.key.partition(".")
        sections[section] = {**sections[section], name: {"value": row.value, "unit": row.unit, "source": row.source}}
    return sections


def value_of(pack: Mapping[str, Any], key: str) -> Own:
    """What the pack says of this, its unit always named."""
    section, _, name = key.partition(".")
    rule = pack[section][name]
    return Own(key, rule["value"], rule.get("unit") or _UNITS[key][0], rule["source"])
