"""The web process's own reader of what it has just stored: batches on a few threads, results back to the waiting webhooks."""

import asyncio
import logging
import queue
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from asgiref.sync import sync_to_async
from django.db import close_old_connections

from bot import clock
from bot.dialogue.handle import Reader
from bot.dialogue.sweep import handle_each
from bot.inbox.hooks import AutoAnswer, repeat_is_due
from bot.inbox.models import Inbound
from bot.inbox.rows import NewRow, body_of, fit, storable
from bot.tickets.models import Message

log = logging.getLogger(__name__)
MOST_AT_ONCE = 48
OVERLOADED = 600  # waiting messages beyond which the other processes take over at once
HANDOVER = timedelta(seconds=2.5)


@dataclass(slots=True)
class Waiting:
    row: NewRow
    future: "asyncio.Future[AutoAnswer | None]"
    loop: asyncio.AbstractEventLoop


class Dispatcher:
    """Implements inbox.hooks.Handler."""

    def __init__(self, read: Reader, threads: int = 2) -> None:
        self._read = read
        self._queue: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
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

    def overloaded(self) -> bool:
        return self._queue.qsize() > OVERLOADED

    def submit(self, row: NewRow) -> "asyncio.Future[AutoAnswer | None]":
        loop = asyncio.get_running_loop()
        future: asyncio.Future[AutoAnswer | None] = loop.create_future()
        self._queue.put(Waiting(row, future, loop))
        return future

    async def earlier(self, inbound_id: int) -> AutoAnswer | None:
        return await sync_to_async(_earlier, thread_sensitive=False)(inbound_id)

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            batch = [first]
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

    def _handle(self, batch: Sequence[Waiting]) -> None:
        now = clock.now()
        mine = [waiting for waiting in batch if waiting.row.lease_until > now]
        answers: dict[int, AutoAnswer] = {}
        try:
            close_old_connections()
            answers = handle_each([_inbound(waiting.row) for waiting in mine], self._read, now, HANDOVER)
        except Exception:
            log.exception("a batch of messages was left to the sweep")
        for waiting in batch:
            waiting.loop.call_soon_threadsafe(_resolve, waiting.future, answers.get(waiting.row.id))


def _resolve(future: "asyncio.Future[AutoAnswer | None]", answer: AutoAnswer | None) -> None:
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


def _earlier(inbound_id: int) -> AutoAnswer | None:
    """The automatic answer that went back in the response to this event, for a platform that did not get it."""
    event = Inbound.objects.filter(pk=inbound_id).first()
    if event is None or not repeat_is_due(event.received_at, clock.now()):
        return None
    message = Message.objects.select_related("conversation").filter(inbound=event).first()
    if message is None:
        return None
    answers = Message.objects.filter(conversation=message.conversation, direction=Message.Direction.AUTO, pk__gt=message.pk)
    answer = answers.select_related("delivery").order_by("pk").first()
    if answer is None or answer.delivery is None or answer.delivery.via != "webhook":
        return None
    return AutoAnswer(answer.delivery_id or 0, answer.delivery.text)
