"""A circuit breaker: after a few failures nobody waits for a server that is away; from time to time one request tries it."""

import threading
from collections.abc import Callable


class Breaker:
    """Thread-safe. `closed` lets all through, `open` none, `half-open` one probe at a time."""

    def __init__(self, clock: Callable[[], float], *, failures: int = 3, pause: float = 5.0) -> None:
        """`failures` in a row open it for `pause` seconds of `clock` (monotonic)."""
        self._clock, self._limit, self._pause = clock, failures, pause
        self._lock = threading.Lock()
        self._failed = 0
        self._opened_at: float | None = None
        self._probing = False

    @property
    def state(self) -> str:
        """closed, open or half-open."""
        with self._lock:
            if self._opened_at is None:
                return "closed"
            return "half-open" if self._rested() else "open"

    def _rested(self) -> bool:
        return self._opened_at is not None and self._clock() - self._opened_at >= self._pause

    def allow(self) -> bool:
        """Whether a request may go out now. Who gets True must report with success, failure or abandon."""
        with self._lock:
            if self._opened_at is None:
                return True
            if self._probing or not self._rested():
                return False
            self._probing = True
            return True

    def success(self) -> None:
        """The server answered well."""
        with self._lock:
            self._failed, self._opened_at, self._probing = 0, None, False

    def failure(self) -> None:
        """The server failed, was slow or talked nonsense."""
        with self._lock:
            self._failed += 1
            if self._probing or self._failed >= self._limit:
                self._opened_at = self._clock()
            self._probing = False

    def abandon(self) -> None:
        """The request was given up for a reason that says nothing about the server."""
        with self._lock:
            self._probing = False
