"""Live updates: who may listen, what they hear, and that resuming misses nothing."""

import asyncio
import json
import re
import signal
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from bot import clock
from bot.audit.actions import Fact, record
from bot.audit.models import Entry
from bot.console import live
from bot.console.session import SEEN
from bot.staff.access import Actor
from bot.tickets import actions
from tests.bot.conftest import World
from tests.console.town import answered, opened, session_of

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Ear:
    """One connection: what it is told, until it hangs up."""

    session: str = ""
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    to: live.Updates = field(default_factory=live.Updates)
    status: int = 0
    text: str = ""
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        self.status = message.get("status", self.status)
        self.text += message.get("body", b"").decode()
        self.heard.set()

    def events(self) -> list[tuple[int, dict[str, str]]]:
        found = re.findall(r"id: (\d+)\r\nevent: ticket\r\ndata: (.*)\r\n", self.text)
        return [(int(number), json.loads(data)) for number, data in found]

    async def until(self, words: str, seconds: float = 8) -> None:
        """Wait for these words to be told."""
        async with asyncio.timeout(seconds):
            while words not in self.text:
                self.heard.clear()
                await self.heard.wait()

    async def listen(self) -> None:
        cookie = f"sessionid={self.session}"
        headers = [(name.lower().encode(), value.encode()) for name, value in {"cookie": cookie, **self.headers}.items()]
        scope = {"type": "http", "method": "GET", "path": "/live/tickets", "query_string": self.query.encode(), "headers": headers}
        await self.to(scope, self.receive, self.send)


async def with_ear(ear: Ear, then: Any) -> Ear:
    listening = asyncio.create_task(ear.listen())
    try:
        await then()
    finally:
        ear.gone.set()
        await asyncio.wait_for(listening, 10)
    return ear


def answer_to(session: str, query: str = "check") -> int:
    ear = Ear(session, query)
    asyncio.run(ear.listen())
    return ear.status


def ear_of(actor: Actor, query: str = "", to: live.Updates = live.application, **headers: str) -> Ear:
    return Ear(session_of(actor), query, headers, to)


def test_a_signed_in_person_may_listen(world: World):
    assert answer_to(session_of(world.alice)) == 204


def test_nobody_else_may(world: World):
    with time_machine.travel(clock.now() - timedelta(days=1)):
        idle = session_of(world.alice)
    unproven = SessionStore(session_of(world.bob))
    unproven["second"] = ""
    unproven.save()
    assert [answer_to(key) for key in ("", "nonsense", idle, str(unproven.session_key), "x\x00")] == [401] * 5


def test_listening_keeps_no_session_alive(world: World):
    key = session_of(world.alice)
    before = SessionStore(key)[SEEN]
    ear = Ear(key)

    async def hear() -> None:
        await ear.until("ready")

    asyncio.run(with_ear(ear, hear))
    assert SessionStore(key)[SEEN] == before


def test_a_change_is_told_with_its_place_in_the_record(world: World):
    ear = ear_of(world.alice)

    async def change() -> None:
        await ear.until("ready")
        await asyncio.to_thread(opened, world)
        await ear.until("ticket.opened")

    asyncio.run(with_ear(ear, change))
    [(number, told)] = ear.events()
    assert number == Entry.objects.latest("id").pk and told["action"] == "ticket.opened"


@pytest.mark.parametrize("how", ["query", "header"])
def test_resuming_tells_everything_since_in_order_and_nothing_twice(world: World, how: str):
    opened(world)
    after = Entry.objects.latest("id").pk
    missed = [opened(world).number for _ in range(5)]
    ear = ear_of(world.alice, f"after={after}") if how == "query" else ear_of(world.alice, "after=1", **{"last-event-id": str(after)})

    async def resume() -> None:
        await ear.until(missed[-1])

    asyncio.run(with_ear(ear, resume))
    assert [told["number"] for _, told in ear.events()] == missed


def test_changes_while_resuming_are_not_lost_between(world: World):
    after = Entry.objects.latest("id").pk
    early = [opened(world).number for _ in range(3)]
    ear = ear_of(world.alice, f"after={after}")

    async def resume() -> None:
        await ear.until("ready")
        late = [(await asyncio.to_thread(opened, world)).number for _ in range(3)]
        early.extend(late)
        await ear.until(late[-1])

    asyncio.run(with_ear(ear, resume))
    assert [told["number"] for _, told in ear.events()] == early


def test_other_departments_are_not_heard_neither_live_nor_resumed(world: World):
    after = Entry.objects.latest("id").pk
    opened(world, department=world.water)
    ear = ear_of(world.alice, f"after={after}")

    async def both() -> None:
        await ear.until("ready")
        await asyncio.to_thread(opened, world, department=world.water)
        await asyncio.to_thread(opened, world)
        await ear.until("ticket.opened")

    asyncio.run(with_ear(ear, both))
    assert len(ear.events()) == 1


