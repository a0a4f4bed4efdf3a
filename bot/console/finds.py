"""What was found in a citizen's message, for the chips under it: places, times, numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.tickets.models import Message
from policies.masking import mask

PERSONAL = frozenset({"phone", "id_card", "bank_card"})
SHOWN = 8  # the rest opens on demand


@dataclass(frozen=True, slots=True)
class Find:
    """One chip. `dial`: the number a telephone may be given, "" where there is none or it is hidden."""

    kind: str
    value: str
    dial: str = ""


@dataclass(frozen=True, slots=True)
class Finds:
    """The chips of a message, those beyond the first few apart."""

    first: tuple[Find, ...] = ()
    more: tuple[Find, ...] = ()


def finds(message: Message, *, numbers: bool) -> Finds:
    """What the message names, each once, in its order. `numbers`: whether this person may read telephone and identity numbers."""
    rows = [one for one in message.entities if isinstance(one, Mapping)] if isinstance(message.entities, list) else []
    chips = tuple(dict.fromkeys(chip for one in rows if (chip := _find(one, numbers)) is not None))
    return Finds(chips[:SHOWN], chips[SHOWN:])


def _find(one: Mapping[str, Any], numbers: bool) -> Find | None:
    kind, value = one.get("entity"), one.get("value")
    if not isinstance(kind, str) or not isinstance(value, str) or not value.strip():
        return None
    if kind not in PERSONAL:
        return Find(kind, value)
    if not numbers:
        return Find(kind, _hidden(kind, value))
    return Find(kind, value, _dial(value) if kind == "phone" else "")


def _hidden(kind: str, value: str) -> str:
    """Masked as in the text; a local number, which tells itself only behind its word, as if the word stood there."""
    return mask(f"电话{value}").removeprefix("电话") if kind == "phone" else mask(value)


def _dial(value: str) -> str:
    digits = "".join(str(int(sign)) for sign in value if sign.isdecimal())
    return f"+{digits}" if value.lstrip().startswith(("+", "＋")) else digits
