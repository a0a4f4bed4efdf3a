"""The push: believed only with a fresh signature, read whatever it holds."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors.contract import Inbound, Rejected
from connectors.weibo import connector
from connectors.weibo.incoming import signature
from policies.facts import Event, EventKind, MediaKind, WindowTrigger
from tests.connectors.weibo.lending import FAN, FIXTURES, NOW, UID, account, changed, push, signed, without

K, T = EventKind, WindowTrigger


def read(request: Inbound) -> Event:
    return connector.read(request, account(), NOW).events[0]


def refused(request: Inbound, facts=None, now=NOW) -> int:
    with pytest.raises(Rejected) as caught:
        connector.read(request, facts or account(), now)
    return caught.value.status


def test_the_official_vector_gives_the_official_signature():
    assert signature("xyz123xyz", "1397022061823", "57155157") == "90e4c22c90a58f26526c2dd5b6c56c8822edeaa1"


def test_the_official_vector_opens_the_hook():
    query = {"signature": "90e4c22c90a58f26526c2dd5b6c56c8822edeaa1", "timestamp": "1397022061823", "nonce": "57155157"}
    asked = Inbound("GET", {**query, "echostr": "e-1"}, {}, b"")
    then = datetime.fromtimestamp(1397022061, UTC)
    assert connector.read(asked, account(app_secret="xyz123xyz"), then).answer.body == b"e-1"


def test_the_echo_comes_back_as_plain_text_and_makes_no_event():
    reading = connector.read(signed(method="GET", echostr="98a<b>&"), account(), NOW)
    assert (reading.answer.body, reading.answer.content_type) == (b"98a<b>&", "text/plain; charset=utf-8")
    assert reading.events == ()


@pytest.mark.parametrize("broken", ["signature", "timestamp", "nonce"])
def test_a_missing_signature_field_is_refused(broken):
    whole = signed(push("text"))
    assert refused(replace(whole, query={name: value for name, value in whole.query.items() if name != broken})) == 403


@pytest.mark.parametrize("given", ["0" * 40, "é" * 40, "\udc80", "x" * 5000, ""])
def test_a_wrong_signature_is_refused(given):
    assert refused(signed(push("text"), signature=given)) == 403


def test_another_secret_is_refused():
    assert refused(signed(push("text"), secret="other")) == 403


def test_an_account_without_a_secret_believes_nobody():
    assert refused(signed(push("text"), secret=""), without(account(), "app_secret")) == 403


@pytest.mark.parametrize("shift", [-601, 601, -86400, 86400])
@pytest.mark.parametrize("unit", [1, 1000])
def test_a_stale_timestamp_is_refused_in_seconds_and_milliseconds(shift, unit):
    assert refused(signed(push("text"), stamp=str(int((NOW.timestamp() + shift) * unit)))) == 403


@pytest.mark.parametrize("shift", [-590, 0, 590])
@pytest.mark.parametrize("unit", [1, 1000])
def test_a_retry_with_a_slightly_old_timestamp_is_read(shift, unit):
    assert read(signed(push("text"), stamp=str(int((NOW.timestamp() + shift) * unit)))).kind is K.MESSAGE


@pytest.mark.parametrize("stamp", ["now", "1e12", "-5", "²", "9" * 100, "NaN"])
def test_a_timestamp_that_is_no_number_is_refused_though_signed(stamp):
    assert refused(signed(push("text"), stamp=stamp)) == 403


MEANINGS = [
    ("text", K.MESSAGE, T.MESSAGE, "请问医保卡丢了去哪里补办？"),
    ("text_ids_as_strings", K.MESSAGE, T.MESSAGE, "周末办事大厅开门吗"),
    ("position", K.MESSAGE, T.MESSAGE, ""),
    ("voice", K.MESSAGE, T.MESSAGE, ""),
    ("image", K.MESSAGE, T.MESSAGE, ""),
    ("event_follow", K.FOLLOW, T.FOLLOW, ""),
    ("event_subscribe", K.FOLLOW, T.FOLLOW, ""),
    ("event_unfollow", K.UNFOLLOW, T.NONE, ""),
    ("event_unsubscribe", K.NOTICE, T.NONE, ""),
    ("event_scan", K.SCAN, T.SCAN, ""),
    ("event_scan_follow", K.SCAN, T.SCAN, ""),
    ("event_click", K.MENU, T.MENU, "OFFICE_HOURS"),
    ("event_view", K.NOTICE, T.NONE, ""),
    ("mention_status", K.MENTION, T.MENTION, "@某市政务 路灯坏了一周没人修"),
    ("mention_comment", K.MENTION, T.MENTION, "@某市政务 也来看看这里"),
    ("unknown_type", K.UNKNOWN, T.NONE, "收到红包"),
    ("event_brand_new", K.UNKNOWN, T.NONE, "新事件"),
]


@pytest.mark.parametrize(("name", "kind", "trigger", "text"), MEANINGS)
def test_each_push_means_what_the_table_says(name, kind, trigger, text):
    event = read(signed(push(f"push/{name}.json")))
    talk = f"public:{FAN}" if name == "mention_status" else FAN  # what is said in public is another conversation
    assert (event.kind, event.trigger, event.text, event.citizen) == (kind, trigger, text, talk)
    assert event.sent_at == datetime(2012, 7, 16, 10, 9, 20, tzinfo=UTC)


def test_every_fixture_of_a_push_is_in_the_table():
    assert {name for name, *_ in MEANINGS} == {path.stem for path in FIXTURES.glob("push/*.json")}


@pytest.mark.parametrize("name", [name for name, *_ in MEANINGS])
def test_a_push_is_acknowledged_with_an_empty_answer(name):
    answer = connector.read(signed(push(f"push/{name}.json")), account(), NOW).answer
    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize("name", [name for name, *_ in MEANINGS])
def test_a_key_is_short_ascii_and_the_same_at_each_retry(name):
    first = read(signed(push(f"push/{name}.json")))
    again = read(signed(push(f"push/{name}.json"), stamp=str(int(NOW.timestamp()) + 5)))
    assert first.dedup_key == again.dedup_key and first.dedup_key.isascii() and 0 < len(first.dedup_key) <= 190


def test_two_texts_of_one_second_have_two_keys():
    assert read(signed(changed("push/text.json", text="一"))).dedup_key != read(signed(changed("push/text.json", text="二"))).dedup_key


def test_a_pushed_mention_names_what_an_answer_needs():
    assert read(signed(push("mention_status"))).thread == {"kind": "mention_status", "id": "3456789012345678"}
    assert read(signed(push("mention_comment"))).thread == {"kind": "mention_comment", "cid": "3456789012349999"}


def test_a_position_becomes_a_place():
    media = read(signed(push("position"))).media[0]
    assert (media.kind, media.latitude, media.longitude) == (MediaKind.LOCATION, 39.982525, 116.308586)


@pytest.mark.parametrize("data", [{}, {"latitude": "x", "longitude": "NaN"}, {"latitude": "91", "longitude": 999}, [], "[1]", None])
def test_a_place_without_sense_is_kept_without_degrees(data):
    event = read(signed(changed("push/position.json", data=data)))
    assert (event.kind, event.media[0].latitude, event.media[0].longitude) == (K.MESSAGE, None, None)


@pytest.mark.parametrize(("name", "kind"), [("voice", MediaKind.VOICE), ("image", MediaKind.IMAGE)])
def test_a_file_is_named_by_the_receivers_id(name, kind):
    media = read(signed(push(f"push/{name}.json"))).media[0]
    assert (media.kind, media.ref) == (kind, "821804469")


def test_data_may_come_as_a_text_of_json():
    event = read(signed(changed("push/voice.json", data='{"tovfid": "99"}')))
    assert event.media[0].ref == "99"


def test_a_push_for_another_account_never_makes_a_conversation():
    event = read(signed(changed("push/text.json", receiver_id=42)))
    assert (event.kind, event.citizen, event.trigger) == (K.NOTICE, "", T.NONE)
    assert event.detail["strange"] == "receiver_id is another account"


def test_our_own_message_is_no_question():
    assert read(signed(changed("push/text.json", sender_id=int(UID)))).kind is K.NOTICE


@pytest.mark.parametrize("sender", [None, True, 1.5, -3, 0, "", "a b", {}, 10**30])
def test_a_message_without_a_readable_sender_is_unknown(sender):
    event = read(signed(changed("push/text.json", sender_id=sender)))
    assert (event.kind, event.citizen) == (K.UNKNOWN, "")


def test_an_id_beyond_javascript_stays_exact():
    assert read(signed(changed("push/text.json", sender_id=9007199254740993))).citizen == "9007199254740993"


@pytest.mark.parametrize("when", ["gestern", None, "", {}, "Mon Foo 16 18:09:20 +0800 2012", "Mon Jul 99 18:09:20 +0800 2012", "9" * 13])
def test_an_unreadable_or_future_time_is_ours_and_said_to_be(when):
    event = read(signed(changed("push/text.json", created_at=when)))
    assert event.sent_at == NOW and "time" in event.detail["note"]


def test_the_key_does_not_depend_on_our_clock():
    request = signed(changed("push/text.json", created_at="gestern"))
    later = connector.read(request, account(), NOW + timedelta(seconds=9)).events[0]
    assert read(request).dedup_key == later.dedup_key


def test_a_long_text_is_kept_to_its_bound_and_the_cut_is_noted():
    assert len(read(signed(changed("push/text.json", text="长" * 20_000))).text) == 20_000
    cut = read(signed(changed("push/text.json", text="长" * 20_001)))
    assert (len(cut.text), cut.detail["text_length"]) == (20_000, 20_001)


def test_nul_and_lone_surrogates_become_storable():
    event = read(signed(b'{"type":"text","sender_id":5,"text":"a\\u0000b\\ud800c\\ud83d\\ude00","data":{"\\u0000":"\\udfff"}}'))
    assert event.text == "a\ufffdb\ufffdc😀" and event.detail["data"] == {"\ufffd": "\ufffd"}


@pytest.mark.parametrize("text", ["/start", "\u202eabc", "😀" * 9, " ", "<b>", "{}"])
def test_odd_texts_are_kept_as_they_are(text):
    assert read(signed(changed("push/text.json", text=text))).text == text


BROKEN = [
    b"",
    b"[]",
    b'"text"',
    b"1",
    b"null",
    b"{",
    b'{"a":NaN}',
    b'{"a":Infinity}',
    b'{"a":1e999}',
    b'{"a":' + b"9" * 100_000 + b"}",
    b"[" * 200_000,
    b'{"a":' * 5000 + b"1" + b"}" * 5000,
    b'{"data":' + b"[" * 30 + b"]" * 30 + b"}",
    "{}".encode("utf-16"),
    '{"type":"text","text":"你好"}'.encode("gbk"),
    b"\xff\xfe\x00",
    b"<xml>",
    b"<xml><a></xml>",
    b"not json",
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><xml><Content>&a;</Content></xml>',
    b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><xml/>',
    b"<xml>&nope;</xml>",
    b"<xml>\x00</xml>",
    b"<a>" * 300_000,
]


@pytest.mark.parametrize("body", BROKEN, ids=lambda body: repr(body[:24]))
def test_an_unreadable_body_is_refused_as_such(body):
    assert refused(signed(body)) == 400


def test_a_body_over_the_bound_is_refused_before_it_is_read():
    assert refused(signed(b" " * 1_048_577)) == 413


@pytest.mark.parametrize(
    "body", [b"{}", b'{"type":7}', b'{"type":{}}', b"<xml/>", b"<xml><xml/></xml>", b'{"type":"event","data":{"subtype":[]}}']
)
def test_a_shape_we_do_not_know_is_stored_and_acknowledged(body):
    reading = connector.read(signed(body), account(), NOW)
    assert (reading.answer.status, reading.answer.body, reading.events[0].kind) == (200, b"", K.UNKNOWN)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD", "OPTIONS", ""])
def test_other_methods_are_refused(method):
    assert refused(signed(push("push/text.json"), method)) == 405


@pytest.mark.parametrize("echo", ["", "e" * 1025])
def test_a_missing_or_endless_echo_is_refused(echo):
    assert refused(signed(method="GET", echostr=echo)) == 400


def test_details_are_plain_json_for_every_fixture():
    events = [read(signed(path.read_bytes())) for path in FIXTURES.glob("push*/*")]
    assert all(json.loads(json.dumps(event.detail, allow_nan=False)) == event.detail for event in events)
