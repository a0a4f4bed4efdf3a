"""Long polling: nothing is confirmed before it is stored, and one bad update never stops the others."""

import json
import time
from collections.abc import Mapping
from typing import Any

import pytest

from connectors.contract import Polled, Tools
from connectors.telegram import connector
from policies.facts import AccountFacts, EventKind
from tests.connectors.telegram.conftest import NOW, Memory, account_at, fixture
from tests.connectors.telegram.fake import FakeTelegram


@pytest.fixture
def polling(server: FakeTelegram) -> AccountFacts:
    return account_at(server.origin, mode="polling", secret_token="")


def numbered(number: int, **more: Any) -> dict[str, Any]:
    node = {"message_id": number, "date": 1, "chat": {"id": 5, "type": "private"}, "text": str(number)}
    return {"update_id": number, "message": node | more}


def poll(account: AccountFacts, cursor: Mapping[str, Any], timeout: float = 2.0) -> Polled:
    return connector.poll(account, cursor, Tools(Memory(), NOW, timeout=timeout))


def test_a_poll_brings_events_and_the_next_offset(server: FakeTelegram, polling: AccountFacts) -> None:
    server.updates = [json.loads(fixture("message_text")), json.loads(fixture("comment"))]
    polled = poll(polling, {})
    assert [event.kind for event in polled.events] == [EventKind.MESSAGE, EventKind.COMMENT]
    assert (polled.cursor, polled.error) == ({"offset": server.updates[-1]["update_id"] + 1}, "")


def test_the_first_poll_confirms_nothing(server: FakeTelegram, polling: AccountFacts) -> None:
    server.updates = [numbered(10)]
    poll(polling, {})
    assert "offset" not in server.sent("getUpdates")[0] and server.updates


def test_a_batch_comes_again_until_its_cursor_is_used(server: FakeTelegram, polling: AccountFacts) -> None:
    server.updates = [numbered(10), numbered(11)]
    first, again = poll(polling, {}), poll(polling, {})
    after = poll(polling, first.cursor)
    assert [event.dedup_key for event in again.events] == [event.dedup_key for event in first.events] == ["u:10", "u:11"]
    assert (after.events, server.updates) == ((), [])


def test_a_backlog_is_fetched_in_bounded_batches(server: FakeTelegram, polling: AccountFacts) -> None:
    server.updates = [numbered(number) for number in range(1, 121)]
    cursor: Mapping[str, Any] = {}
    seen = []
    while polled := poll(polling, cursor).events:
        seen += [int(event.text) for event in polled]
        cursor = {"offset": seen[-1] + 1}
    assert seen == list(range(1, 121))


@pytest.mark.parametrize("offset", [-1, 0, "5", None, True, 2**70, 1.5])
def test_a_broken_cursor_never_discards_updates(offset: object, server: FakeTelegram, polling: AccountFacts) -> None:
    server.updates = [numbered(10)]
    assert len(poll(polling, {"offset": offset}).events) == 1
    assert "offset" not in server.sent("getUpdates")[0]


def test_one_bad_update_does_not_stop_the_others(server: FakeTelegram, polling: AccountFacts) -> None:
    deep: Any = 1
    for _ in range(200):
        deep = [deep]
    server.results["getUpdates"] = [numbered(10), 5, {"message": {}}, {"update_id": 11, "message": [1]}, {"update_id": 12, "x": deep}]
    polled = poll(polling, {})
    assert [(event.dedup_key, event.kind.value) for event in polled.events] == [
        ("u:10", "message"),
        ("u:11", "unknown"),
        ("u:12", "unknown"),
    ]
    assert polled.cursor == {"offset": 13}


def test_a_quiet_poll_keeps_the_cursor(server: FakeTelegram, polling: AccountFacts) -> None:
    polled = poll(polling, {"offset": 7, "other": 1})
    assert (polled.events, polled.cursor, polled.error) == ((), {"offset": 7, "other": 1}, "") and polled.again_in > 0


def test_a_conflict_names_the_webhook_and_the_second_poller(server: FakeTelegram, polling: AccountFacts) -> None:
    server.webhook["url"] = "https://example.org/hook"
    polled = poll(polling, {"offset": 7})
    assert "webhook" in polled.error and "second poller" in polled.error
    assert (polled.cursor, polled.reconnect) == ({"offset": 7}, False)


FAULTS: list[tuple[dict[str, Any], bool]] = [
    ({"status": 401, "description": "Unauthorized"}, True),
    ({"status": 500, "description": "x"}, False),
    ({"status": 429, "description": "x", "parameters": {"retry_after": 44}}, False),
    ({"body": b"garbage"}, False),
    ({"body": b'{"ok":true,"result":{}}'}, False),
    ({"body": b'{"ok":true,"result":[1,{}]}'}, False),
    ({"drop": True}, False),
]


@pytest.mark.parametrize(("fault", "reconnect"), FAULTS, ids=range(len(FAULTS)))
def test_a_failed_poll_keeps_the_cursor_and_says_why(
    fault: dict[str, Any], reconnect: bool, server: FakeTelegram, polling: AccountFacts
) -> None:
    server.fail("getUpdates", **fault)
    polled = poll(polling, {"offset": 7})
    assert (polled.events, polled.cursor, polled.reconnect) == ((), {"offset": 7}, reconnect)
    assert polled.error and polled.again_in > 0


def test_a_flood_is_obeyed(server: FakeTelegram, polling: AccountFacts) -> None:
    server.fail("getUpdates", status=429, description="x", parameters={"retry_after": 44})
    assert poll(polling, {}).again_in == 44


def test_a_hanging_server_ends_within_the_time_outs(server: FakeTelegram, polling: AccountFacts) -> None:
    server.fail("getUpdates", hang=5)
    began = time.monotonic()
    polled = poll(polling, {"offset": 7}, timeout=0.2)
    assert polled.error and time.monotonic() - began < 4.5


def test_an_account_with_a_webhook_is_not_polled(server: FakeTelegram, account: AccountFacts) -> None:
    polled = poll(account, {"offset": 7})
    assert (polled.events, polled.cursor, server.calls) == ((), {"offset": 7}, [])
