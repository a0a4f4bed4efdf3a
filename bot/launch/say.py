"""What the person at the terminal reads: one line a step, Chinese first, and sentences instead of tracebacks."""

from __future__ import annotations

import sys
import time
from types import TracebackType


class Problem(Exception):
    """Something the person can mend. `zh` and `en` say what is wrong, `hint` what to do; shown as they are."""

    def __init__(self, zh: str, en: str, hint: str = "") -> None:
        super().__init__(zh)
        self.zh = zh
        self.en = en
        self.hint = hint


class Stopped(Exception):
    """A signal asked the launcher to end while it was still setting up."""


def _write(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except (OSError, ValueError):
        # A closed pipe (`make run | head`) or a full disk under a redirected output must not end the service.
        return


def prepare() -> None:
    """Let a terminal that cannot show Chinese print question marks instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="replace")


def line(zh: str, en: str = "") -> None:
    """Print one line."""
    _write((zh + " · " + en if en else zh) + "\n")


def problem(error: Problem) -> None:
    """Print what is wrong in both languages and, indented, what to do."""
    _write("✗ " + error.zh + "\n  " + error.en + "\n")
    for hint in error.hint.splitlines():
        _write("  → " + hint + "\n")


class Step:
    """One step of the set-up: its title at once, how long it took (or that nothing was to do) at its end.

    Use as a context manager; call `ready()` where the work was already done, `beat()` now and then while it lasts.
    """

    def __init__(self, zh: str, en: str) -> None:
        self.title = f"{zh} · {en} … "
        self.note = ""
        self.started = 0.0
        self.live = bool(getattr(sys.stdout, "isatty", bool)())

    def ready(self) -> None:
        """Say that an earlier run did this."""
        self.note = "已就绪 ready"

    def failed(self) -> None:
        """Say that the step found a fault, without ending what comes after it."""
        self.note = "未通过 failed"

    def beat(self) -> None:
        """On a terminal, show that time passes; in a log file, nothing."""
        if self.live:
            _write(f"\r{self.title}{time.monotonic() - self.started:.0f} s ")

    def __enter__(self) -> Step:
        self.started = time.monotonic()
        _write(self.title)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        took = f"{time.monotonic() - self.started:.1f} s"
        end = f"失败 failed ({took})" if kind else self.note or f"完成 done ({took})"
        _write((f"\r{self.title}" if self.live else "") + end + "\n")
