"""What the house lends in tests: accounts, tools, tokens in memory, signed requests, fixtures."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import connectors.weibo
from connectors.contract import Inbound, Tools
from connectors.weibo.incoming import signature
from policies.facts import AccountFacts, Outgoing

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
UID, FAN = "1902538057", "2489518277"
SECRET, TOKEN, FAN_TOKEN = "canary-secret-1f3a", "2.00canary+token/9=", "2.00canary-fan-7c"
FIXTURES = Path(connectors.weibo.__file__).parent / "fixtures"


class Memory:
    """A TokenStore in one process."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def get(self, key: str) -> str | None:
        return self.kept.get(key)

    def put(self, key: str, value: str, seconds: float) -> None:
        self.kept[key] = value

    def drop(self, key: str, value: str) -> None:
        if self.kept.get(key) == value:
            del self.kept[key]

    @contextmanager
    def lock(self, key: str, seconds: float) -> Iterator[bool]:
        yield True


def account(base_url: str = "", **credentials: Any) -> AccountFacts:
    given = {"app_key": "1234567890", "app_secret": SECRET, "access_token": TOKEN, "uid": UID, "safe_domain": "www.example.gov.cn"}
    return AccountFacts("wb1", "weibo", "某市政务", base_url=base_url, credentials={**given, **credentials})


def tools(timeout: float = 5.0, now: datetime = NOW) -> Tools:
    return Tools(Memory(), now, timeout)


def item(text: str = "您好，可在窗口办理。", **thread: Any) -> Outgoing:
    return Outgoing("k1", "text", FAN, text, thread or {"kind": "private"}, queued_at=NOW, first_tried_at=NOW)


def to_comment(text: str = "您好，可在窗口办理。") -> Outgoing:
    return item(text, kind="comment", cid="3700000000000005", id="3500000000000001")


def signed(body: bytes = b"", method: str = "POST", *, secret: str = SECRET, stamp: str = "", **query: str) -> Inbound:
    stamp = stamp or str(int(NOW.timestamp() * 1000))
    fields = {"signature": signature(secret, stamp, "57155157"), "timestamp": stamp, "nonce": "57155157"}
    return Inbound(method, {**fields, **query}, {"content-type": "application/json"}, body)


def push(name: str) -> bytes:
    """A fixture's bytes: `text` is the JSON push of that name, `push_xml/text.xml` a path."""
    return (FIXTURES / (name if "/" in name else f"push/{name}.json")).read_bytes()


def changed(name: str, **fields: Any) -> bytes:
    return json.dumps({**json.loads(push(name)), **fields}).encode()


def api(name: str) -> Any:
    return json.loads((FIXTURES / "api" / f"{name}.json").read_text(encoding="utf-8"))


def without(facts: AccountFacts, *names: str) -> AccountFacts:
    return replace(facts, credentials={name: value for name, value in facts.credentials.items() if name not in names})
