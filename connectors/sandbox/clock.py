"""The sandbox's own time: real time plus what a person added."""

import time
from datetime import UTC, datetime


class Clock:
    """`now()` drives windows, tokens and quotas; `stamp()` is what stands on the wire.

    The two differ after `advance`: a push signed 49 hours ahead would be refused by any receiver with a replay
    window, and a demo that closes the reply window would end there. `pushes=True` makes the wire follow too.
    Both are Unix seconds.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Back to real time."""
        self.offset = 0.0
        self.pushes = False

    def now(self) -> float:
        return time.time() + self.offset

    def stamp(self) -> float:
        return self.now() if self.pushes else time.time()

    def advance(self, seconds: float) -> None:
        """Move the clock, backwards too."""
        self.offset += seconds

    def day(self) -> str:
        """The Beijing day of `now`, by which daily quotas are counted (`2026-11-22`)."""
        return datetime.fromtimestamp(self.now() + 8 * 3600, tz=UTC).strftime("%Y-%m-%d")

    def iso(self) -> str:
        return datetime.fromtimestamp(self.now(), tz=UTC).isoformat(timespec="seconds")