def test_a_transfer_is_told_to_the_department_it_left_and_to_the_one_it_came_to(world: World):
    ticket, after = opened(world), Entry.objects.latest("id").pk
    actions.transfer(world.alice, ticket, world.water, "", clock.now())
    heard = []
    for actor in (world.alice, world.charlie):
        ear = ear_of(actor, f"after={after}")

        async def hear(ear: Ear = ear) -> None:
            await ear.until(ticket.number)

        heard.append([told["action"] for _, told in asyncio.run(with_ear(ear, hear)).events()])
    assert heard == [["ticket.left"], ["ticket.transferred"]]


def test_a_delivery_is_told_as_a_change_of_its_ticket(world: World):
    ticket = opened(world)
    sent, after = answered(ticket, "好").delivery, Entry.objects.latest("id").pk
    record(clock.now(), Fact("system:outbox", "delivery.sent", "delivery", str(sent.pk), world.health.pk))
    _, [change] = live.changes_after(after, 10)
    assert (change.number, change.action, change.department_id) == (ticket.number, "delivery.sent", world.health.pk)


def test_who_is_too_far_behind_loads_the_list_anew(world: World):
    record(clock.now(), *(Fact("t", "x", "thing", "1") for _ in range(live.TOO_FAR_BEHIND + 1)))
    ear = ear_of(world.alice, "after=1")

    async def behind() -> None:
        await ear.until("event: reload")

    asyncio.run(with_ear(ear, behind))
    assert f"id: {Entry.objects.latest('id').pk}" in ear.text and ear.events() == []


def test_a_slow_listener_is_told_to_load_anew_instead_of_filling_the_memory(world: World):
    async def flood() -> list[live.Change | None]:
        listener = live.Listener(live.Listening("", None))
        for number in range(live.WAITING_MOST + 1):
            listener.tell(live.Change(number, "n", "a", None))
        return [listener.queue.get_nowait() for _ in range(listener.queue.qsize())]

    assert asyncio.run(flood()) == [None]


def test_a_session_that_ends_ends_the_connection(world: World):
    ear = ear_of(world.alice, to=live.Updates(ask_again_every=0.3))

    async def leave() -> None:
        await ear.until("ready")
        await asyncio.to_thread(SessionStore(ear.session).delete)
        await ear.until("event: out")

    assert asyncio.run(with_ear(ear, leave)).status == 200


def test_a_quiet_page_is_told_how_far_the_record_is(world: World):
    ear = ear_of(world.alice, to=live.Updates(ask_again_every=1.5))

    async def wait() -> None:
        await ear.until("ready")
        await asyncio.to_thread(opened, world, department=world.water)
        await ear.until("still here")
        newest = await asyncio.to_thread(Entry.objects.latest, "id")
        await ear.until(f"id: {newest.pk}")

    asyncio.run(with_ear(ear, wait))
    assert ear.events() == []


def test_one_look_a_second_serves_all_listeners_and_nobody_stays_behind(world: World):
    updates = live.Updates()
    ears = [ear_of(world.alice, to=updates) for _ in range(20)]

    async def look() -> tuple[int, int, int]:
        tasks = [asyncio.create_task(ear.listen()) for ear in ears]
        await asyncio.gather(*(ear.until("ready") for ear in ears))
        hub, looking = updates.hub(), [task for task in asyncio.all_tasks() if "Hub._look" in repr(task.get_coro())]
        listening = len(hub.listeners)
        for ear in ears:
            ear.gone.set()
        await asyncio.gather(*tasks)
        return listening, len(looking), len(hub.listeners)

    assert asyncio.run(look()) == (20, 1, 0)


def test_a_server_that_stops_ends_its_connections(world: World):
    ear = ear_of(world.alice)

    async def stop() -> tuple[bool, list[str]]:
        loop, told = asyncio.get_running_loop(), []
        loop.add_signal_handler(signal.SIGUSR1, told.append, "the server's own")
        listening = asyncio.create_task(ear.listen())
        await ear.until("ready")
        signal.raise_signal(signal.SIGUSR1)
        await asyncio.wait_for(listening, 5)
        return listening.done(), told

    assert asyncio.run(stop()) == (True, ["the server's own"])


@pytest.mark.parametrize(("path", "method", "status"), [("/live/other", "GET", 404), ("/live/tickets", "POST", 405)])
def test_other_requests_are_refused(path: str, method: str, status: int):
    ear = Ear()
    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": []}
    asyncio.run(live.application(scope, ear.receive, ear.send))
    assert ear.status == status


def test_there_is_a_most_of_listeners(world: World):
    ear = ear_of(world.alice, to=live.Updates(listeners_most=0))
    asyncio.run(ear.listen())
    assert ear.status == 503


def test_the_page_starts_where_the_record_is(world: World, client: Client):
    opened(world)
    client.cookies["sessionid"] = session_of(world.alice)
    assert f'data-live="{Entry.objects.latest("id").pk}"' in client.get("/").content.decode()
