"""The door: what is believed, what is readable, what is refused with which status."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.contract import Inbound, Rejected
from connectors.telegram import connector
from connectors.telegram.limits import DATA
from policies.facts import EventKind
from tests.connectors.telegram.conftest import NOW, SECRET, account_at, fixture, post, update

HERE = account_at("http://127.0.0.1:1")
TEXT = fixture("message_text")


def refused(request: Inbound) -> int:
    with pytest.raises(Rejected) as caught:
        connector.read(request, HERE, NOW)
    assert SECRET not in caught.value.reason
    return caught.value.status


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "post", ""])
def test_only_a_post_is_read(method: str) -> None:
    assert refused(replace(post(TEXT), method=method)) == 405


@pytest.mark.parametrize("given", ["", "x", SECRET[:-1], SECRET + " ", SECRET.upper(), "ключ", "\udcff", SECRET + "\x00"], ids=range(8))
def test_a_wrong_secret_is_refused(given: str) -> None:
    assert refused(post(TEXT, x_telegram_bot_api_secret_token=given)) == 403


def test_a_missing_secret_header_is_refused() -> None:
    assert refused(Inbound("POST", {}, {"content-type": "application/json"}, TEXT)) == 403


@pytest.mark.parametrize("secret", ["", None, True])
def test_an_account_without_secret_believes_nobody(secret: object) -> None:
    with pytest.raises(Rejected) as caught:
        connector.read(post(TEXT, x_telegram_bot_api_secret_token=""), account_at("", secret_token=secret), NOW)
    assert caught.value.status == 403


@pytest.mark.parametrize(
    "stated", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", "*/*"]
)
def test_a_stated_content_type_other_than_json_is_refused(stated: str) -> None:
    assert refused(post(TEXT, content_type=stated)) == 415


@pytest.mark.parametrize("stated", ["application/json", "Application/JSON; charset=utf-8", ""])
def test_json_and_an_unstated_content_type_are_read(stated: str) -> None:
    assert connector.read(post(TEXT, content_type=stated), HERE, NOW).answer.status == 200


HOSTILE = {
    "empty": b"",
    "not json": b"update_id=1",
    "cut": TEXT[: len(TEXT) // 2],
    "list": b"[1]",
    "number": b"1",
    "null": b"null",
    "string": b'"update"',
    "gbk": '{"update_id":1,"message":{"text":"路灯"}}'.encode("gbk"),
    "utf-16": TEXT.decode().encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf" + TEXT,
    "deep list": b'{"update_id":1,"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep object": b'{"update_id":1,"x":' + b'{"a":' * 200 + b"1" + b"}" * 201,
    "deep in python": b'{"update_id":1,"x":' + b"[" * 900 + b"]" * 900 + b"}",
    "nan": b'{"update_id":1,"x":NaN}',
    "infinity": b'{"update_id":1,"x":-Infinity}',
    "huge id": b'{"update_id":' + b"9" * 5000 + b"}",
    "id over 64 bits": b'{"update_id":9223372036854775808}',
    "no id": b'{"message":{}}',
    "id as text": b'{"update_id":"1"}',
    "id as float": b'{"update_id":1.0}',
    "id as bool": b'{"update_id":true}',
    "id as null": b'{"update_id":null}',
    "id as list": b'{"update_id":[1]}',
    "xml": b"<xml><ToUserName>a</ToUserName></xml>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_body_that_is_no_update_is_refused(name: str) -> None:
    assert refused(post(HOSTILE[name])) == 400


def test_a_body_over_one_megabyte_is_refused() -> None:
    assert refused(post(b" " * (DATA["webhook"]["body_max_bytes"] + 1))) == 413


STRANGE = {
    "no kind": update(),
    "unknown kind": update(telepathy={"thought": "x"}),
    "message null": update(message=None),
    "message list": update(message=[1, 2]),
    "message empty": update(message={}),
    "chat missing": update(message={"message_id": 1, "date": 1, "text": "x"}),
    "chat id text": update(message={"message_id": 1, "date": 1, "chat": {"id": "5", "type": "private"}, "text": "x"}),
    "chat id huge": update(message={"message_id": 1, "date": 1, "chat": {"id": 10**30, "type": "private"}, "text": "x"}),
    "text number": update(message={"message_id": 1, "date": 1, "chat": {"id": 5, "type": "private"}, "text": 5}),
    "photo numbers": update(message={"message_id": 1, "date": 1, "chat": {"id": 5, "type": "private"}, "photo": [1, 2]}),
    "photo empty": update(message={"message_id": 1, "date": 1, "chat": {"id": 5, "type": "private"}, "photo": []}),
    "callback empty": update(callback_query={}),
    "callback text": update(callback_query="x"),
    "callback without sender": update(callback_query={"id": "1", "data": "x", "chat_instance": "1"}),
    "member empty": update(my_chat_member={}),
    "member without status": update(my_chat_member={"chat": {"id": 1, "type": "private"}, "new_chat_member": {}}),
}


@pytest.mark.parametrize("name", STRANGE)
def test_an_update_of_unknown_shape_is_stored_and_acknowledged(name: str) -> None:
    reading = connector.read(post(STRANGE[name]), HERE, NOW)
    assert (reading.answer.status, [event.kind for event in reading.events]) == (200, [EventKind.UNKNOWN])
    assert reading.events[0].dedup_key == "u:1" and "update" in reading.events[0].detail


def message(**fields: object) -> bytes:
    return update(message={"message_id": 1, "date": 1, "chat": {"id": 5, "type": "private"}, "text": "x", **fields})


@pytest.mark.parametrize("date", [None, "x", -1, 0, 10**18, 1.5, True, [], {}])
def test_a_date_that_is_none_never_loses_the_message(date: object) -> None:
    event = connector.read(post(message(date=date)), HERE, NOW).events[0]
    assert (event.kind, event.text, event.sent_at) == (EventKind.MESSAGE, "x", NOW)


def test_a_date_of_tomorrow_is_read_as_now() -> None:
    tomorrow = int((NOW + timedelta(days=1)).timestamp())
    assert connector.read(post(message(date=tomorrow)), HERE, NOW).events[0].sent_at == NOW


@pytest.mark.parametrize(("hours", "late"), [(1, False), (23, False), (25, True), (24 * 365, True)])
def test_an_old_message_is_marked_late_and_never_dropped(hours: int, late: bool) -> None:
    date = int((NOW - timedelta(hours=hours)).timestamp())
    event = connector.read(post(message(date=date)), HERE, NOW).events[0]
    assert (event.kind, event.detail.get("late", False)) == (EventKind.MESSAGE, late)


def test_nul_and_lone_surrogates_become_replacement_characters() -> None:
    event = connector.read(
        post(rb'{"update_id":1,"message":{"message_id":1,"date":1,"chat":{"id":5,"type":"private"},"text":"a\u0000\ud83d"}}'), HERE, NOW
    )
    stored = event.events[0]
    assert stored.text == "a\ufffd\ufffd"
    assert "\\u0000" not in json.dumps(stored.detail) and json.dumps(stored.detail, ensure_ascii=False).encode()


def test_numbers_no_database_holds_become_text() -> None:
    body = message(a="A", b="B").replace(b'"A"', b"1e999").replace(b'"B"', b"9" * 20)
    raw = connector.read(post(body), HERE, NOW).events[0].detail["update"]["message"]
    assert (raw["a"], raw["b"]) == ("1e999", "9" * 20)


@pytest.mark.parametrize("text", ["灯" * 20_000, "\u202eطريق", "👨‍👩‍👧‍👦" * 500, " \t\n", "]]>", "{{7*7}}", "'; DROP TABLE x;--"])
def test_any_text_is_read_as_it_stands(text: str) -> None:
    event = connector.read(post(message(text=text)), HERE, NOW).events[0]
    assert event.kind is EventKind.MESSAGE and text.startswith(event.text) and len(event.text) >= min(len(text), 16_384)
