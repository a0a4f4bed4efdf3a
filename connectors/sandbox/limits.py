"""The limits the pretend platforms enforce: data with sources, changeable while running."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("limits.toml")


class Limits:
    """Flat access by dotted name, e.g. `limits["wechat.kf.message_count"]`."""

    def __init__(self) -> None:
        self._pristine = dict(_flatten(tomllib.loads(FILE.read_text(encoding="utf-8")), ""))
        self._values = dict(self._pristine)

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def find(self, name: str) -> Any | None:
        """The value, or None when no such limit exists."""
        return self._values.get(name)

    def change(self, values: Mapping[str, Any]) -> str:
        """Set several limits or none. Returns what is wrong, "" = done."""
        for name, value in values.items():
            if name not in self._values:
                return f"no limit {name!r}"
            if not _fits(self._pristine[name], value):
                return f"{name} must be like {self._pristine[name]!r}"
        self._values.update(values)
        return ""

    def reset(self) -> None:
        """Back to the file's values."""
        self._values = dict(self._pristine)

    def all(self) -> dict[str, Any]:
        """Every limit with its present value."""
        return dict(self._values)


def _fits(model: Any, value: Any) -> bool:
    if isinstance(model, bool) or isinstance(value, bool):
        return isinstance(model, bool) and isinstance(value, bool)
    if isinstance(model, int | float):
        return isinstance(value, int | float) and value >= 0
    return isinstance(value, type(model))


def _flatten(node: Mapping[str, Any], prefix: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, child in node.items():
        path = f"{prefix}.{name}" if prefix else name
        if "value" in child:
            if not child.get("source"):
                raise ValueError(f"{path}: a limit needs a source")
            found.append((path, child["value"]))
        else:
            found.extend(_flatten(child, path))
    return found
