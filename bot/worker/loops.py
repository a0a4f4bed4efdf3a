"""Loops that cannot die: each runs one job again and again, sleeps when there is nothing to do, and survives its errors."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import close_old_connections, connection

from bot import clock

log = logging.getLogger(__name__)
MOST_PAUSE = 30.0


@dataclass(frozen=True, slots=True)
class Job:
    """One thing to do repeatedly. `run` returns how much it did: more than 0 = look again at once."""

    name: str
    every: float  # seconds to sleep when there was nothing to do
    run: Callable[[datetime], int]


class Loop(threading.Thread):
    """One job on one thread with its own database connection."""

    def __init__(self, job: Job, stop: threading.Event, wake: threading.Event | None = None) -> None:
        super().__init__(name=job.name, daemon=True)
        self._job, self._stop_event, self._wake = job, stop, wake

    def run(self) -> None:
        pause = self._job.every
        while not self._stop_event.is_set():
            try:
                close_old_connections()
                done = self._job.run(clock.now())
                pause = self._job.every
                close_old_connections()  # one that sleeps needs none of the pool's
            except Exception:
                log.exception("%s failed", self._job.name)
                connection.close()
                done, pause = 0, min(max(1.0, pause * 2), MOST_PAUSE)
            if not done:
                self._sleep(pause)
        connection.close()

    def _sleep(self, seconds: float) -> None:
        if self._wake is None:
            self._stop_event.wait(seconds)
        else:
            self._wake.wait(seconds)
            self._wake.clear()


def run_until(stop: threading.Event, jobs: Sequence[Job], wake: threading.Event) -> list[Loop]:
    """Start all loops; they end after `stop` is set."""
    loops = [Loop(job, stop, wake if job.name == "send" else None) for job in jobs]
    for loop in loops:
        loop.start()
    return loops
