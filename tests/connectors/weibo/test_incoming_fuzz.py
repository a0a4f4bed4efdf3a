"""Whatever the bytes are, reading ends in a Reading or in Rejected, and the events are storable."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract import Inbound, Reading, Rejected
from connectors.weibo import connector
from connectors.weibo.wire import UNSTORABLE
from tests.connectors.weibo.lending import FAN, NOW, UID, account, signed

TYPES = st.sampled_from(["text", "position", "voice", "image", "event", "mention", "video", "TEXT", ""])
SUBTYPES = st.sampled_from(["follow", "unfollow", "subscribe", "scan", "click", "view", "status", "comment", "x"])
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.sampled_from([UID, FAN, int(UID), int(FAN)])
)
ANY = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=8)
DATA = ANY | st.fixed_dictionaries({}, optional={"subtype": SUBTYPES | ANY, "key": ANY, "tovfid": ANY, "latitude": ANY, "longitude": ANY})
FIELDS = {"type": TYPES | ANY, "receiver_id": ANY, "sender_id": ANY, "created_at": ANY, "text": ANY, "data": DATA}
PUSHES = st.fixed_dictionaries({}, optional=FIELDS)


def end(request: Inbound) -> Reading | Rejected:
    try:
        reading = connector.read(request, account(), NOW)
    except Rejected as refusal:
        return refusal
    connector.passive(reading, account(), "好的", NOW)
    return reading


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_bytes_end_in_a_reading_or_a_refusal(body):
    assert isinstance(end(signed(body)), Reading | Rejected)


@given(PUSHES)
@settings(max_examples=400, deadline=None)
def test_any_json_push_gives_storable_events(push):
    found = end(signed(json.dumps(push).encode()))
    if isinstance(found, Reading):
        event = found.events[0]
        assert not UNSTORABLE.search(event.text + event.citizen + event.dedup_key)
        assert json.dumps(event.detail, allow_nan=False).encode() and len(event.dedup_key) <= 190 and event.sent_at <= NOW


@given(st.text(max_size=200), st.text(max_size=30), st.text(max_size=30))
@settings(max_examples=300, deadline=None)
def test_any_xml_like_text_ends_in_a_reading_or_a_refusal(inner, tag, value):
    body = f"<xml><MsgType>{inner}</MsgType><{tag}>{value}</{tag}></xml>".encode("utf-8", "surrogatepass")
    assert isinstance(end(signed(body)), Reading | Rejected)


@given(st.dictionaries(st.sampled_from(["signature", "timestamp", "nonce", "echostr"]), st.text()), st.sampled_from(["GET", "POST"]))
@settings(max_examples=200, deadline=None)
def test_any_query_without_a_true_signature_is_refused(query, method):
    found = end(Inbound(method, query, {}, b"{}"))
    assert isinstance(found, Rejected) and found.status == 403
