"""Reading rule packs: the numbers and words of the rules as data, each with its source.

A value is written `{ value = …, source = "…" }`; a table may carry more beside them (a unit, a note).
This is the only module of the room that reads files, and only those that lie beside it.
"""

import functools
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "rulepacks"


@functools.cache
def read(name: str) -> Mapping[str, Any]:
    """The pack `rulepacks/<name>.toml` as it stands, sources included.

    Raises ValueError where a value has no source (a number without a source is a guess), FileNotFoundError for an unknown pack.
    """
    return parse((FOLDER / f"{name}.toml").read_text(encoding="utf-8"), name)


def parse(text: str, name: str) -> Mapping[str, Any]:
    """Read a pack from text (a tenant's own pack is not a file beside this one). Raises ValueError as `read` does."""
    pack = tomllib.loads(text)
    _check(pack, name)
    return pack


def values(node: Any) -> Any:
    """The pack without its sources and units: `{ value = 3, source = "…" }` becomes 3."""
    if not isinstance(node, Mapping):
        return node
    if "value" in node:
        return node["value"]
    return {name: values(child) for name, child in node.items() if name != "source"}


def _check(node: Any, where: str) -> None:
    if isinstance(node, Mapping):
        if "value" in node and not node.get("source"):
            raise ValueError(f"{where}: a value needs a source")
        for name, child in node.items():
            _check(child, f"{where}.{name}")
    elif isinstance(node, list):
        for child in node:
            _check(child, where)
