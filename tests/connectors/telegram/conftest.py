"""What the Telegram tests share: an account, a server of our own, a token store in memory."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import Inbound, Tools
from policies.facts import AccountFacts, Event, Outgoing
from tests.connectors.telegram.fake import FakeTelegram

FIXTURES = Path(__file__).parents[3] / "connectors" / "telegram" / "fixtures"
TOKEN = "7001:CANARY-token_0123456789abcdefghijkl"
SECRET = "canary-SECRET_token"
NOW = datetime(2026, 10, 3, 4, 30, tzinfo=UTC)


@dataclass
class Memory:
    """A token store of one process."""

    kept: dict[str, str] = field(default_factory=dict)

    def get(self, key: str) -> str | None:
        return self.kept.get(key)

    def put(self, key: str, value: str, seconds: float) -> None:
        self.kept[key] = value

    def drop(self, key: str, value: str) -> None:
        if self.kept.get(key) == value:
            del self.kept[key]

    def lock(self, key: str, seconds: float) -> AbstractContextManager[bool]:
        return nullcontext(True)


def account_at(origin: str, **credentials: Any) -> AccountFacts:
    named = {"bot_token": TOKEN, "secret_token": SECRET, **credentials}
    return AccountFacts("tg1", "telegram", "市政 Telegram", base_url=origin, credentials=named)


def fixture(name: str) -> bytes:
    return (FIXTURES / f"{name}.json").read_bytes()


def post(body: bytes, **headers: str) -> Inbound:
    named = {"x-telegram-bot-api-secret-token": SECRET, "content-type": "application/json"}
    return Inbound("POST", {}, named | {name.replace("_", "-"): value for name, value in headers.items()}, body)


def text_to(citizen: str, text: str = "您好，已登记。", thread: Mapping[str, Any] | None = None) -> Outgoing:
    return Outgoing(key="k1", kind="text", citizen=citizen, text=text, thread=thread or {})


@pytest.fixture
def server() -> Iterator[FakeTelegram]:
    fake = FakeTelegram(TOKEN)
    fake.start()
    yield fake
    fake.stop()


@pytest.fixture
def account(server: FakeTelegram) -> AccountFacts:
    return account_at(server.origin)


@pytest.fixture
def tools() -> Tools:
    return Tools(tokens=Memory(), now=NOW, timeout=2.0)


@pytest.fixture
def read() -> Callable[[bytes], Event]:
    from connectors.telegram import connector

    return lambda body: connector.read(post(body), account_at("http://127.0.0.1:1"), NOW).events[0]


def update(**kinds: Any) -> bytes:
    return json.dumps({"update_id": 1, **kinds}).encode()
