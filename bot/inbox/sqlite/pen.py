"""The one pen of a SQLite file, within a process: threads wait in a line for it, the intake's at its head.

Between processes SQLite knows only asking again and again. With each of 32 sending threads doing so, they used up a
processor with asking alone (measured); now one thread of a process asks and the others sleep.
"""

import threading
from collections import deque


class Pen:
    """A lock with two lines of waiting threads; nobody who comes later overtakes within a line."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._first: deque[threading.Lock] = deque()
        self._others: deque[threading.Lock] = deque()

    def take(self, seconds: float, *, first: bool = False) -> bool:
        """Whether the pen is ours, after at most so many seconds. `first`: before all who wait in the other line."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            line = self._first if first else self._others
            turn = threading.Lock()
            turn.acquire()
            line.append(turn)
        if turn.acquire(timeout=seconds):
            return True
        with self._guard:
            if turn in line:
                line.remove(turn)
                return False
        return True  # it was given to us just now

    def give(self) -> None:
        """Pass it on to whoever waits longest."""
        with self._guard:
            line = self._first or self._others
            if line:
                line.popleft().release()
            else:
                self._taken = False
