"""The webhook path: stored, then 200; one message however often it comes; the answer in the response when it is ready."""

import asyncio
import contextlib
import hashlib
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any
from urllib.parse import urlencode

import pytest

from bot.channels.actions import save_account
from bot.channels.registry import all_connectors
from bot.dialogue.dispatcher import Dispatcher
from bot.inbox.accounts import AccountBook
from bot.inbox.commit import GroupCommit
from bot.inbox.hooks import Hooks
from bot.inbox.models import Inbound
from bot.outbox.actions import handed_over
from bot.outbox.models import Delivery
from bot.tickets.models import Message, Ticket
from nlu.fallback import understand
from tests.bot.conftest import NOW, World

TOKEN = "hooktoken"
CREDENTIALS = {"app_id": "wx0000000000000001", "app_secret": "a" * 32, "token": TOKEN, "mode": "plain"}
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def account(world: World) -> str:
    values = {"id": "wx1", "platform": "wechat", "name": "健康某市", "credentials": CREDENTIALS}
    return save_account("test", values, world.health, NOW).pk


@contextlib.asynccontextmanager
async def serving(read: Callable[..., Any] | None = None) -> AsyncIterator[Hooks]:
    dispatcher, commit = Dispatcher(read or (lambda texts: [understand(text) for text in texts])), GroupCommit(handed_over)
    dispatcher.start()
    commit.start()
    yield Hooks(AccountBook(all_connectors()), commit, dispatcher)
    await asyncio.to_thread(commit.stop)
    await asyncio.to_thread(dispatcher.stop)


async def post(hooks: Hooks, text: str, message_id: int, account: str = "wx1", method: str = "POST") -> tuple[int, str]:
    stamp = str(int(time.time()))
    signature = hashlib.sha1("".join(sorted([TOKEN, stamp, "n1"])).encode()).hexdigest()
    xml = (
        f"<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[o1]]></FromUserName><CreateTime>{stamp}</CreateTime>"
        f"<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{text}]]></Content><MsgId>{message_id}</MsgId></xml>"
    )
    return await call(hooks, f"/hooks/wechat/{account}", {"signature": signature, "timestamp": stamp, "nonce": "n1"}, xml.encode(), method)


async def call(hooks: Hooks, path: str, query: dict[str, str], body: bytes, method: str = "POST") -> tuple[int, str]:
    scope = {"type": "http", "method": method, "path": path, "query_string": urlencode(query).encode(), "headers": []}
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await hooks(scope, receive, send)
    return sent[0]["status"], sent[1]["body"].decode()


def run[T](job: Callable[[Hooks], Coroutine[Any, Any, T]], read: Callable[..., Any] | None = None) -> T:
    async def main() -> T:
        async with serving(read) as hooks:
            return await job(hooks)

    return asyncio.run(main())


def test_a_question_is_stored_and_answered_in_the_response(account: str) -> None:
    status, body = run(lambda hooks: post(hooks, "疫苗几点打？", 1))
    assert status == 200 and Ticket.objects.get().number in body
    assert Delivery.objects.get().via == "webhook"


def test_twenty_copies_at_once_make_one_message(account: str) -> None:
    async def storm(hooks: Hooks) -> list[tuple[int, str]]:
        return await asyncio.gather(*(post(hooks, "疫苗几点打？", 7) for _ in range(20)))

    answers = run(storm)
    assert {status for status, _ in answers} == {200}
    assert sum("自动回复" in body for _, body in answers) == 1
    assert (Inbound.objects.count(), Message.objects.filter(direction="citizen").count(), Ticket.objects.count()) == (1, 1, 1)


def test_a_slow_reader_delays_no_acknowledgement_beyond_the_budget(account: str) -> None:
    def slow(texts: list[str]) -> list[Any]:
        time.sleep(3)
        return [understand(text) for text in texts]

    started = time.monotonic()
    status, body = run(lambda hooks: post(hooks, "疫苗几点打？", 1), slow)
    assert (status, body) == (200, "success")
    assert Inbound.objects.count() == 1
    assert time.monotonic() - started < 60  # bounded, not measured


def test_a_reader_that_fails_loses_nothing(account: str) -> None:
    def broken(texts: list[str]) -> list[Any]:
        raise RuntimeError

    status, _ = run(lambda hooks: post(hooks, "疫苗几点打？", 1), broken)
    assert (status, Inbound.objects.get().state) == (200, "stored")


@pytest.mark.parametrize(("path", "method", "status"), [("/hooks/wechat/nobody", "POST", 404), ("/hooks/qq/wx1", "POST", 404),
                                                        ("/hooks/wechat/wx1/x", "POST", 404), ("/hooks/", "POST", 404),
                                                        ("/hooks/wechat/wx1", "DELETE", 405)])  # fmt: skip
def test_unknown_addresses_and_methods_are_refused(account: str, path: str, method: str, status: int) -> None:
    assert run(lambda hooks: call(hooks, path, {}, b"x", method))[0] == status
    assert Inbound.objects.count() == 0


def test_a_body_over_one_megabyte_is_refused_unread(account: str) -> None:
    assert run(lambda hooks: call(hooks, "/hooks/wechat/wx1", {}, b"x" * (1024 * 1024 + 1)))[0] == 413


def test_a_message_that_cannot_be_stored_is_not_acknowledged(account: str) -> None:
    class Full:
        def qsize(self) -> int:
            return 10**9

        def put(self, item: object) -> None:
            pass

    async def main() -> tuple[int, str]:
        commit = GroupCommit(handed_over)
        commit._queue = Full()  # type: ignore[assignment]
        return await post(Hooks(AccountBook(all_connectors()), commit, Dispatcher(lambda texts: [])), "疫苗几点打？", 1)

    assert asyncio.run(main())[0] == 503
    assert Inbound.objects.count() == 0
