"""Sending: what goes over the wire, and how each end of a call is named."""

import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from connectors.contract import Tools
from connectors.telegram import connector
from connectors.telegram.outgoing import units
from policies.facts import AccountFacts, Hold, Outcome, Outgoing
from tests.connectors.telegram.conftest import NOW, Memory, account_at, fixture, post, text_to
from tests.connectors.telegram.fake import FakeTelegram


@pytest.mark.parametrize("answer", [{"message_id": 5}, {"message_id": 5, "chat": "x"}, {"message_id": 5, "date": "x", "chat": {"id": "y"}}])
def test_a_sent_message_described_badly_is_still_sent(
    answer: dict[str, Any], server: FakeTelegram, account: AccountFacts, tools: Tools
) -> None:
    server.results["sendMessage"] = answer
    result = connector.send(text_to("5001"), account, tools)
    assert (result.outcome, result.platform_id) == (Outcome.SENT, "5")


def test_a_private_answer_is_plain_text_without_preview_or_quote(server: FakeTelegram, account: AccountFacts, tools: Tools) -> None:
    item = text_to("5001", "<b>您好</b> *http://example.org*", {"chat_id": 5001, "message_id": 9})
    result = connector.send(item, account, tools)
    sent = server.sent()[0]
    assert (result.outcome, result.platform_id, result.url) == (Outcome.SENT, "1", "")
    assert (sent["chat_id"], sent["text"], sent["link_preview_options"]) == ("5001", item.text, {"is_disabled": True})
    assert not {"parse_mode", "reply_parameters"} & set(sent)


def test_no_get_me_is_needed_before_a_send(server: FakeTelegram, account: AccountFacts, tools: Tools) -> None:
    connector.send(text_to("5001"), account, tools)
    assert [method for method, _ in server.calls] == ["sendMessage"]


def test_an_answer_in_a_group_hangs_on_the_message(server: FakeTelegram, account: AccountFacts, tools: Tools) -> None:
    thread = {"chat_id": -1002, "message_id": 9, "message_thread_id": 77}
    result = connector.send(text_to("-1002/5001", thread=thread), account, tools)
    sent = server.sent()[0]
    assert result.outcome is Outcome.SENT
    assert sent["reply_parameters"] == {"message_id": 9, "allow_sending_without_reply": True}
    assert (sent["chat_id"], sent["message_thread_id"]) == ("-1002", "77")


def test_without_a_thread_the_citizens_chat_is_written_to(server: FakeTelegram, account: AccountFacts, tools: Tools) -> None:
    connector.send(text_to("-1002/5001"), account, tools)
    assert server.sent()[0]["chat_id"] == "-1002"


def test_a_message_in_a_public_channel_has_an_address(server: FakeTelegram, account: AccountFacts, tools: Tools) -> None:
    assert connector.send(text_to("-1001"), account, tools).url == "https://t.me/shizheng_news/1"


@pytest.mark.parametrize(("text", "fits"), [("灯" * 4096, True), ("灯" * 4097, False), ("😀" * 2048, True), ("😀" * 2049, False)])
def test_length_counts_in_utf_16_units(text: str, fits: bool, server: FakeTelegram, account: AccountFacts, tools: Tools) -> None:
    result = connector.send(text_to("5001", text), account, tools)
    assert (result.outcome, len(server.calls)) == ((Outcome.SENT, 1) if fits else (Outcome.REFUSED, 0))


REFUSED = [
    text_to("5001", ""), text_to("5001", " \n"), text_to(""), text_to("abc"), text_to("5001;6"), text_to("1" * 30),
    text_to("5001", thread={"chat_id": {}}), replace(text_to("5001"), kind="image"),
]  # fmt: skip


@pytest.mark.parametrize("item", REFUSED, ids=range(len(REFUSED)))
def test_what_cannot_be_sent_is_refused_before_any_call(item: Outgoing, server: FakeTelegram, account: AccountFacts, tools: Tools) -> None:
    result = connector.send(item, account, tools)
    assert (result.outcome, server.calls) == (Outcome.REFUSED, []) and result.error


def test_characters_no_wire_carries_are_replaced(server: FakeTelegram, account: AccountFacts, tools: Tools) -> None:
    assert connector.send(text_to("5001", "a\x00\ud800b"), account, tools).outcome is Outcome.SENT
    assert server.sent()[0]["text"] == "a\ufffd\ufffdb"


