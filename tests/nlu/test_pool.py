"""Who is asked next among several Rasa processes."""

import asyncio
import time

import pytest

from nlu.breaker import Breaker
from nlu.client import Rasa
from nlu.pool import EACH, Pool, Server, servers
from tests.nlu.fake_rasa import TOKEN, running


def pool(count: int = 2) -> Pool:
    return Pool([Server(f"http://127.0.0.1:{port}", "", Breaker(time.monotonic, failures=1, pause=60)) for port in range(count)])


def test_the_least_busy_process_is_asked() -> None:
    async def story() -> list[int]:
        two = pool()
        await two.take()
        for _ in range(2 * EACH - 1):
            await two.take()
        return [server.busy for server in two.servers]

    assert asyncio.run(story()) == [EACH, EACH]


def test_equally_busy_processes_take_turns() -> None:
    async def story() -> set[str]:
        two, asked = pool(), set()
        for _ in range(4):
            server = await two.take()
            assert server
            asked.add(server.url)
            two.give(server)
        return asked

    assert len(asyncio.run(story())) == 2


def test_a_text_waits_for_its_turn_instead_of_in_a_busy_process() -> None:
    async def story() -> bool:
        one = pool(1)
        held = [await one.take() for _ in range(EACH)]
        late = asyncio.create_task(one.take())
        await asyncio.sleep(0.01)
        waited = not late.done()
        assert held[0]
        one.give(held[0])
        return waited and await asyncio.wait_for(late, 1) is held[0]

    assert asyncio.run(story())


def test_when_the_last_process_goes_away_nobody_waits_for_it() -> None:
    async def story() -> list[Server | None]:
        one = pool(1)
        held = [await one.take() for _ in range(EACH)]
        late = [asyncio.create_task(one.take()) for _ in range(5)]
        await asyncio.sleep(0.01)
        assert held[0]
        held[0].breaker.failure()
        one.give(held[0])
        return await asyncio.wait_for(asyncio.gather(*late), 1)

    assert asyncio.run(story()) == [None] * 5


def test_who_gives_up_waiting_passes_the_turn_on() -> None:
    async def story() -> bool:
        one = pool(1)
        held = [await one.take() for _ in range(EACH)]
        hasty, patient = asyncio.create_task(one.take()), asyncio.create_task(one.take())
        await asyncio.sleep(0.01)
        assert held[0]
        one.give(held[0])
        hasty.cancel()
        return await asyncio.wait_for(patient, 1) is held[0]

    assert asyncio.run(story())


@pytest.mark.parametrize(("given", "wanted"), [("a", ["a", "a"]), ("a,b", ["a", "b"]), ("", ["", ""]), (["a", "b"], ["a", "b"])])
def test_each_process_has_its_token(given: str | list[str], wanted: list[str]) -> None:
    found = servers("http://x:1, http://y:2/", given, lambda: Breaker(time.monotonic))
    assert [(one.url, one.token) for one in found] == [("http://x:1", wanted[0]), ("http://y:2", wanted[1])]


def test_a_token_is_never_shown() -> None:
    assert "secret" not in repr(servers("http://x", "secret", lambda: Breaker(time.monotonic)))


def test_a_slow_process_gets_fewer_texts_than_a_quick_one() -> None:
    with running() as slow, running() as quick:
        slow.manner = "slow"
        found = Rasa([slow.url, quick.url], TOKEN, timeout=3).understand(["你好"] * 60)
        assert {one.source for one in found} == {"rasa"}
        assert 0 < len(slow.seen) < len(quick.seen)
