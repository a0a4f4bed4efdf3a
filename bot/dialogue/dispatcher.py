"""The web process's own reader of what it has just stored: batches on a few threads, results back to the waiting webhooks."""

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from asgiref.sync import sync_to_async
from django.db import close_old_connections, connection

from bot import clock
from bot.dialogue.handle import Reader
from bot.dialogue.pace import Pace
from bot.dialogue.sweep import handle_each
from bot.inbox.hooks import AutoAnswer, repeat_is_due
from bot.inbox.models import Inbound
from bot.inbox.rows import NewRow, body_of, fit, storable
from bot.outbox.models import Delivery
from policies.facts import Lane

log = logging.getLogger(__name__)
CROWD = 4  # after a batch this large the next is given a moment to grow: half the work, most of which is for the batch
GATHERING_SECONDS = 0.1
MOST_AT_ONCE = 32  # one transaction's worth: on SQLite the intake waits while it is written
OVERLOADED_SECONDS = 2.0  # a message that would wait longer here is left to whoever has time, at once
PATIENCE_SECONDS = 0.6  # a webhook whose answer would take longer than this does not wait for it at all
MOST_PATIENT = 48  # webhooks that wait at the same time; the others' answers go through the outbox
HANDOVER = timedelta(seconds=2.5)  # how long the outbox leaves an answer to the webhook that waits for it


@dataclass(slots=True)
class Waiting:
    row: NewRow
    future: "asyncio.Future[AutoAnswer | None] | None"  # None: no webhook waits for it
    loop: asyncio.AbstractEventLoop


class Dispatcher:
    """Implements inbox.hooks.Handler."""

    def __init__(self, read: Reader, threads: int = 2) -> None:
        self._read = read
        self._queue: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        self._pace = Pace()
        self._patient = 0  # touched on the event loop only
        self._threads = [threading.Thread(target=self._run, name=f"dialogue-{n}", daemon=True) for n in range(threads)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End after the batches under way; what still waits is stored and is the sweep's."""
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join(timeout=5)

    def takes(self, count: int) -> bool:
        """Whether messages that are stored now will be read here; if not, they are anybody's at once."""
        self._pace.arrived(count)
        return not self._pace.flooded and self._pace.wait < OVERLOADED_SECONDS

    def submit(self, row: NewRow, *, waits: bool) -> "asyncio.Future[AutoAnswer | None] | None":
        """Queue a stored message. The future of its answer, where the webhook can wait and it pays to."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[AutoAnswer | None] | None = None
        if waits and self._patient < MOST_PATIENT and self._pace.wait < PATIENCE_SECONDS:
            future = loop.create_future()
            self._patient += 1
            future.add_done_callback(self._answered)
        self._pace.queued()
        self._queue.put(Waiting(row, future, loop))
        return future

    def _answered(self, _: "asyncio.Future[AutoAnswer | None]") -> None:
        self._patient -= 1

    async def earlier(self, inbound_id: int) -> AutoAnswer | None:
        return await sync_to_async(_borrowed, thread_sensitive=False)(inbound_id)

    def _run(self) -> None:
        before = 0
        while (first := self._queue.get()) is not None:
            batch = [first]
            if before >= CROWD:
                time.sleep(GATHERING_SECONDS)
            while len(batch) < MOST_AT_ONCE:
                try:
                    more = self._queue.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    self._queue.put(None)
                    break
                batch.append(more)
            self._handle(batch)
            before = len(batch)
        connection.close()

    def _handle(self, batch: Sequence[Waiting]) -> None:
        begun, now = time.monotonic(), clock.now()
        mine = [waiting for waiting in batch if waiting.row.lease_until > now]
        patient = frozenset(waiting.row.id for waiting in mine if waiting.future and not waiting.future.done())
        answers: dict[int, AutoAnswer] = {}
        try:
            close_old_connections()
            answers = handle_each([_inbound(waiting.row) for waiting in mine], self._read, now, HANDOVER, patient)
        except Exception:
            log.exception("a batch of messages was left to the sweep")
        self._pace.read(len(batch), time.monotonic() - begun)
        ready = [(waiting.future, answers.get(waiting.row.id)) for waiting in batch if waiting.future]
        if ready:
            batch[0].loop.call_soon_threadsafe(_resolve, ready)


def _resolve(ready: "Sequence[tuple[asyncio.Future[AutoAnswer | None], AutoAnswer | None]]") -> None:
    for future, answer in ready:
        if not future.done():
            future.set_result(answer)


def _inbound(row: NewRow) -> Inbound:
    """The stored row as it stands in the table, without reading it back."""
    event = row.event
    body = body_of(event)
    return Inbound(
        id=row.id,
        account_id=row.account_id,
        dedup_key=event.dedup_key,
        kind=event.kind,
        citizen=fit(event.citizen, 190),
        citizen_name=storable(event.citizen_name)[:200],
        text=storable(event.text),
        body=body,
        counted=row.counted,
        sent_at=row.sent_at,
        received_at=row.received_at,
        lease_until=row.lease_until,
    )


def _borrowed(inbound_id: int) -> AutoAnswer | None:
    """Ask on a borrowed thread, and leave no connection in it."""
    try:
        return _earlier(inbound_id)
    finally:
        close_old_connections()


def _earlier(inbound_id: int) -> AutoAnswer | None:
    """The answer that went back in the response to this event, for a platform that did not get it."""
    event = Inbound.objects.filter(pk=inbound_id).first()
    if event is None or not repeat_is_due(event.received_at, clock.now()):
        return None
    given = Delivery.objects.filter(conversation__account=event.account_id, conversation__external_id=event.citizen, via="webhook")
    row = given.filter(first_tried_at__gte=event.received_at).order_by("first_tried_at", "pk").first()
    return AutoAnswer(row.pk, row.text, row.lane == Lane.HUMAN) if row else None
