"""Which department a ticket goes to: the one that is competent for what it is about, as each installation's own table says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from policies.facts import Understanding
from policies.rulepack import read, values

_PACK: dict[str, Any] = values(read("routing"))
SURE: float = _PACK["thresholds"]["sure"]
"""How sure (0..1) a reading must be of a subject before it sends a ticket to another department."""


@dataclass(frozen=True, slots=True)
class Routed:
    """A department by code, and the row of the table that says so ("" where none does)."""

    department: str
    label: str = ""


def department_for(reading: Understanding, own: str, tables: Iterable[Mapping[str, str]], sure: float = SURE) -> Routed:
    """The competent department, else `own`: that of the account that was written to.

    `tables`: subject or topic → department code, first the table of `own`, then of each department above it. The nearest table that
    says anything decides, in it the topic before its subject; a row that names "" is no row. A reading that is not `sure` moves nothing.
    """
    labels = [
        label
        for label, confidence in (
            (reading.topic, min(reading.topic_confidence, reading.subject_confidence)),
            (reading.subject, reading.subject_confidence),
        )
        if label and confidence >= sure
    ]
    found = (Routed(table[label], label) for table in tables for label in labels if table.get(label))
    return next(found, Routed(own))
