"""From the webhook's bytes to plain JSON that every database can store, or a refusal."""

import json
import math
import re
from typing import Any

from connectors.contract import Rejected
from connectors.telegram.limits import DATA

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_INT64 = 2**63


def parse(body: bytes) -> dict[str, Any]:
    """The update in `body`. Raises Rejected(400) for anything but a JSON object with an integer `update_id`.

    Numbers outside 64 bits and infinite ones become text; NUL and lone surrogates become U+FFFD, one unit for one unit,
    so that the offsets of entities stay true.
    """
    try:
        text = body.decode("utf-8")
        found = json.loads(text, parse_int=_int, parse_float=_float, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Rejected(400, "not UTF-8 JSON") from None
    if not isinstance(found, dict):
        raise Rejected(400, "not a JSON object")
    update: dict[str, Any] = storable(found)
    if not is_whole(update.get("update_id")):
        raise Rejected(400, "no integer update_id")
    return update


def storable(node: Any, room: int | None = None) -> Any:
    """A copy of plain JSON without what PostgreSQL's jsonb refuses. Raises Rejected(400) when nested too deep."""
    room = int(DATA["webhook"]["json_depth"]) if room is None else room
    if isinstance(node, str):
        return _UNSTORABLE.sub("\ufffd", node)
    if not isinstance(node, dict | list):
        return node
    if room <= 0:
        raise Rejected(400, "JSON nested too deep")
    if isinstance(node, list):
        return [storable(child, room - 1) for child in node]
    return {storable(name): storable(child, room - 1) for name, child in node.items()}


def is_whole(value: object) -> bool:
    """Whether this is a JSON integer of at most 64 bits (True is none)."""
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < _INT64


def _int(digits: str) -> int | str:
    return digits if len(digits) > 19 or abs(int(digits)) >= _INT64 else int(digits)


def _float(digits: str) -> float | str:
    value = float(digits)
    return value if math.isfinite(value) else digits


def _no_constant(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity are no JSON
