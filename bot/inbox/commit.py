"""Group commit: many webhooks, one transaction. Durable (synchronous=FULL) at the price of one write for all that wait."""

import asyncio
import contextlib
import logging
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import datetime

from django.db import close_old_connections, connection, transaction

from bot.inbox.rows import NewRow, insert, insert_apart

log = logging.getLogger(__name__)
MOST_AT_ONCE = 256
MOST_WAITING = 8000  # beyond this the platform is told to come again: better than to promise what is not stored


class Busy(Exception):
    """Too much is waiting to be stored."""


type HandOver = Callable[[Sequence[int], datetime], set[int]]


class GroupCommit:
    """One thread that owns the writing connection. Callers wait on the event loop, not on the database."""

    def __init__(self, hand_over: HandOver) -> None:
        self._hand_over = hand_over
        self._queue: queue.SimpleQueue[tuple[object, Future[bool]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="group-commit", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Store what waits, then end."""
        self._queue.put(None)
        self._thread.join(timeout=10)

    async def store(self, rows: list[NewRow]) -> None:
        """Return when the rows are durable. Raises Busy, or the database's error."""
        await self._ask(rows)

    async def take(self, delivery_id: int, now: datetime) -> bool:
        """Whether this automatic answer is ours to give in the webhook's response; if so it is durably marked as given."""
        return await self._ask((delivery_id, now))

    async def _ask(self, item: object) -> bool:
        if self._queue.qsize() > MOST_WAITING:
            raise Busy
        future: Future[bool] = Future()
        self._queue.put((item, future))
        return await asyncio.wrap_future(future)

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            batch = [first]
            with contextlib.suppress(queue.Empty):
                while len(batch) < MOST_AT_ONCE and (more := self._queue.get_nowait()) is not None:
                    batch.append(more)
            self._write(batch)
        connection.close()

    def _write(self, batch: list[tuple[object, Future[bool]]]) -> None:
        stores = [(item, future) for item, future in batch if isinstance(item, list)]
        takes = [(item, future) for item, future in batch if isinstance(item, tuple)]
        rows = [row for item, _ in stores for row in item]
        try:
            close_old_connections()
            with transaction.atomic():
                if rows:
                    insert(rows)
                taken = self._hand_over([pk for (pk, _), _ in takes], takes[0][0][1]) if takes else set()
        except Exception:
            log.warning("group commit failed, storing one by one", exc_info=True)
            self._write_apart(stores, takes)
            return
        for _, future in stores:
            _resolve(future, True)
        for (pk, _), future in takes:
            _resolve(future, pk in taken)

    def _write_apart(self, stores: list[tuple[list[NewRow], Future[bool]]], takes: list[tuple[tuple[int, datetime], Future[bool]]]) -> None:
        with contextlib.suppress(Exception):
            connection.close()
        for rows, future in stores:
            error = next(filter(None, insert_apart(rows)), None)
            if error:
                log.error("a message could not be stored: %s", type(error).__name__)
                future.set_exception(error)
            else:
                _resolve(future, True)
        for _, future in takes:
            _resolve(future, False)


def _resolve(future: "Future[bool]", value: bool) -> None:
    if not future.cancelled():
        future.set_result(value)
