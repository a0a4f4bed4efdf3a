"""A time-out for many at once: whoever waits enters itself in a list that is looked through once a second.

`asyncio.timeout` arms and disarms a timer for each request: a tenth of what storing a message costs the event loop.
"""

import asyncio
from types import TracebackType

LOOK_SECONDS = 1.0


class TooSlow(Exception):
    """The time was up."""


class Slow:
    """`with slow: await …` raises TooSlow when that takes longer than `seconds` (and up to one second more)."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._since: dict[asyncio.Task[object], float] = {}
        self._ended: set[asyncio.Task[object]] = set()
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> None:
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        if task is not None:
            self._since[task] = loop.time()
            if self._timer is None:
                self._timer = loop.call_later(LOOK_SECONDS, self._look, loop)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        task = asyncio.current_task()
        if task is None:
            return
        self._since.pop(task, None)
        if task in self._ended:
            self._ended.discard(task)
            if task.uncancel() == 0 and kind is asyncio.CancelledError:
                raise TooSlow from error

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        late = [task for task, since in self._since.items() if loop.time() - since > self._seconds]
        for task in late:
            del self._since[task]
            self._ended.add(task)
            task.cancel()
        self._timer = loop.call_later(LOOK_SECONDS, self._look, loop) if self._since else None
