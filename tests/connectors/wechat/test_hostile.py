"""Broken and hostile bodies: a clear refusal or a stored event, never another exception."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import Inbound, Reading, Rejected
from connectors.wechat import connector
from connectors.wechat.limits import table
from policies.facts import EventKind
from tests.connectors.wechat.house import CITIZEN, NOW, account, fixture, post, post_sealed, query

BOMB = b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;&b;&b;">]><xml><MsgType>&c;</MsgType></xml>'
OUTSIDE = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><xml><MsgType>&b;</MsgType></xml>'
DEEP = b"<xml><MsgType>text</MsgType>" + b"<a>" * 8000 + b"</a>" * 8000 + b"</xml>"

BROKEN = {
    "empty": b"",
    "spaces": b"   ",
    "json": b'{"MsgType":"text"}',
    "cut": fixture("text")[:-20],
    "cut in a character": fixture("text")[:170],
    "bomb": BOMB,
    "external entity": OUTSIDE,
    "outside document type": b'<!DOCTYPE a SYSTEM "http://127.0.0.1/x.dtd"><xml><MsgType>text</MsgType></xml>',
    "unknown entity": b"<xml><MsgType>&nbsp;</MsgType></xml>",
    "deep": DEEP,
    "utf-16": fixture("text").decode().encode("utf-16"),
    "gbk": "<xml><MsgType>text</MsgType><Content>你好</Content></xml>".encode("gbk"),
    "NUL": b"<xml><MsgType>text</MsgType><Content>\x00</Content></xml>",
    "control": b"<xml><MsgType>text</MsgType><Content>\x01</Content></xml>",
    "NUL as reference": b"<xml><MsgType>text</MsgType><Content>&#0;</Content></xml>",
    "two roots": b"<xml><MsgType>text</MsgType></xml><xml></xml>",
    "another root": b"<html><MsgType>text</MsgType></html>",
    "no fields": b"<xml></xml>",
    "only text": b"<xml>text</xml>",
    "no MsgType": b"<xml><FromUserName>o</FromUserName></xml>",
    "empty MsgType": b"<xml><MsgType></MsgType></xml>",
    "MsgType with children": b"<xml><MsgType><a>text</a></MsgType></xml>",
}


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_a_broken_body_is_refused_with_400(name):
    with pytest.raises(Rejected) as refusal:
        connector.read(post(BROKEN[name]), account(), NOW)
    assert refusal.value.status == 400
    assert len(refusal.value.reason) < 60


def test_a_body_over_the_cap_is_refused_with_413_and_one_below_is_read():
    most = table()["hook"]["body_bytes"]
    with pytest.raises(Rejected) as refusal:
        connector.read(post(b"<xml>" + b" " * most), account(), NOW)
    assert refusal.value.status == 413
    padded = fixture("text")[:-7] + b" " * 1000 + b"</xml>"
    assert connector.read(post(padded), account(), NOW).events


def test_a_wrong_signature_is_refused_before_the_body_is_looked_at():
    with pytest.raises(Rejected) as refusal:
        connector.read(Inbound("POST", query() | {"signature": "0" * 40}, {}, b"x" * 5_000_000), account(), NOW)
    assert refusal.value.status == 403


def message(
    *, kind: str = "text", citizen: str = CITIZEN, at: str = "1700000000", number: str = "<MsgId>5</MsgId>", content: str = "好"
) -> bytes:
    return (
        f"<xml><ToUserName>gh</ToUserName><FromUserName>{citizen}</FromUserName><CreateTime>{at}</CreateTime>"
        f"<MsgType>{kind}</MsgType><Content><![CDATA[{content}]]></Content>{number}</xml>"
    ).encode()


def event(body: bytes):
    return connector.read(post(body), account(), NOW).events[0]


@pytest.mark.parametrize("text", ["😀" * 20_000, "字" * 20_000, "\u202eمرحبا\u200f", "/start", "  \n\t x", "a ]] > <b>&amp;", "𠮷\u0301"])
def test_a_text_is_kept_whole(text):
    assert event(message(content=text)).text == text


def test_twenty_thousand_emoji_survive_the_compatible_mode():
    inner = message(content="😀" * 20_000).decode()
    beside = inner.removeprefix("<xml>").removesuffix("</xml>")
    reading = connector.read(post_sealed(inner.encode(), beside=beside), account("compat"), NOW)
    assert reading.events[0].text == "😀" * 20_000


@pytest.mark.parametrize("at", ["", "abc", "-5", "0", "99999999999", "9" * 400, "1.7e9", "٣", "[1682391258]"])
def test_a_message_with_an_unreadable_time_is_kept_with_the_time_of_arrival(at):
    found = event(message(at=at))
    assert (found.kind, found.sent_at, found.text) == (EventKind.MESSAGE, NOW, "好")
    assert found.detail["note"]


def test_a_message_from_long_ago_keeps_its_own_time():
    assert event(message(at="1600000000")).sent_at.timestamp() == 1600000000


def test_messages_without_an_id_are_told_apart_by_their_content():
    first, second = message(number="", content="一"), message(number="", content="二")
    assert event(first).dedup_key == event(first).dedup_key
    assert event(first).dedup_key != event(second).dedup_key


@pytest.mark.parametrize("number", ["<MsgId>" + "9" * 500 + "</MsgId>", "<MsgId>编号</MsgId>", "<MsgId>a\tb</MsgId>"])
def test_an_odd_message_id_still_gives_a_short_ascii_key(number):
    key = event(message(number=number)).dedup_key
    assert key.startswith("m#") and len(key) <= 190 and key.isascii()


def test_a_message_of_nobody_is_stored_as_unknown_with_its_words():
    found = event(message(citizen=""))
    assert (found.kind, found.citizen, found.detail["Content"]) == (EventKind.UNKNOWN, "", "好")


def test_two_events_of_one_citizen_in_one_second_have_different_keys():
    subscribe, scan = event(fixture("subscribe_scene")), event(fixture("scan"))
    assert subscribe.dedup_key != scan.dedup_key
    assert scan.dedup_key == f"e:{CITIZEN}:1700000000:SCAN:hall_3"


def test_an_event_key_of_a_thousand_letters_gives_a_short_key():
    body = fixture("view").replace(b"https://www.example.gov.cn/", b"https://x/" + b"y" * 1000)
    assert len(event(body).dedup_key) <= 190


@pytest.mark.parametrize("value", ["nan", "inf", "91", "x", "", "1" * 400])
def test_an_impossible_latitude_is_no_latitude(value):
    body = fixture("location").replace(b"23.137466", value.encode())
    assert event(body).media[0].latitude is None


def survives(request: Inbound, mode: str) -> bool:
    try:
        return isinstance(connector.read(request, account(mode), NOW), Reading)
    except Rejected as refusal:
        return refusal.status in (400, 403, 405, 413)


MODES = st.sampled_from(["plain", "compat", "safe", "odd"])
NAMES = st.sampled_from(["signature", "timestamp", "nonce", "msg_signature", "echostr", "encrypt_type", "openid"])
TAGS = st.sampled_from(["MsgType", "Event", "EventKey", "FromUserName", "CreateTime", "MsgId", "Content", "Encrypt", "Location_X", "a"])
WORDS = st.one_of(st.sampled_from(["text", "event", "location", "voice", "subscribe", "SCAN", "PUBLISHJOBFINISH", "1700000000"]), st.text())


@given(st.sampled_from(["GET", "POST", "PUT"]), st.dictionaries(NAMES, st.text()), st.binary(max_size=300), MODES)
def test_any_request_is_read_or_refused(method, asked, body, mode):
    assert survives(Inbound(method, asked, {}, body), mode)


@given(st.binary(max_size=300), MODES)
def test_any_signed_bytes_are_read_or_refused(body, mode):
    assert survives(post(body), mode)


@given(st.binary(max_size=200), MODES)
def test_any_sealed_bytes_are_read_or_refused(inner, mode):
    assert survives(post_sealed(inner), mode)


@given(st.lists(st.tuples(TAGS, WORDS, st.booleans()), max_size=8), MODES)
def test_any_mixture_of_fields_is_read_or_refused(fields, mode):
    inside = "".join(
        f"<{tag}>{f'<item><![CDATA[{word}]]></item>' if deep else f'<![CDATA[{word}]]>'}</{tag}>" for tag, word, deep in fields
    )
    body = f"<xml>{inside}</xml>".encode("utf-8", "replace")
    assert survives(post(body), mode) and survives(post_sealed(body), mode)


@given(st.text(alphabet=string.printable, max_size=80), st.text(max_size=80))
def test_any_envelope_text_is_read_or_refused(sealed, signature):
    body = f"<xml><Encrypt><![CDATA[{sealed.replace(']]>', '')}]]></Encrypt></xml>".encode("utf-8", "replace")
    assert survives(post(body, msg_signature=signature), "safe")