TABLE: list[tuple[dict[str, Any], Outcome, Hold]] = [
    ({"status": 403, "description": "Forbidden: bot was blocked by the user"}, Outcome.REFUSED, Hold.UNFOLLOWED),
    ({"status": 403, "description": "Forbidden: bot can't initiate conversation with a user"}, Outcome.REFUSED, Hold.UNFOLLOWED),
    ({"status": 403, "description": "Forbidden: user is deactivated"}, Outcome.REFUSED, Hold.NONE),
    ({"status": 403, "description": "Forbidden: bot was kicked from the supergroup chat"}, Outcome.REFUSED, Hold.NONE),
    ({"status": 400, "description": "Bad Request: chat not found"}, Outcome.REFUSED, Hold.NONE),
    ({"status": 400, "description": "Bad Request: not enough rights to send text messages to the chat"}, Outcome.REFUSED, Hold.NONE),
    ({"status": 400, "description": "Bad Request: something new"}, Outcome.REFUSED, Hold.NONE),
    ({"status": 400, "description": "Bad Request: message is not modified: …"}, Outcome.SENT, Hold.NONE),
    ({"status": 401, "description": "Unauthorized"}, Outcome.RECONNECT, Hold.NONE),
    ({"status": 404, "description": "Not Found"}, Outcome.RECONNECT, Hold.NONE),
    ({"status": 404, "body": b"<html>nothing here</html>"}, Outcome.RECONNECT, Hold.NONE),
    ({"status": 409, "description": "Conflict: terminated by other getUpdates request"}, Outcome.RETRY, Hold.NONE),
    ({"status": 413, "body": b"<html>too large</html>"}, Outcome.REFUSED, Hold.NONE),
    ({"status": 302, "headers": {"location": "http://127.0.0.1:1/"}, "body": b""}, Outcome.RETRY, Hold.NONE),
    ({"status": 500, "description": "Internal Server Error"}, Outcome.UNKNOWN, Hold.NONE),
    ({"status": 502, "body": b"<html>Bad Gateway</html>"}, Outcome.UNKNOWN, Hold.NONE),
    ({"status": 504, "body": b""}, Outcome.UNKNOWN, Hold.NONE),
    ({"status": 403, "body": b"<html>firewall</html>"}, Outcome.UNKNOWN, Hold.NONE),
    ({"body": b"<html>ok</html>"}, Outcome.UNKNOWN, Hold.NONE),
    ({"body": b""}, Outcome.UNKNOWN, Hold.NONE),
    ({"body": b"[1,2]"}, Outcome.UNKNOWN, Hold.NONE),
    ({"body": b"{}"}, Outcome.UNKNOWN, Hold.NONE),
    ({"body": b'{"ok":true,"result":true}'}, Outcome.UNKNOWN, Hold.NONE),
    ({"body": b'{"ok":true,"result":{"message_id":"x"}}'}, Outcome.UNKNOWN, Hold.NONE),
    ({"body": b"[" * 60_000}, Outcome.UNKNOWN, Hold.NONE),
    ({"body": b'{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user"}'}, Outcome.REFUSED, Hold.UNFOLLOWED),
    ({"status": 400, "body": b'{"ok":false,"parameters":[1]}'}, Outcome.UNKNOWN, Hold.NONE),
    ({"drop": True}, Outcome.UNKNOWN, Hold.NONE),
    ({"body": b" " * 9_000_000}, Outcome.UNKNOWN, Hold.NONE),
]


@pytest.mark.parametrize(("fault", "outcome", "hold"), TABLE, ids=range(len(TABLE)))
def test_each_answer_has_its_outcome(
    fault: dict[str, Any], outcome: Outcome, hold: Hold, server: FakeTelegram, account: AccountFacts, tools: Tools
) -> None:
    server.fail("sendMessage", **fault)
    result = connector.send(text_to("-1002/1"), account, tools)
    assert (result.outcome, result.hold) == (outcome, hold)
    assert len(server.calls) == 1 and (result.error or outcome is Outcome.SENT)


@pytest.mark.parametrize(("parameters", "seconds"), [({"retry_after": 7}, 7), ({"retry_after": "3"}, 3), ({}, 5), ({"retry_after": -1}, 5)])
def test_a_flood_pauses_the_whole_account(
    parameters: dict[str, Any], seconds: float, server: FakeTelegram, account: AccountFacts, tools: Tools
) -> None:
    server.fail("sendMessage", status=429, description="Too Many Requests", parameters=parameters)
    result = connector.send(text_to("5001"), account, tools)
    assert (result.outcome, result.retry_after, result.account_wide) == (Outcome.RETRY, seconds, True)


