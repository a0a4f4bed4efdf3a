"""Advisory file locks: one set of processes to a data folder, one set-up at a time in a checkout."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import time
from pathlib import Path
from typing import IO, Callable, Iterator


def take(path: Path) -> IO[str] | None:
    """The open, locked file, or None where another process holds it. Keep it open: closing it lets go.

    A file system without locks (some network shares) gives the file all the same: better no guard than no service.
    Raises OSError where the file cannot be made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EAGAIN):
            file.close()
            return None
    return file


def sign(file: IO[str], text: str) -> None:
    """Write who holds it, for the sentence another run prints."""
    file.seek(0)
    file.truncate()
    file.write(text)
    file.flush()


def holder(path: Path) -> str:
    """What the holder wrote; '' where nothing readable stands there."""
    try:
        return path.read_text(encoding="utf-8").strip()[:200]
    except (OSError, UnicodeDecodeError):
        return ""


@contextlib.contextmanager
def hold(path: Path, waiting: Callable[[str], None]) -> Iterator[None]:
    """Hold a lock for a while; `waiting` is called once, with what the holder wrote, where another one has it."""
    file = take(path)
    if file is None:
        waiting(holder(path))
    while file is None:
        time.sleep(0.5)
        file = take(path)
    with file:
        sign(file, f"pid {os.getpid()}")
        yield
