"""Pages by cursor: the next page starts after the last row seen, however much was added meanwhile."""

import base64
import binascii
import json
from collections.abc import Callable
from typing import Any

from django.db.models import Model, Q, QuerySet

from bot.api.problems import Problem

MOST = 200


def page[M: Model](
    rows: QuerySet[M],
    order: str,
    cursor: str,
    limit: int,
    show: Callable[[M], dict[str, Any]],
    fetch: Callable[[QuerySet[M], int], list[M]] | None = None,
) -> dict[str, Any]:
    """`{items, next}` in the order of one column (a leading `-` for descending), ties broken by the primary key.

    `fetch`: how the first so many of the rows after the cursor are had, where a plain query would be slow.
    """
    limit = max(1, min(limit, MOST))
    name, down = order.lstrip("-"), order.startswith("-")
    ordering = [order] if name == "pk" else [order, "-pk" if down else "pk"]
    if cursor:
        rows = rows.filter(_after(name, down, cursor))
    found = fetch(rows, limit + 1) if fetch else list(rows.order_by(*ordering)[: limit + 1])
    more = len(found) > limit
    found = found[:limit]
    return {"items": [show(row) for row in found], "next": _cursor(found[-1], name) if more and found else None}


def _cursor(row: Model, name: str) -> str:
    value = None if name == "pk" else getattr(row, name).isoformat()
    return base64.urlsafe_b64encode(json.dumps([value, row.pk]).encode()).decode().rstrip("=")


def _after(name: str, down: bool, cursor: str) -> Q:
    try:
        value, pk = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        comparison = "lt" if down else "gt"
        if name == "pk":
            return Q(**{f"pk__{comparison}": pk})
        # Written as a range first, so that the index is entered at the cursor and not at its start.
        return Q(**{f"{name}__{comparison}e": value}) & (Q(**{f"{name}__{comparison}": value}) | Q(**{f"pk__{comparison}": int(pk)}))
    except (ValueError, TypeError, binascii.Error):
        raise Problem(400, "Bad Request", "游标无效。") from None
