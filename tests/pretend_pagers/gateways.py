"""A gateway of every means that speaks HTTP, as a person would have entered it, and what a test lends a pager."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from connectors.contract import Paging, Tools
from policies.facts import AccountFacts

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
LINK = "https://huiyin.test/a/12.signed"
SECRETS = ("canary-one-1234", "canary-two-1234", "right-secret")

CREDENTIALS: Mapping[str, dict[str, Any]] = {
    "dingtalk": {"access_token": "canary-one-1234", "secret": "canary-two-1234"},
    "feishu": {"token": "canary-one-1234", "secret": "canary-two-1234"},
    "wecom": {"key": "canary-one-1234"},
    "wecom-app": {"corp_id": "ww1", "agent_id": "1000002", "secret": "right-secret"},
    "sms": {
        "url": "http://sms.invalid/sms/send?password=canary-one-1234",
        "body": '{"to": "{mobile}", "text": "{text} {link}"}',
        "header": "Authorization: Bearer canary-two-1234",
        "success": "json:result.0.status=OK",
    },
}
ADDRESSES = {"dingtalk": "13800000000", "feishu": "ou_1", "wecom": "13800000000", "wecom-app": "zhang", "sms": "13800000000"}


@dataclass
class Memory:
    """A token store of one process."""

    kept: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def get(self, key: str) -> str | None:
        return self.kept.get(key)

    def put(self, key: str, value: str, seconds: float) -> None:
        self.kept[key], self.seconds[key] = value, seconds

    def drop(self, key: str, value: str) -> None:
        if self.kept.get(key) == value:
            del self.kept[key]

    def lock(self, key: str, seconds: float) -> AbstractContextManager[bool]:
        return nullcontext(True)


def gateway(means: str, at: str, **credentials: Any) -> AccountFacts:
    """One of this means whose platform is at this address."""
    return AccountFacts("1", means, "值班", base_url=at, credentials={**CREDENTIALS.get(means, {}), **credentials})


def tools(tokens: Memory | None = None, now: datetime = NOW, timeout: float = 0.3) -> Tools:
    """What a call is lent."""
    return Tools(tokens or Memory(), now, timeout)


def paging(text: str = "【回音】诉求 20261120-000001 已超期") -> Paging:
    """A page as the house hands it to a pager."""
    return Paging("a" * 32, text, LINK)
