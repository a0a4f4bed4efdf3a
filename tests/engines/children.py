"""Processes that tests start: on free loopback ports, tied to the test process, always ended."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1


def free_port() -> int:
    """A loopback port that nobody has at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def tied(number: int) -> Callable[[], None]:
    """For `preexec_fn`: the kernel sends the child this signal when we die, also by kill -9.

    It runs after a change of user, which would clear the promise.
    """
    parent = os.getpid()

    def promise() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return promise


def start(
    argv: Sequence[str], log: Path, *, env: Mapping[str, str] | None = None, dies_by: int = signal.SIGTERM, **more: Any
) -> subprocess.Popen[bytes]:
    """Start a command in a process group of its own, its output appended to `log`."""
    with log.open("ab") as output:
        return subprocess.Popen(
            argv,
            env=None if env is None else dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=tied(dies_by),  # noqa: PLW1509  (calls prctl and getppid only, nothing that takes a lock)
            **more,
        )


def send(process: subprocess.Popen[bytes], number: int) -> None:
    """A signal to the child's whole group; silently where it has gone."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def end(process: subprocess.Popen[bytes], number: int = signal.SIGTERM, grace: float = 10.0) -> None:
    """End a child: the signal, and kill -9 after `grace` seconds."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            process.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(grace)
    send(process, signal.SIGKILL)
    process.wait(10)
