"""Group commit: many webhooks, one transaction. Durable (synchronous=FULL) at the price of one write for all that wait."""

import asyncio
import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db import close_old_connections, connection, transaction

from bot.inbox.rows import NewRow, Values, insert, insert_apart, parameters

log = logging.getLogger(__name__)
MOST_AT_ONCE = 256
CROWD = 8  # after a batch this large the next is given a moment to grow: fewer transactions, more messages a second
GATHERING_SECONDS = 0.002
MOST_WAITING = 8000  # beyond this the platform is told to come again: better than to promise what is not stored


class Busy(Exception):
    """Too much is waiting to be stored."""


type HandOver = Callable[[Sequence[int], datetime], set[int]]


@dataclass(slots=True)
class Waiting:
    """Something to be made durable, and who waits for it on which event loop."""

    item: "list[NewRow] | tuple[int, datetime]"
    values: list[Values]  # of the rows, as the database wants them
    future: "asyncio.Future[bool]"
    result: bool | Exception = False


class GroupCommit:
    """One thread that owns the writing connection. Callers wait on the event loop, not on the database."""

    def __init__(self, hand_over: HandOver) -> None:
        self._hand_over = hand_over
        self._queue: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="group-commit", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Store what waits, then end."""
        self._queue.put(None)
        self._thread.join(timeout=10)

    def store(self, rows: list[NewRow]) -> "asyncio.Future[bool]":
        """To be awaited: done when the rows are durable. Raises Busy, or the database's error."""
        return self._ask(rows, [parameters(row) for row in rows])

    def take(self, delivery_id: int, now: datetime) -> "asyncio.Future[bool]":
        """Whether this automatic answer is ours to give in the webhook's response; if so it is durably marked as given."""
        return self._ask((delivery_id, now), [])

    def _ask(self, item: "list[NewRow] | tuple[int, datetime]", values: list[Values]) -> "asyncio.Future[bool]":
        if self._queue.qsize() > MOST_WAITING:
            raise Busy
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._queue.put(Waiting(item, values, future))
        return future

    def _run(self) -> None:
        if connection.vendor == "sqlite":
            connection.for_intake()  # type: ignore[attr-defined]
        ended, before = False, 0
        while not ended and (first := self._queue.get()) is not None:
            batch = [first]
            if before >= CROWD:
                time.sleep(GATHERING_SECONDS)
            with contextlib.suppress(queue.Empty):
                while len(batch) < MOST_AT_ONCE:
                    more = self._queue.get_nowait()
                    if more is None:
                        ended = True
                        break
                    batch.append(more)
            self._write(batch)
            _tell(batch)
            before = len(batch)
        connection.close()

    def _write(self, batch: list[Waiting]) -> None:
        takes = dict(waiting.item for waiting in batch if isinstance(waiting.item, tuple))
        rows = [row for waiting in batch if isinstance(waiting.item, list) for row in waiting.item]
        try:
            if connection.errors_occurred:
                close_old_connections()
            with transaction.atomic() if takes else contextlib.nullcontext():  # the rows alone are one statement: a transaction by itself
                if rows:
                    insert(rows, [values for waiting in batch for values in waiting.values])
                taken = self._hand_over(list(takes), max(takes.values())) if takes else set()
        except Exception:
            log.warning("group commit failed, storing one by one", exc_info=True)
            self._write_apart(batch)
            return
        for waiting in batch:
            waiting.result = not isinstance(waiting.item, tuple) or waiting.item[0] in taken

    def _write_apart(self, batch: list[Waiting]) -> None:
        with contextlib.suppress(Exception):
            connection.close()
        for waiting in batch:
            if isinstance(waiting.item, list):
                error = next(filter(None, insert_apart(waiting.item)), None)
                if error:
                    log.error("a message could not be stored: %s", type(error).__name__)
                waiting.result = error or True


def _tell(batch: list[Waiting]) -> None:
    """Wake everybody at once: one call into the event loop for the whole batch."""
    for loop, waiting in groupby(batch, key=lambda one: one.future.get_loop()):
        with contextlib.suppress(RuntimeError):  # the loop has ended, and with it whoever waited
            loop.call_soon_threadsafe(_resolve, list(waiting))


def _resolve(batch: list[Waiting]) -> None:
    for waiting in batch:
        if waiting.future.done():
            continue
        if isinstance(waiting.result, Exception):
            waiting.future.set_exception(waiting.result)
        else:
            waiting.future.set_result(waiting.result)
