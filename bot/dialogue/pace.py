"""How fast this process reads messages, and whether it should: no webhook waits for an answer that will not come in time."""

import threading
import time
from collections.abc import Callable

WINDOW_SECONDS = 0.25  # arrivals are counted over this long
FLOOD = 2.0  # times more than can be read: the process then only stores, and all its strength goes into that
TELLING = 24  # messages of the smallest batch whose time says how many could be read: in smaller ones each waits for itself
FIRST_GUESS = 0.005  # seconds a message, until the first such batch
WEIGHT = 0.3  # of the latest batch in the running average
FORGETTING = 0.05  # of what is known, for each window of a flood: in it nothing is read here, and nothing is learnt


class Pace:
    """An estimate from what is waiting and how long messages took lately. All times in seconds.

    Arrivals are told by the event loop only, readings by any thread.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._each = FIRST_GUESS
        self._waiting = 0
        self._window_began = clock()
        self._arrived = 0
        self._flooded = False

    def arrived(self, count: int = 1) -> None:
        """Messages came in, whoever will read them."""
        passed = self._clock() - self._window_began
        if passed >= WINDOW_SECONDS:
            self._flooded = self._arrived > FLOOD * passed / self._each
            if self._flooded:
                self._each += FORGETTING * (FIRST_GUESS - self._each)
            self._window_began += passed
            self._arrived = 0
        self._arrived += count

    @property
    def flooded(self) -> bool:
        """Whether far more comes in than can be read here: in the window before, or in this one already."""
        return self._flooded or self._arrived > FLOOD * WINDOW_SECONDS / self._each

    def queued(self, count: int = 1) -> None:
        """Messages wait to be read here."""
        with self._lock:
            self._waiting += count

    def read(self, count: int, seconds: float) -> None:
        """A batch was read."""
        with self._lock:
            self._waiting -= count
            if count >= TELLING:
                self._each += WEIGHT * (seconds / count - self._each)

    @property
    def wait(self) -> float:
        """How long a message that comes now will wait to be read, about."""
        return self._waiting * self._each
