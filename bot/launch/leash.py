"""Keeps children from outliving the launcher, also when it is killed with SIGKILL. Standard library only, run with -I -S.

    leash.py tie PARENT COMMAND…   becomes COMMAND, with the kernel's promise of a SIGTERM when PARENT dies (Linux)
    leash.py watch                 reads `+PGID` and `-PGID` lines; when its input ends, ends every process group still listed

The first is at work even when both launcher and watcher are killed; the second reaches grandchildren and knows SIGKILL.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time

_PR_SET_PDEATHSIG = 1
_GRACE = 6.0


def tie(parent: int, argv: list[str]) -> None:
    """Replace this process by `argv`, tied to `parent`. Exit codes as in a shell: 127 not found, 126 not runnable."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:  # it died before the promise was given
        sys.exit(1)
    try:
        os.execvp(argv[0], argv)
    except OSError as error:
        sys.stderr.write(f"{argv[0]}: {error.strerror}\n")
        sys.exit(127 if isinstance(error, FileNotFoundError) else 126)


def _signal(groups: set[int], number: int) -> set[int]:
    """Signal the groups and return those that still exist."""
    left = set()
    for group in groups:
        try:
            os.killpg(group, number)
            left.add(group)
        except OSError:
            continue
    return left


def watch() -> None:
    """Follow the launcher's list until its pipe closes, then end what is on it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    for row in sys.stdin:
        sign, group = row[0], int(row[1:])
        (groups.add if sign == "+" else groups.discard)(group)
    left = _signal(groups, signal.SIGTERM)
    until = time.monotonic() + _GRACE
    while left and time.monotonic() < until:
        time.sleep(0.1)
        left = _signal(left, 0)
    _signal(left, signal.SIGKILL)


if __name__ == "__main__":
    if sys.argv[1] == "tie":
        tie(int(sys.argv[2]), sys.argv[3:])
    else:
        watch()
