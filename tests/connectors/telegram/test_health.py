"""Health and the hook: what staff are told."""

from typing import Any

import pytest

from connectors.contract import Tools
from connectors.telegram import connector
from connectors.telegram.limits import DATA
from policies.facts import AccountFacts, Health, HealthReport
from tests.connectors.telegram.conftest import NOW, SECRET, TOKEN, account_at
from tests.connectors.telegram.fake import FakeTelegram

HOOK = "https://huiyin.example.org/hooks/telegram/tg1"
ME = {"id": 7001, "is_bot": True, "first_name": "回音", "username": "huiyin_demo_bot"}
RIGHTS = dict.fromkeys(("can_post_messages", "can_edit_messages", "can_delete_messages", "can_pin_messages"), True)


def seat(server: FakeTelegram, status: str, chat_type: str = "channel", rights: dict[str, bool] | None = None) -> AccountFacts:
    """An account with a chat of its own, in which the bot has this status and these rights."""
    server.webhook["url"] = HOOK
    server.results["getChat"] = {"id": -1001, "type": chat_type, "title": "市政发布"}
    member = {"user": ME, "status": status}
    server.results["getChatMember"] = member | (RIGHTS | (rights or {}) if status == "administrator" else {"until_date": 0})
    return account_at(server.origin, chat_id="-1001")


def report(account: AccountFacts, tools: Tools) -> HealthReport:
    found = connector.health(account, tools)
    assert TOKEN not in found.message and SECRET not in found.message
    return found


def test_a_bot_with_its_hook_is_well(server: FakeTelegram, account: AccountFacts, tools: Tools) -> None:
    server.webhook["url"] = HOOK
    found = report(account, tools)
    assert (found.health, found.quota) == (Health.OK, {"pending_updates": 0, "username": "huiyin_demo_bot"})


def test_a_missing_hook_is_a_warning(account: AccountFacts, tools: Tools) -> None:
    assert report(account, tools).health is Health.DEGRADED


def test_a_hook_in_polling_mode_is_a_warning(server: FakeTelegram, tools: Tools) -> None:
    server.webhook["url"] = HOOK
    found = report(account_at(server.origin, mode="polling"), tools)
    assert found.health is Health.DEGRADED and "409" in found.message


@pytest.mark.parametrize(("age", "health"), [(60, Health.DEGRADED), (7200, Health.OK)])
def test_only_a_fresh_delivery_error_counts(age: int, health: Health, server: FakeTelegram, account: AccountFacts, tools: Tools) -> None:
    error = {"last_error_date": int(NOW.timestamp()) - age, "last_error_message": f"Connection timed out {TOKEN}"}
    server.webhook |= {"url": HOOK, **error}
    assert report(account, tools).health is health


def test_a_backlog_is_a_warning_with_its_number(server: FakeTelegram, account: AccountFacts, tools: Tools) -> None:
    server.webhook |= {"url": HOOK, "pending_update_count": 512}
    found = report(account, tools)
    assert found.health is Health.DEGRADED and "512" in found.message and found.quota["pending_updates"] == 512


def test_full_rights_in_the_channel_are_well(server: FakeTelegram, tools: Tools) -> None:
    assert report(seat(server, "administrator"), tools).health is Health.OK


@pytest.mark.parametrize("right", ["can_post_messages", "can_edit_messages", "can_delete_messages"])
def test_a_missing_right_is_named(right: str, server: FakeTelegram, tools: Tools) -> None:
    found = report(seat(server, "administrator", rights={right: False}), tools)
    word = {"can_post_messages": "post", "can_edit_messages": "pin", "can_delete_messages": "delete"}[right]
    assert found.health is Health.DEGRADED and word in found.message


@pytest.mark.parametrize("status", ["left", "kicked", "member"])
def test_a_bot_that_cannot_post_in_its_channel_must_be_reconnected(status: str, server: FakeTelegram, tools: Tools) -> None:
    assert report(seat(server, status), tools).health is Health.RECONNECT


