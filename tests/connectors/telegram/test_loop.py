"""The loop in its thread: bounded in time, and new in a forked child."""

import asyncio
import os
import time

import pytest

from connectors.contract import Tools
from connectors.telegram import bots, connector, loop
from connectors.telegram.keys import keys_of
from connectors.telegram.limits import DATA
from policies.facts import AccountFacts, Outcome
from tests.connectors.telegram.conftest import account_at, text_to
from tests.connectors.telegram.fake import FakeTelegram


async def answer() -> int:
    return 42


def test_a_coroutine_is_run_to_its_end() -> None:
    assert loop.run(answer(), 1) == 42


def test_what_a_coroutine_raises_is_raised() -> None:
    async def fail() -> None:
        raise LookupError("x")

    with pytest.raises(LookupError, match="x"):
        loop.run(fail(), 1)


def test_a_coroutine_that_hangs_is_ended_in_time() -> None:
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        loop.run(asyncio.sleep(30), 0.1)
    assert time.monotonic() - began < 2


def test_one_loop_serves_the_process() -> None:
    assert loop.loop() is loop.loop()


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_sends_through_a_loop_of_its_own(server: FakeTelegram, account: AccountFacts, tools: Tools) -> None:
    assert connector.send(text_to("1"), account, tools).outcome is Outcome.SENT
    child = os.fork()
    if child == 0:
        sent = connector.send(text_to("2"), account, tools).outcome is Outcome.SENT
        os._exit(0 if sent else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert connector.send(text_to("3"), account, tools).outcome is Outcome.SENT
    assert [call["chat_id"] for call in server.sent()] == ["1", "2", "3"]


def test_an_account_keeps_its_bot_and_another_token_gets_another(account: AccountFacts) -> None:
    first = bots.bot_of(keys_of(account))
    assert bots.bot_of(keys_of(account)) is first
    assert bots.bot_of(keys_of(account_at(account.base_url, bot_token="7002:other"))) is not first


def test_the_bots_and_lines_kept_are_bounded() -> None:
    for number in range(DATA["http"]["bots_cached"] + 5):
        bots.bot_of(keys_of(account_at(f"http://127.0.0.1:{number % 40 + 1}", bot_token=f"{number}:x")))
    assert len(bots._cache.bots) <= DATA["http"]["bots_cached"]
    assert len(bots._cache.lines) <= DATA["http"]["lines_cached"]


def test_a_bot_put_aside_is_made_again(server: FakeTelegram, account: AccountFacts, tools: Tools) -> None:
    connector.send(text_to("1"), account, tools)
    for number in range(DATA["http"]["lines_cached"] + 1):
        bots.bot_of(keys_of(account_at(f"http://127.0.0.2:{number + 1}")))
    assert connector.send(text_to("2"), account, tools).outcome is Outcome.SENT
