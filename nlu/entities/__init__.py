"""What staff look for in a message: places, times, telephone, identity and bank numbers, departments, plates, case and ticket numbers.

Rules and words only (words.ini), standard library only, no model: the same text always gives the same finds, the offsets are
those of the text as it was given, and the work grows with its length.
"""

from __future__ import annotations

from typing import Any

from nlu.entities import numbers, places, times
from nlu.entities.folding import fold

KINDS = ("place", "time", "phone", "id_card", "bank_card", "department", "plate", "case_number", "ticket_number")
MAX_CHARS = 20_000
MOST = 60  # nobody reads more of one message
LONGEST_VALUE = 200  # only a text full of invisible signs has longer ones
_RANK = {
    kind: place
    for place, kind in enumerate(("id_card", "bank_card", "phone", "plate", "ticket_number", "case_number", "department", "place", "time"))
}


def find(text: str) -> tuple[dict[str, Any], ...]:
    """The entities of a text in their order, each {"entity", "value", "start", "end"} with text[start:end] == value.

    The longest find wins where two overlap. The first 20,000 characters are read; the first 60 finds are given. Never raises.
    """
    folded = fold(text[:MAX_CHARS])
    plain = folded.plain
    found = [*numbers.spans(plain), *times.spans(plain), *places.spans(plain)]
    kept = _without_overlaps(found, len(plain))[:MOST]
    rows = ((kind, folded.start(start), folded.end(end)) for kind, start, end in kept)
    return tuple(
        {"entity": kind, "value": text[start:end], "start": start, "end": end} for kind, start, end in rows if end - start <= LONGEST_VALUE
    )


def _without_overlaps(found: list[tuple[str, int, int]], length: int) -> list[tuple[str, int, int]]:
    taken = bytearray(length)
    kept = []
    for kind, start, end in sorted(found, key=lambda one: (one[1] - one[2], _RANK[one[0]], one[1])):
        if start < end and not any(taken[start:end]):
            taken[start:end] = b"\1" * (end - start)
            kept.append((kind, start, end))
    return sorted(kept, key=lambda one: one[1])
