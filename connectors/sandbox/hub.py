"""Live events for the page: many listeners, none of whom can slow the platforms down."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

QUEUE = 500  # events a slow page may lag behind before it is told to reload
HEARTBEAT = 15.0  # seconds


class Hub:
    """Fan-out of small JSON events as server-sent events."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[str]] = set()

    @property
    def listened(self) -> int:
        """Open pages."""
        return len(self._queues)

    def tell(self, name: str, data: dict[str, Any]) -> None:
        """Send to every open page; a page that lags gets one `lag` event instead of the backlog."""
        if not self._queues:
            return
        line = f"event: {name}\ndata: {json.dumps(data)}\n\n"
        for queue in self._queues:
            if queue.full():
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait("event: lag\ndata: {}\n\n")
            queue.put_nowait(line)

    async def listen(self) -> AsyncIterator[str]:
        """The stream of one page; ends when the page goes away."""
        queue: asyncio.Queue[str] = asyncio.Queue(QUEUE)
        self._queues.add(queue)
        try:
            yield "retry: 2000\nevent: hello\ndata: {}\n\n"
            while True:
                try:
                    yield await asyncio.wait_for(queue.get(), HEARTBEAT)
                except TimeoutError:
                    yield ": still here\n\n"
        finally:
            self._queues.discard(queue)
