"""The webhook path: a bare ASGI callable in front of Django. Verified, stored, and only then acknowledged (promise 1)."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import parse_qsl

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections

from bot import clock
from bot.inbox.accounts import AccountBook, Known
from bot.inbox.commit import Busy, GroupCommit
from bot.inbox.rows import NewRow
from bot.inbox.slow import Slow, TooSlow
from bot.outbox.actions import given
from connectors.contract import Answer, Inbound, Reading, Rejected

log = logging.getLogger(__name__)
MAX_BODY = 1024 * 1024
MOST_FIELDS = 50  # of a query
BODY_SECONDS = 10.0  # a body that trickles in slower than this is dropped
# The storing process handles its messages within this time, afterwards anybody may.
LEASE = timedelta(seconds=settings.INTAKE_LEASE_SECONDS)
REPEAT_AFTER_SECONDS = 4.0  # platforms repeat after 5 s; a copy that comes sooner is no repeat and gets no second answer

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class AutoAnswer:
    """The answer to one message: its outbox row and its words, and whether a person wrote them."""

    delivery_id: int
    text: str
    by_person: bool = False


class Handler(Protocol):
    """What reads stored messages; implemented by bot.dialogue and handed in by bot.asgi."""

    def takes(self, count: int) -> bool: ...

    def submit(self, row: NewRow, *, waits: bool) -> "asyncio.Future[AutoAnswer | None] | None": ...

    async def earlier(self, inbound_id: int) -> AutoAnswer | None: ...


class Hooks:
    """`GET|POST /hooks/<platform>/<account id>`."""

    def __init__(self, book: AccountBook, commit: GroupCommit, handler: Handler, budget: float = 1.5) -> None:
        self._book, self._commit, self._handler, self._budget = book, commit, handler, budget
        self._slow = Slow(BODY_SECONDS)

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        started = time.monotonic()
        carried: AutoAnswer | None = None
        try:
            answer, carried = await self._answer(scope, receive, started)
        except Rejected as no:
            log.info("hook refused: %s %s", no.status, no.reason, extra={"path": scope["path"][:120]})
            answer = Answer(no.status, no.reason.encode())
        except TooSlow:
            answer = Answer(408, b"body too slow")
        except Busy:
            answer = Answer(503, b"busy")
        except Exception:
            # Not stored, so not acknowledged: the platform sends it again.
            log.exception("hook failed")
            answer = Answer(503, b"try again")
        await _respond(send, answer)
        if carried and carried.by_person:
            await sync_to_async(_given, thread_sensitive=False)(carried.delivery_id)

    async def _answer(self, scope: dict[str, Any], receive: Receive, started: float) -> tuple[Answer, AutoAnswer | None]:
        if self._book.old:
            await self._book.renew()
        known = self._known(scope)
        now = clock.now()
        headers = _headers(scope)
        request = Inbound(scope["method"], _query(scope), headers, await _body(headers, receive, self._slow))
        reading = known.connector.read(request, known.facts, now)
        if not reading.events:
            return reading.answer, None
        ours = self._handler.takes(len(reading.events))
        lease = now + LEASE if ours else now
        rows = [NewRow(known.facts.id, known.department_id, event, now, lease) for event in reading.events]
        await self._commit.store(rows)
        if rows[0].fresh and not ours:  # in a flood: nobody here will read it
            return reading.answer, None
        return await self._automatic(known, reading, rows, started, ours) or (reading.answer, None)

    def _known(self, scope: dict[str, Any]) -> Known:
        if scope["method"] not in ("GET", "POST"):
            raise Rejected(405, "GET or POST")
        parts = scope["path"].split("/")
        known = self._book.find(parts[2], parts[3]) if len(parts) == 4 else None
        if known is None:
            raise Rejected(404, "unknown account")
        return known

    async def _automatic(
        self, known: Known, reading: Reading, rows: list[NewRow], started: float, ours: bool
    ) -> tuple[Answer, AutoAnswer] | None:
        """The automatic answer inside this response, if it is ready in time; it costs no message of the quota."""
        waits = reading.passive is not None and len(rows) == 1
        futures = [self._handler.submit(row, waits=waits) for row in rows if row.fresh and ours]
        if not waits:
            return None
        left = self._budget - (time.monotonic() - started)
        found = await _within(futures[0], left) if futures else await self._repeated(rows[0])
        if found is None:
            return None
        now = clock.now()
        answer = known.connector.passive(reading, known.facts, found.text, now)
        if answer and (not rows[0].fresh or await self._commit.take(found.delivery_id, now)):
            return answer, found
        return None

    async def _repeated(self, row: NewRow) -> AutoAnswer | None:
        """A platform's repeat means that our first response did not arrive: give the same answer again."""
        return None if row.fresh or not row.id else await self._handler.earlier(row.id)


def _given(delivery_id: int) -> None:
    try:
        given(delivery_id, clock.now())
    finally:
        close_old_connections()


async def _within(future: "asyncio.Future[AutoAnswer | None] | None", seconds: float) -> AutoAnswer | None:
    if future is None:
        return None
    try:
        return await asyncio.wait_for(asyncio.shield(future), max(0.0, seconds))
    except Exception:
        return None


def _query(scope: dict[str, Any]) -> dict[str, str]:
    raw = scope.get("query_string", b"").decode("latin-1")
    if raw.count("&") >= MOST_FIELDS:
        return {}
    if "%" in raw or "+" in raw:
        return dict(parse_qsl(raw, keep_blank_values=True))
    # Nothing is escaped, as nearly always: the same in a quarter of the time.
    return {name: value for name, _, value in (field.partition("=") for field in raw.split("&") if field)}


def _headers(scope: dict[str, Any]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


async def _body(headers: dict[str, str], receive: Receive, slow: Slow) -> bytes:
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit() and (len(length) > 8 or int(length) > MAX_BODY):
        raise Rejected(413, "body over 1 MB")
    body = b""
    with slow:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Rejected(400, "connection closed")
            part = message.get("body", b"")
            body = body + part if body else part
            if len(body) > MAX_BODY:
                raise Rejected(413, "body over 1 MB")
            if not message.get("more_body"):
                return bytes(body)


async def _respond(send: Send, answer: Answer) -> None:
    headers = [(b"content-type", answer.content_type.encode()), (b"content-length", str(len(answer.body)).encode())]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


def repeat_is_due(received_at: datetime, now: datetime) -> bool:
    """Whether a copy of a message comes late enough to be the platform's own repeat."""
    return (now - received_at).total_seconds() >= REPEAT_AFTER_SECONDS
