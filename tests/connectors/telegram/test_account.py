"""Limits and credentials of an account."""

from typing import Any

import pytest

from connectors.contract import Connector
from connectors.telegram import connector
from policies.facts import AccountFacts, WindowRule, WindowTrigger
from tests.connectors.telegram.conftest import account_at

REAL_TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"


def test_the_connector_keeps_the_contract() -> None:
    kept: Connector = connector
    assert (kept.platform, set(kept.label)) == ("telegram", {"zh", "en"})


def test_the_limits_are_telegrams() -> None:
    found = connector.limits(account_at(""))
    assert (found.text_max, found.text_unit, found.per_second, found.reserve) == (4096, "utf16", 30.0, 0)
    assert found.per_citizen_seconds >= 1.0 and found.webhook_budget > 1.5


@pytest.mark.parametrize("trigger", [trigger for trigger in WindowTrigger if trigger is not WindowTrigger.NONE])
def test_the_window_never_closes(trigger: WindowTrigger) -> None:
    assert connector.limits(account_at("")).windows[trigger] == WindowRule(None, None)


@pytest.mark.parametrize(("mode", "polled"), [("webhook", False), ("", False), ("polling", True)])
def test_only_polling_accounts_are_polled(mode: str, polled: bool) -> None:
    assert (connector.limits(account_at("", mode=mode)).poll_seconds > 0) is polled


def test_groups_have_twenty_messages_a_minute() -> None:
    group = AccountFacts("1", "telegram", "x", kind="group")
    assert connector.limits(group).per_citizen_seconds == 3.0


def test_good_credentials_are_fine() -> None:
    assert connector.validate(account_at("", bot_token=REAL_TOKEN, chat_id=-1001000000001, username="@huiyin_bot")) == []


def test_polling_needs_no_secret() -> None:
    assert connector.validate(account_at("", bot_token=REAL_TOKEN, secret_token="", mode="polling")) == []


FOREIGN: list[dict[str, Any]] = [
    {"bot_token": "demo-token"}, {"bot_token": "t"}, {"bot_token": 123}, {"bot_token": " 1:a\n"}, {"bot_token": "a" * 900},
    {"bot_token": "1:a.b~c="}, {"secret_token": "p@ss.word"}, {"secret_token": 7}, {"secret_token": "a" * 257},
    {"chat_id": -1001000000001}, {"chat_id": "t.me/x"}, {"chat_id": {}}, {"chat_id": None}, {"username": "回音"},
    {"mode": "Polling"}, {"mode": None}, {"note": {"any": ["thing"]}},
]  # fmt: skip


@pytest.mark.parametrize("origin", ["", "http://127.0.0.1:8081", "https://gateway.example/telegram"])
@pytest.mark.parametrize("foreign", FOREIGN, ids=range(len(FOREIGN)))
def test_credentials_of_a_private_gateway_are_taken(foreign: dict[str, Any], origin: str) -> None:
    assert connector.validate(account_at(origin, **foreign)) == []


def test_a_missing_secret_is_refused_with_both_ways_out() -> None:
    (words,) = connector.validate(account_at("", secret_token=None))
    assert "secret_token" in words and "polling" in words


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("bot_token", {"bot_token": ""}), ("bot_token", {"bot_token": None}), ("bot_token", {"bot_token": ["x"]}),
    ("bot_token", {"bot_token": "1:a b"}), ("bot_token", {"bot_token": "1:令牌"}), ("bot_token", {"bot_token": "1:a?b"}),
    ("bot_token", {"bot_token": "1:a\x00"}), ("secret_token", {"secret_token": ""}), ("secret_token", {"secret_token": "a b"}),
    ("secret_token", {"secret_token": "密"}), ("secret_token", {"secret_token": ["x"]}), ("mode", {"mode": "push"}),
    ("proxy", {"proxy": "127.0.0.1:3128"}), ("proxy", {"proxy": "ftp://x"}), ("proxy", {"proxy": "http://x:99999"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "wrong"), WRONG, ids=range(len(WRONG)))
def test_a_wrong_credential_is_named(name: str, wrong: dict[str, Any]) -> None:
    found = connector.validate(account_at("", **{"bot_token": REAL_TOKEN, **wrong}))
    assert len(found) == 1 and name in found[0]


@pytest.mark.parametrize(
    "url", ["ftp://x", "http://", "x", "https://a?b=c", "https://a#b", "https://u:p@a", "http://a:99999", "http://{token}", "http://[::1"]
)
def test_a_base_url_must_be_an_origin(url: str) -> None:
    assert any("base_url" in words for words in connector.validate(account_at(url, bot_token=REAL_TOKEN)))
