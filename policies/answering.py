"""Sending a person's reply: how long it can be taken back, and into how many messages it goes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from policies.rulepack import read, values
from policies.texts import split

_PACK: Mapping[str, Any] = values(read("answering"))
TYPING = timedelta(seconds=_PACK["typing"]["seconds"])
CANNED_MOST: int = _PACK["canned"]["most"]


def undo_time(*, urgent: bool) -> timedelta:
    """How long a reply waits before it leaves, so that its writer can take it back."""
    return timedelta(seconds=_PACK["undo"]["urgent_seconds" if urgent else "seconds"])


@dataclass(frozen=True, slots=True)
class Forecast:
    """What sending a text would take. `short`: how many messages more than the window still has; 0 where it has enough or counts none."""

    parts: tuple[str, ...]
    short: int


def forecast(text: str, most: int, unit: str, left: int | None) -> Forecast:
    """The messages the text is split into (`most` units of policies.texts each), against what is left of the window."""
    parts = tuple(split(text, most, unit))
    return Forecast(parts, 0 if left is None else max(0, len(parts) - left))


@dataclass(frozen=True, slots=True)
class Version:
    """How much of a conversation somebody has seen: its newest message and how many there are.

    The count as well, since of two messages written at once the older one may become visible later.
    """

    newest: int
    count: int

    def __str__(self) -> str:
        return f"{self.newest}.{self.count}"


def version(text: str) -> Version | None:
    """Read a version back; None for what is none."""
    newest, _, count = text.partition(".")
    if not (newest.isascii() and newest.isdigit() and count.isascii() and count.isdigit() and len(text) < 40):
        return None
    return Version(int(newest), int(count))


_FILES: Mapping[str, Any] = _PACK["files"]
FILES_MOST: int = _FILES["most"]
FILE_BYTES: int = _FILES["bytes"]
FILE_TYPES: tuple[str, ...] = tuple(_FILES["beginnings"])
_MIMES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def file_type(name: str, content: bytes) -> str:
    """The media type of a file that may go to a citizen; "" where its name or its first bytes say that it may not."""
    stem, _, ending = name.lower().rpartition(".")
    beginning = _FILES["beginnings"].get(ending, "") if stem else ""
    return _MIMES[ending] if beginning and content.startswith(bytes.fromhex(beginning)) else ""
