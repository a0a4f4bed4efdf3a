"""Things a platform does later, by the sandbox's clock: audits, job-finish events, delayed visibility."""

import asyncio
import heapq
import logging
from collections.abc import Callable, Coroutine
from itertools import count
from typing import Any

from connectors.sandbox.clock import Clock

TICK = 0.1  # seconds
Work = Callable[[], Coroutine[Any, Any, None]]
log = logging.getLogger(__name__)


class Jobs:
    """A small timetable."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._order = count()
        self._heap: list[tuple[float, int, Work]] = []
        self._tasks: set[asyncio.Task[Any]] = set()

    def reset(self) -> None:
        self._heap.clear()
        for task in self._tasks:
            task.cancel()

    def later(self, seconds: float, work: Work) -> None:
        """Do `work` once so many seconds of the sandbox clock have passed."""
        heapq.heappush(self._heap, (self._clock.now() + seconds, next(self._order), work))

    @property
    def busy(self) -> int:
        """Background tasks at work."""
        return len(self._tasks)

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Do something now, beside the request that asked for it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("a job of the sandbox failed", exc_info=task.exception())

    async def run(self) -> None:
        """Work through the timetable until cancelled."""
        while True:
            await asyncio.sleep(TICK)
            while self._heap and self._heap[0][0] <= self._clock.now():
                self.spawn(heapq.heappop(self._heap)[2]())
