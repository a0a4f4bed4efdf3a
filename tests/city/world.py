"""What outlives a crash besides the database: the city's clock, what the platforms were told is safe, and the journals.

The clock is a few bytes of shared memory on a file: written by the engine at every step, read by the pretend platforms and
by the supervisor, and still there after a kill -9.
"""

import json
import mmap
import os
import struct
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

LAYOUT = struct.Struct("<dqqq")  # virtual now, messages acknowledged, what the engine is doing, steps taken
DOING = (
    "starting",
    "storing",
    "reading",
    "sending",
    "settling",
    "climbing",
    "paging",
    "answering calls",
    "standing",
    "closing",
    "rating",
    "rating",
    "working",
    "watching",
    "checking",
    "ended",
)


class World:
    """One city's folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        path = folder / "clock"
        if not path.exists():
            path.write_bytes(bytes(LAYOUT.size))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), LAYOUT.size)

    def _field(self, place: int) -> Any:
        return LAYOUT.unpack_from(self._memory)[place]

    def _set(self, place: int, value: float) -> None:
        struct.pack_into("<d" if place == 0 else "<q", self._memory, place * 8, value)

    @property
    def now(self) -> datetime:
        """The city's time."""
        return datetime.fromtimestamp(self._field(0), UTC)

    @now.setter
    def now(self, value: datetime) -> None:
        self._set(0, value.timestamp())
        self._set(3, self._field(3) + 1)

    @property
    def acknowledged(self) -> int:
        """How many of the citizens' messages the platforms know to be stored."""
        return int(self._field(1))

    @acknowledged.setter
    def acknowledged(self, value: int) -> None:
        self._set(1, value)

    @property
    def doing(self) -> str:
        """What the engine was doing at the last look: told of a crash."""
        return DOING[self._field(2)]

    @doing.setter
    def doing(self, value: str) -> None:
        self._set(2, DOING.index(value))

    @property
    def steps(self) -> int:
        return int(self._field(3))

    def note(self, name: str, **row: Any) -> None:
        """Append one line to a journal; a crash leaves whole lines."""
        line = json.dumps(row, ensure_ascii=False, default=str) + "\n"
        with _LOCK:
            handle = os.open(self.folder / f"{name}.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(handle, line.encode())
            finally:
                os.close(handle)

    def notes(self, name: str) -> Iterator[dict[str, Any]]:
        """The lines of a journal, oldest first."""
        path = self.folder / f"{name}.jsonl"
        if path.is_file():
            with path.open(encoding="utf-8") as file:
                yield from (json.loads(line) for line in file)


_LOCK = threading.Lock()
