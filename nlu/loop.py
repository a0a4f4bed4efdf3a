"""One background event loop a process, so that a request can be cancelled at its limit whatever the server does."""

import asyncio
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any


class Loop:
    """Starts at first use, and again in a child after a fork."""

    def __init__(self) -> None:
        """Nothing runs yet."""
        self._lock = threading.Lock()
        self._owner = 0
        self._loop: asyncio.AbstractEventLoop | None = None

    def submit[T](self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Run `work` on the loop."""
        return asyncio.run_coroutine_threadsafe(work, self._running())

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None or self._owner != os.getpid():
                self._loop, self._owner = asyncio.new_event_loop(), os.getpid()
                threading.Thread(target=self._loop.run_forever, name="nlu", daemon=True).start()
            return self._loop

    @property
    def generation(self) -> int:
        """The process the loop lives in: what is bound to another one must be made anew."""
        return os.getpid()
