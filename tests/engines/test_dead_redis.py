"""Redis is away: what it held is lost by design, so sending waits; it neither fails nor becomes doubtful."""

import time
from typing import Any

import pytest

from bot.channels.registry import connector_for
from bot.channels.shared import RedisTokens
from bot.waking import connect
from connectors.contract import Tools
from policies.facts import AccountFacts, Health, Outcome, Outgoing
from tests.bot.conftest import NOW, TELEGRAM
from tests.engines.children import free_port

CREDENTIALS: dict[str, dict[str, Any]] = {
    "wechat": {"app_id": "wx0000000000000001", "app_secret": "a" * 32, "token": "hooktoken", "mode": "plain"},
    "weibo": {"app_key": "key1", "app_secret": "b" * 32, "access_token": "2.00one", "uid": "1234567890"},
    "telegram": TELEGRAM,
}


def account(platform: str) -> AccountFacts:
    """An account whose platform is away too: surely nothing leaves."""
    return AccountFacts(
        id="a1", platform=platform, name="某市", kind="", base_url=f"http://127.0.0.1:{free_port()}", credentials=CREDENTIALS[platform]
    )


@pytest.fixture
def tools() -> Tools:
    return Tools(RedisTokens(connect(f"redis://127.0.0.1:{free_port()}/0")), NOW, timeout=1.0)


def test_nobody_waits_long_for_a_redis_that_is_away(tools: Tools) -> None:
    begun = time.monotonic()
    assert tools.tokens.get("t") is None
    with tools.tokens.lock("t", 30) as had:
        assert not had
    assert time.monotonic() - begun < 4


@pytest.mark.parametrize("platform", sorted(CREDENTIALS))
def test_a_reply_waits_while_redis_is_away(platform: str, tools: Tools) -> None:
    item = Outgoing(key="k", kind="text", citizen="42", text="您好", thread={}, queued_at=NOW, first_tried_at=NOW)
    assert connector_for(platform).send(item, account(platform), tools).outcome is Outcome.RETRY


@pytest.mark.parametrize("platform", sorted(CREDENTIALS))
def test_neither_polling_nor_health_raises_while_redis_is_away(platform: str, tools: Tools) -> None:
    polled = connector_for(platform).poll(account(platform), {}, tools)
    assert polled.events == () and not polled.reconnect
    assert connector_for(platform).health(account(platform), tools).health in (Health.DEGRADED, Health.DOWN)
