"""The WeChat-compatible form, and the answers written into the webhook's own response."""

import json
from datetime import UTC, datetime
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from connectors.contract import Answer
from connectors.weibo import connector
from policies.facts import EventKind, MediaKind
from tests.connectors.weibo.lending import FAN, FIXTURES, NOW, UID, account, push, signed


def passive(body: bytes, text: str) -> Answer | None:
    return connector.passive(connector.read(signed(body), account(), NOW), account(), text, NOW)


@pytest.mark.parametrize(
    ("name", "kind", "text"),
    [
        ("text", EventKind.MESSAGE, "请问社保怎么转移？"),
        ("image", EventKind.MESSAGE, ""),
        ("voice", EventKind.MESSAGE, ""),
        ("location", EventKind.MESSAGE, ""),
        ("event_subscribe", EventKind.FOLLOW, ""),
        ("event_click", EventKind.MENU, "OFFICE_HOURS"),
    ],
)
def test_each_xml_push_means_the_same_as_its_json_form(name, kind, text):
    event = connector.read(signed(push(f"push_xml/{name}.xml")), account(), NOW).events[0]
    assert (event.kind, event.text, event.citizen) == (kind, text, FAN)
    assert event.sent_at == datetime.fromtimestamp(1348831860, UTC)


@pytest.mark.parametrize(("name", "kind"), [("image", MediaKind.IMAGE), ("voice", MediaKind.VOICE)])
def test_an_xml_file_has_its_media_id(name, kind):
    media = connector.read(signed(push(f"push_xml/{name}.xml")), account(), NOW).events[0].media[0]
    assert (media.kind, media.ref) == (kind, "821804469")


def test_an_xml_place_has_its_degrees_and_label():
    media = connector.read(signed(push("push_xml/location.xml")), account(), NOW).events[0].media[0]
    assert (media.latitude, media.longitude, media.text) == (39.982525, 116.308586, "中关村")


def test_a_json_push_is_answered_with_ids_swapped_and_data_encoded():
    answer = passive(push("push/text.json"), "您好 & 再见")
    body = json.loads(answer.body)
    assert {name: body[name] for name in ("result", "receiver_id", "sender_id", "type")} == {
        "result": True,
        "receiver_id": FAN,
        "sender_id": UID,
        "type": "text",
    }
    assert json.loads(unquote(body["data"])) == {"text": "您好 & 再见"} and body["data"].isascii()


def test_an_xml_push_is_answered_in_xml():
    answer = passive(push("push_xml/text.xml"), "a]]>b<c>&\x07")
    root = ElementTree.fromstring(answer.body)
    assert [root.findtext(name) for name in ("ToUserName", "FromUserName", "MsgType", "Content")] == [FAN, UID, "text", "a]]>b<c>&"]
    assert root.findtext("CreateTime") == str(int(NOW.timestamp()))


@pytest.mark.parametrize(("text", "possible"), [("字" * 299, True), ("字" * 300, False), ("", False), ("  ", False)])
def test_only_a_text_that_fits_is_answered_in_the_response(text, possible):
    assert (passive(push("push/text.json"), text) is not None) is possible


@pytest.mark.parametrize("name", ["mention_status", "mention_comment", "event_unfollow", "event_unsubscribe", "event_view", "unknown_type"])
def test_what_must_not_be_answered_by_a_machine_has_no_passive_road(name):
    assert passive(push(f"push/{name}.json"), "好的") is None


@pytest.mark.parametrize("name", ["text", "voice", "event_follow", "event_click", "event_scan"])
def test_messages_and_greetings_have_a_passive_road(name):
    assert passive(push(f"push/{name}.json"), "好的") is not None


def test_every_xml_fixture_is_read_without_an_unknown():
    kinds = {connector.read(signed(path.read_bytes()), account(), NOW).events[0].kind for path in FIXTURES.glob("push_xml/*")}
    assert kinds and EventKind.UNKNOWN not in kinds
