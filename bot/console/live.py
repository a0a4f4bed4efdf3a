"""Live updates: one look at the record a second for all listeners of a process, each told only what their departments do.

The record's ids are in the order of commit, so the id of the last event a page has seen is all it takes to resume
without a gap. A listener that is too far behind is told to load the list anew. Listening keeps no session alive.
"""

import asyncio
import contextlib
import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs
from weakref import WeakKeyDictionary

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.responses import JSONResponse, Response

from bot import clock
from bot.answering.drafts import Writer, writers
from bot.audit.models import Entry
from bot.console.session import standing_of
from bot.staff.access import department_ids
from bot.tickets.models import Message
from bot.waking import on_wake
from policies.roles import Right

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

TOO_FAR_BEHIND = 5_000
LEAST_SECONDS = 0.1  # between two looks, however many changes there are
WAITING_MOST = 1_000  # events a slow listener may have waiting before it is told to reload
BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the record that concerns a ticket or an incident."""

    id: int
    number: str
    action: str
    department_id: int | None
    of: str = "ticket"
    ticket: str = ""  # the ticket that came into an incident or left it
    people: tuple[tuple[int, str], ...] | None = None  # who is writing a reply just now; no entry of the record, so without an id

    def event(self) -> ServerSentEvent:
        if self.people is not None:
            return ServerSentEvent(json.dumps({"number": self.number, "people": self.people}), event="typing")
        return ServerSentEvent(
            json.dumps({"number": self.number, "action": self.action} | ({"ticket": self.ticket} if self.ticket else {})),
            event=self.of,
            id=str(self.id),
        )


type Writing = dict[tuple[str, int], dict[int, str]]
STOP = Change(-1, "", "", None)  # told to every listener when the server stops: their connections must not hold it up


@dataclass(frozen=True, slots=True)
class Listening:
    """Whose events these are. `departments` None = all."""

    session_key: str
    departments: frozenset[int] | None

    def hears(self, change: Change) -> bool:
        return self.departments is None or change.department_id in self.departments


@dataclass(eq=False, slots=True)
class Listener:
    """One open page."""

    who: Listening
    queue: "asyncio.Queue[Change | None]" = field(default_factory=lambda: asyncio.Queue(WAITING_MOST))  # None: fell behind

    def tell(self, change: Change) -> None:
        try:
            self.queue.put_nowait(change)
        except asyncio.QueueFull:
            while not self.queue.empty():
                self.queue.get_nowait()
            self.queue.put_nowait(None)


class Hub:
    """The one that looks, for one event loop. It looks only while somebody listens."""

    def __init__(self, look_every: float) -> None:
        self.listeners: set[Listener] = set()
        self.last = 0
        self._every = look_every
        self._task: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._woken = asyncio.Event()
        self._ended: threading.Event | None = None
        self._writing: Writing = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="live")

    async def join(self, listener: Listener) -> int:
        """Start telling this listener everything after the returned id."""
        async with self._starting:  # two that come at once must not both start looking
            if self._task is None or self._task.done():
                self.last = await self._run(newest_id)
                self._task = asyncio.create_task(self._look())
                self._listen_for_wakes()
            self.listeners.add(listener)
            return self.last

    def _listen_for_wakes(self) -> None:
        """With Redis, a look follows a change at once and not only at the next second."""
        if self._ended is None:
            loop, self._ended = asyncio.get_running_loop(), threading.Event()
            on_wake("live", partial(loop.call_soon_threadsafe, self._woken.set), self._ended)

    def leave(self, listener: Listener) -> None:
        self.listeners.discard(listener)

    def stop(self) -> None:
        """End all connections; the pages come back by themselves, to whichever process serves then."""
        if self._ended:
            self._ended.set()
        for listener in self.listeners:
            listener.tell(STOP)

    async def _run[T](self, call: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, _fresh(call), *args)

    async def _look(self) -> None:
        while self.listeners:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), self._every)
                await asyncio.sleep(LEAST_SECONDS)
            self._woken.clear()
            try:
                last, changes = await self._run(changes_after, self.last, BATCH)
                changes = [*changes, *self._typing(await self._run(_writers))]
            except Exception:  # noqa: S112  (a database that is away comes back; the next look reads what was missed)
                continue
            for change in changes:
                for listener in self.listeners:
                    if listener.who.hears(change):
                        listener.tell(change)
            self.last = last

    def _typing(self, now: list[Writer]) -> list[Change]:
        """Where somebody began or ceased to write since the last look."""
        fresh: Writing = {}
        for one in now:
            fresh.setdefault((one.number, one.department_id), {})[one.person_id] = one.name
        before, self._writing = self._writing, fresh
        news = [key for key in before.keys() | fresh.keys() if before.get(key) != fresh.get(key)]
        return [Change(0, number, "", place, people=tuple(fresh.get((number, place), {}).items())) for number, place in news]


def _writers() -> list[Writer]:
    return writers(clock.now())


def _fresh[T](call: Callable[..., T]) -> Callable[..., T]:
    """Database connections of our own threads are let go when they are old or broken."""

    def run(*args: Any) -> T:
        close_old_connections()
        try:
            return call(*args)
        finally:
            close_old_connections()

    return run


def newest_id() -> int:
    """The record's last id."""
    return Entry.objects.order_by("-id").values_list("id", flat=True).first() or 0


