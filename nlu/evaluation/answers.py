"""What Rasa's answer says on one axis."""

from collections.abc import Collection
from typing import Any

Answer = dict[str, Any] | None


def best(answer: Answer, axis: str, among: Collection[str] = ()) -> tuple[str, float]:
    """The likeliest label and its probability (0..1); `among`: of these only, if Rasa told of one of them. ("", 0) without an answer."""
    found = ranking(answer, axis)
    return next((pair for pair in found if not among or pair[0] in among), found[0] if found else ("", 0.0))


def ranking(answer: Answer, axis: str) -> list[tuple[str, float]]:
    """Every label that Rasa told of, best first, each once. Empty where there is no answer or it has another shape."""
    told = answer if isinstance(answer, dict) else {}
    first, others = told.get(axis), told.get(f"{axis}_ranking")
    rows: list[Any] = [first, *(others if isinstance(others, list) else [])] if isinstance(first, dict) and first.get("name") else []
    found: dict[str, float] = {}
    for row in rows:
        if isinstance(row, dict) and isinstance(row.get("name"), str):
            found.setdefault(row["name"], min(1.0, max(0.0, float(row.get("confidence") or 0.0))))
    return list(found.items())
