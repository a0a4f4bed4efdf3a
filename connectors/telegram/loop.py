"""One event loop per process for python-telegram-bot, which is asyncio, behind our plain calls.

The loop lives in a daemon thread. A forked child has the parent's loop object but not its thread, so it starts its own;
the parent's is kept, unused, because collecting it would unregister descriptors from the epoll the two share.
"""

import asyncio
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from typing import Any

GRACE = 5.0  # seconds a cancelled call may take to close its connection


@dataclass(slots=True)
class _Home:
    pid: int
    loop: asyncio.AbstractEventLoop


_lock = threading.Lock()
_home: _Home | None = None
_stale: list[_Home] = []


def _forget() -> None:
    """After a fork: another thread of the parent may have held the lock, so take a new one."""
    global _lock
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_forget)


def loop() -> asyncio.AbstractEventLoop:
    """This process's loop, started at the first call."""
    global _home
    with _lock:
        if _home is not None and _home.pid == os.getpid():
            return _home.loop
        if _home is not None:
            _stale.append(_home)
        _home = _Home(os.getpid(), asyncio.new_event_loop())
        threading.Thread(target=_home.loop.run_forever, name="telegram-loop", daemon=True).start()
        return _home.loop


def run[T](coroutine: Coroutine[Any, Any, T], timeout: float) -> T:
    """Run to the end from any thread but the loop's own. Raises TimeoutError after `timeout` seconds, or what it raises."""
    future = asyncio.run_coroutine_threadsafe(_bounded(coroutine, timeout), loop())
    try:
        return future.result(timeout + GRACE)
    except FutureTimeout:
        future.cancel()
        raise


async def _bounded[T](coroutine: Coroutine[Any, Any, T], timeout: float) -> T:
    async with asyncio.timeout(timeout):
        return await coroutine