def changes_after(last: int, limit: int) -> tuple[int, list[Change]]:
    """The next entries of the record: the id read up to, and what of it concerns tickets."""
    rows = list(Entry.objects.filter(id__gt=last).order_by("id")[:limit])
    sent = [int(row.object_id) for row in rows if row.object_type == "delivery" and row.object_id.isdigit()]
    found = Message.objects.filter(delivery__in=sent, ticket__isnull=False).values_list("delivery", "ticket__number", "ticket__department")
    tickets = {str(delivery): (number, department) for delivery, number, department in found}
    changes = []
    for row in rows:
        if row.object_type in ("ticket", "incident"):
            ticket = str(row.detail.get("ticket", "")) if row.object_type == "incident" else ""
            changes.append(Change(row.id, row.object_id, row.action, row.department_id, row.object_type, ticket))
        elif row.object_id in tickets and row.object_type == "delivery":
            number, department = tickets[row.object_id]
            changes.append(Change(row.id, number or "", row.action, department))
    return (rows[-1].id if rows else last), changes


def listening(session_key: str) -> Listening | None:
    """Whose events a session may hear; None = it is not fully signed in, or idle. The session is not touched."""
    session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    standing = standing_of(session, clock.now())
    if standing.lacks or standing.actor is None or not standing.actor.has(Right.SEE_TICKETS):
        return None
    paths = standing.actor.paths(Right.SEE_TICKETS)
    everything = any(path.count("/") == 2 for path in paths)
    return Listening(session_key, None if everything else frozenset(department_ids(paths)))


_ask = sync_to_async(_fresh(listening), thread_sensitive=False)
_read = sync_to_async(_fresh(changes_after), thread_sensitive=False)


@dataclass(frozen=True, slots=True)
class Updates:
    """The ASGI callable behind /live/tickets. `?after=` or Last-Event-ID says where to go on; `?check` asks only whether one may."""

    look_every: float = 1.0  # seconds
    ask_again_every: float = 30.0  # seconds until a listener's session is looked at again
    listeners_most: int = 500
    hubs: "WeakKeyDictionary[asyncio.AbstractEventLoop, Hub]" = field(default_factory=WeakKeyDictionary)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (await self._respond(scope))(scope, receive, send)  # type: ignore[arg-type]

    def hub(self) -> Hub:
        """The hub of the running event loop."""
        loop = asyncio.get_running_loop()
        if loop not in self.hubs:
            self.hubs[loop] = Hub(self.look_every)
            _before_stopping(loop, self.hubs[loop].stop)
        return self.hubs[loop]

    async def _respond(self, scope: Scope) -> Response:
        if scope["path"] != "/live/tickets":
            return JSONResponse({"status": 404}, 404)
        if scope["method"] != "GET":
            return JSONResponse({"status": 405}, 405, {"allow": "GET"})
        who = await _ask(_session_key(scope))
        if who is None:
            return JSONResponse({"status": 401}, 401)
        query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        if "check" in query:
            return Response(status_code=204)
        if len(self.hub().listeners) >= self.listeners_most:
            return JSONResponse({"status": 503}, 503, {"retry-after": "30"})
        after = _number(_header(scope, b"last-event-id"))
        after = _number(query.get("after", [""])[0]) if after is None else after
        return EventSourceResponse(self._events(who, after), ping=15, headers={"cache-control": "no-store", "x-accel-buffering": "no"})

    async def _events(self, who: Listening, after: int | None) -> AsyncIterator[ServerSentEvent]:
        hub, listener = self.hub(), Listener(who)
        joined_at = await hub.join(listener)
        try:
            yield ServerSentEvent(comment="ready", retry=2000)
            last = joined_at if after is None else after
            if joined_at - last > TOO_FAR_BEHIND or last > joined_at + TOO_FAR_BEHIND:
                yield ServerSentEvent("{}", event="reload", id=str(joined_at))
                last = joined_at
            while last < joined_at:
                last, changes = await _read(last, BATCH)
                for change in changes:
                    if who.hears(change):
                        yield change.event()
            async for event in self._heard(hub, listener, last):
                yield event
        finally:
            hub.leave(listener)

    async def _heard(self, hub: Hub, listener: Listener, last: int) -> AsyncIterator[ServerSentEvent]:
        """Events as they come. A quiet page is still told how far the record is, so that it never falls behind by being quiet."""
        loop = asyncio.get_running_loop()
        ask_at = loop.time() + self.ask_again_every
        while True:
            try:
                change = await asyncio.wait_for(listener.queue.get(), max(0.01, ask_at - loop.time()))
            except TimeoutError:
                who = await _ask(listener.who.session_key)
                if who is None:
                    yield ServerSentEvent("{}", event="out")
                    return
                listener.who, ask_at = who, loop.time() + self.ask_again_every
                if listener.queue.empty():  # else the id would run ahead of events that are still to be told
                    yield ServerSentEvent(comment="still here", id=str(max(last, hub.last)))
                continue
            if change is STOP:
                return
            if change is None:
                last = max(last, hub.last)
                yield ServerSentEvent("{}", event="reload", id=str(last))
            elif change.people is not None:
                yield change.event()
            elif change.id > last:
                last = change.id
                yield change.event()


def _before_stopping(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    """Have `call` run when the server is told to stop, ahead of the server's own handler, which waits for open connections.

    asyncio keeps one handler a signal and lets nobody ask for it, hence the look at its private table; a loop without one
    (another implementation, a test) is left alone, and there the server's own time-out ends the connections.
    """
    for number, handle in list(getattr(loop, "_signal_handlers", {}).items()):
        loop.add_signal_handler(number, _both, call, handle._callback, handle._args)


def _both(first: Callable[[], None], then: Callable[..., object], arguments: tuple[object, ...]) -> None:
    first()
    then(*arguments)


application = Updates()


def _session_key(scope: Scope) -> str:
    try:
        cookies = SimpleCookie(_header(scope, b"cookie"))
    except CookieError:
        return ""
    found = cookies.get(settings.SESSION_COOKIE_NAME)
    return found.value if found else ""


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