@pytest.mark.parametrize("words", ["Forbidden: bot was kicked from the channel chat", "Forbidden: bot is not a member of the channel chat"])
def test_a_right_lost_in_the_accounts_own_chat_asks_for_a_person(words: str, server: FakeTelegram, tools: Tools) -> None:
    server.fail("sendMessage", status=403, description=words)
    own = account_at(server.origin, chat_id=-1001)
    assert connector.send(text_to("-1001"), own, tools).outcome is Outcome.RECONNECT


def test_an_upgraded_group_is_reached_at_the_next_try(server: FakeTelegram, account: AccountFacts, tools: Tools) -> None:
    server.fail("sendMessage", status=400, description="upgraded", parameters={"migrate_to_chat_id": -1002000000002})
    first = connector.send(text_to("-4002/1"), account, tools)
    second = connector.send(text_to("-4002/1"), account, tools)
    assert (first.outcome, first.detail) == (Outcome.RETRY, {"new_chat_id": -1002000000002})
    assert second.outcome is Outcome.SENT and server.sent()[1]["chat_id"] == "-1002000000002"


def test_a_time_out_after_acceptance_is_unknown(server: FakeTelegram, account: AccountFacts) -> None:
    server.fail("sendMessage", hang=1.2)
    result = connector.send(text_to("5001"), account, Tools(Memory(), NOW, timeout=0.3))
    assert (result.outcome, result.code, len(server.calls)) == (Outcome.UNKNOWN, "timeout", 1)


def test_a_refused_connection_may_be_tried_again(tools: Tools) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    result = connector.send(text_to("5001"), account_at(f"http://127.0.0.1:{port}"), tools)
    assert (result.outcome, result.code) == (Outcome.RETRY, "ConnectError")


def test_a_proxy_that_is_away_means_nothing_left(server: FakeTelegram, tools: Tools) -> None:
    result = connector.send(text_to("5001"), account_at(server.origin, proxy="http://127.0.0.1:9"), tools)
    assert (result.outcome, server.calls) == (Outcome.RETRY, [])


def test_a_named_proxy_is_used(server: FakeTelegram, tools: Tools) -> None:
    away = account_at("http://telegram.invalid", proxy=server.origin)
    assert connector.send(text_to("5001"), away, tools).outcome is Outcome.SENT


@pytest.mark.parametrize("wrong", [{"proxy": "gopher://x"}, {"proxy": "http://[::1"}, {"bot_token": ""}])
def test_credentials_nobody_can_use_ask_for_a_person(wrong: dict[str, str], server: FakeTelegram, tools: Tools) -> None:
    assert connector.send(text_to("5001"), account_at(server.origin, **wrong), tools).outcome is Outcome.RECONNECT


def test_many_threads_send_at_once(server: FakeTelegram, account: AccountFacts, tools: Tools) -> None:
    with ThreadPoolExecutor(32) as pool:
        results = list(pool.map(lambda n: connector.send(text_to(str(n), f"第{n}条"), account, tools), range(1, 201)))
    assert {result.outcome for result in results} == {Outcome.SENT}
    assert {(sent["chat_id"], sent["text"]) for sent in server.sent()} == {(str(n), f"第{n}条") for n in range(1, 201)}


def test_a_hanging_call_does_not_hold_up_the_others(server: FakeTelegram, account: AccountFacts, tools: Tools) -> None:
    server.fail("sendMessage", hang=1.0)
    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(connector.send, text_to("1"), account, tools)
        while not server.calls:
            pass
        fast = connector.send(text_to("2"), account, tools)
        assert (fast.outcome, slow.done()) == (Outcome.SENT, False)


def test_a_check_says_that_bots_cannot_look_back(account: AccountFacts, tools: Tools) -> None:
    result = connector.check(text_to("5001"), account, tools)
    assert result.outcome is Outcome.UNKNOWN and "history" in result.error


@pytest.mark.parametrize("name", ["message_text", "comment", "group_chatter", "channel_post"])
def test_the_webhooks_response_carries_no_answer_for_it_would_have_no_outcome(name: str) -> None:
    here = account_at("")
    reading = connector.read(post(fixture(name)), here, NOW)
    assert reading.passive is None and connector.passive(reading, here, "已收到", NOW) is None


@pytest.mark.parametrize(("text", "length"), [("", 0), ("灯", 1), ("😀", 2), ("a😀灯", 4)])
def test_units_are_those_of_utf_16(text: str, length: int) -> None:
    assert units(text) == length == len(text.encode("utf-16-le")) // 2