def test_a_plain_member_of_a_group_may_write(server: FakeTelegram, tools: Tools) -> None:
    assert report(seat(server, "member", "supergroup"), tools).health is Health.OK


def test_an_unknown_chat_must_be_corrected(server: FakeTelegram, tools: Tools) -> None:
    account = seat(server, "administrator")
    server.fail("getChat", status=400, description="Bad Request: chat not found")
    found = report(account, tools)
    assert found.health is Health.RECONNECT and "chat_id" in found.message


def test_a_chat_of_no_known_form_is_asked_for_as_it_is(server: FakeTelegram, tools: Tools) -> None:
    seat(server, "administrator")
    found = report(account_at(server.origin, chat_id="office-7"), tools)
    assert found.health is Health.OK and server.sent("getChat")[0]["chat_id"] == "office-7"


@pytest.mark.parametrize("token", ["t", "demo-token", "1:a.b~c=", "a+b@c!"])
def test_a_server_with_tokens_of_its_own_is_asked_with_them(token: str, server: FakeTelegram, tools: Tools) -> None:
    server.token, server.webhook["url"] = token, HOOK
    assert report(account_at(server.origin, bot_token=token), tools).health is Health.OK


FAULTS: list[tuple[dict[str, Any], Health]] = [
    ({"status": 401, "description": "Unauthorized"}, Health.RECONNECT),
    ({"status": 404, "description": "Not Found"}, Health.RECONNECT),
    ({"status": 429, "description": "x", "parameters": {"retry_after": 3}}, Health.DEGRADED),
    ({"status": 500, "description": "x"}, Health.DOWN),
    ({"body": b"garbage"}, Health.DOWN),
    ({"body": b'{"ok":true,"result":[]}'}, Health.DOWN),
    ({"drop": True}, Health.DOWN),
    ({"body": b'{"ok":true,"result":"x"}'}, Health.DOWN),
]


@pytest.mark.parametrize(("fault", "health"), FAULTS, ids=range(len(FAULTS)))
def test_each_failure_of_get_me_has_its_health(
    fault: dict[str, Any], health: Health, server: FakeTelegram, account: AccountFacts, tools: Tools
) -> None:
    server.fail("getMe", **fault)
    found = report(account, tools)
    assert found.health is health and found.message


def test_an_unreachable_platform_is_down(tools: Tools) -> None:
    assert report(account_at("http://127.0.0.1:9"), tools).health is Health.DOWN


def test_wrong_credentials_are_named_without_a_call(server: FakeTelegram, tools: Tools) -> None:
    found = report(account_at(server.origin, secret_token="white space"), tools)
    assert (found.health, server.calls) == (Health.RECONNECT, []) and "secret_token" in found.message


def test_the_hook_is_registered_with_the_secret(server: FakeTelegram, account: AccountFacts, tools: Tools) -> None:
    found = connector.hook_changed(account, HOOK, tools)
    call = server.sent("setWebhook")[0]
    assert (found.health, call["url"], call["secret_token"]) == (Health.OK, HOOK, SECRET)
    assert (call["max_connections"], call["allowed_updates"]) == ("40", DATA["webhook"]["allowed_updates"])
    assert call.get("drop_pending_updates", "False").lower() == "false"


def test_in_polling_mode_the_hook_is_taken_away(server: FakeTelegram, tools: Tools) -> None:
    server.webhook["url"] = HOOK
    found = connector.hook_changed(account_at(server.origin, mode="polling"), HOOK, tools)
    assert (found.health, server.webhook["url"], server.sent("setWebhook")) == (Health.OK, "", [])


def test_a_refused_hook_says_why(server: FakeTelegram, account: AccountFacts, tools: Tools) -> None:
    server.fail("setWebhook", status=400, description="Bad Request: bad webhook: HTTPS url must be provided for webhook")
    found = connector.hook_changed(account, "http://x", tools)
    assert found.health is Health.DEGRADED and "https url must be provided" in found.message.lower()
