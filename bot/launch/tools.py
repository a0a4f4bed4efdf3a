"""Run a tool to its end inside a step: output into the set-up log, its whole process group ended with us, faults as sentences."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, NamedTuple

from bot.launch import explain
from bot.launch.say import Step

LEASH = str(Path(__file__).with_name("leash.py"))
_LOG_LIMIT = 5_000_000


class Result(NamedTuple):
    """How a tool ended: exit code (None where the time limit ended it) and the last lines of its output."""

    code: int | None
    output: str


def leashed(argv: Sequence[str]) -> list[str]:
    """The same command, tied to this process: when we die, even by kill -9, the kernel sends it SIGTERM."""
    return [sys.executable, "-I", "-S", LEASH, "tie", str(os.getpid()), *argv]


def signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    """Send a signal to a child's whole process group; silently where it has gone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def end_group(process: subprocess.Popen[bytes], grace: float = 5.0) -> None:
    """End a child and its children: SIGTERM, and after `grace` seconds SIGKILL."""
    signal_group(process, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=grace)
    signal_group(process, signal.SIGKILL)
    process.wait()


def _collect(stream: IO[bytes], tail: deque[str], log: Path | None) -> None:
    sink: IO[bytes] | None = None
    with contextlib.suppress(OSError):
        if log:
            log.parent.mkdir(parents=True, exist_ok=True)
            sink = log.open("wb" if log.exists() and log.stat().st_size > _LOG_LIMIT else "ab")
    for raw in stream:
        tail.append(raw.decode("utf-8", "replace").rstrip())
        # A log on a full disk must not hide the words that say so: they are in `tail`.
        with contextlib.suppress(OSError, ValueError):
            if sink:
                sink.write(raw)
                sink.flush()
    with contextlib.suppress(OSError):
        if sink:
            sink.close()


def attempt(
    argv: Sequence[str],
    env: Mapping[str, str],
    *,
    cwd: Path | None = None,
    log: Path | None = None,
    limit: float | None = None,
    step: Step | None = None,
) -> Result:
    """Run a command and return how it ended. `limit` is in seconds. A missing program gives code 127, as in a shell."""
    tail: deque[str] = deque(maxlen=200)
    process = subprocess.Popen(
        leashed(argv),
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    assert process.stdout is not None  # noqa: S101 (for the type checker: PIPE was asked for)
    reader = threading.Thread(target=_collect, args=(process.stdout, tail, log), daemon=True)
    reader.start()
    try:
        code = _wait(process, limit, step)
    finally:
        end_group(process, grace=3.0 if process.poll() is None else 0.0)
        reader.join(timeout=2)
    return Result(code, "\n".join(tail))


def _wait(process: subprocess.Popen[bytes], limit: float | None, step: Step | None) -> int | None:
    started = time.monotonic()
    while limit is None or time.monotonic() - started < limit:
        try:
            return process.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            if step:
                step.beat()
    return None


def must(argv: Sequence[str], env: Mapping[str, str], what: str, *, log: Path, cwd: Path | None = None, step: Step | None = None) -> str:
    """Run a command that has to succeed and return the end of its output. Raises Problem with a sentence when it fails."""
    result = attempt(argv, env, cwd=cwd, log=log, step=step)
    if result.code != 0:
        raise explain.from_output(result.output, what, str(log))
    return result.output
