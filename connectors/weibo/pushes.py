"""A fan-service push in either form, and what it means in the words of the house (facts §2.2)."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element  # the type only; defusedxml does the parsing

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from connectors.weibo import wire
from connectors.weibo.config import LIMITS
from connectors.weibo.items import in_public
from policies.facts import Event, EventKind, Media, MediaKind, WindowTrigger

BOUNDS = LIMITS["incoming"]
MEDIA = {"image": MediaKind.IMAGE, "voice": MediaKind.VOICE, "video": MediaKind.VIDEO, "file": MediaKind.FILE}
MENTIONS = {"status": ("mention_status", "id", "s"), "comment": ("mention_comment", "cid", "c")}
EVENTS = {
    "follow": (EventKind.FOLLOW, WindowTrigger.FOLLOW),
    "subscribe": (EventKind.FOLLOW, WindowTrigger.FOLLOW),
    "unfollow": (EventKind.UNFOLLOW, WindowTrigger.NONE),
    # Who cancels the subscription ("td") still follows and may be answered, so this is not an unfollow.
    "unsubscribe": (EventKind.NOTICE, WindowTrigger.NONE),
    "scan": (EventKind.SCAN, WindowTrigger.SCAN),
    "scan_follow": (EventKind.SCAN, WindowTrigger.SCAN),
    "click": (EventKind.MENU, WindowTrigger.MENU),
    "view": (EventKind.NOTICE, WindowTrigger.NONE),  # a link was opened; nothing was asked
}
_XML_NAMES = {"MsgType": "type", "ToUserName": "receiver_id", "FromUserName": "sender_id", "CreateTime": "created_at", "Content": "text"}
_XML_DATA = {
    "MediaId": "tovfid",
    "Location_X": "latitude",
    "Location_Y": "longitude",
    "Label": "label",
    "Event": "subtype",
    "EventKey": "key",
    "Ticket": "ticket",
    "PicUrl": "pic_url",
    "Format": "format",
}


@dataclass(frozen=True, slots=True)
class Push:
    """The envelope both forms share. `raw` is the whole push as plain JSON data."""

    form: str
    type: str
    receiver: str
    sender: str
    created_at: str
    text: str
    data: Mapping[str, Any]
    raw: Mapping[str, Any] = field(repr=False)


def from_json(text: str) -> Push:
    """The JSON form (W/Receive_General_Message). Raises ValueError."""
    raw = wire.load(text, depth_max=BOUNDS["depth_max"])
    if not isinstance(raw, dict):
        raise ValueError("not an object")
    return _push("json", raw)


def from_xml(text: str) -> Push:
    """The WeChat-compatible form chosen by eps/push/set_format (W/微信XML格式兼容). Raises ValueError; no DTD, no entities."""
    try:
        root = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, LookupError, RecursionError) as error:
        raise ValueError("broken XML") from error
    if _deeper_than(BOUNDS["depth_max"], root):
        raise ValueError("nested too deeply")
    flat = {child.tag: wire.clean_text(child.text or "").strip() if child.tag != "Content" else child.text or "" for child in root}
    raw: dict[str, Any] = {ours: flat.get(theirs, "") for theirs, ours in _XML_NAMES.items()}
    raw["data"] = {ours: flat[theirs] for theirs, ours in _XML_DATA.items() if flat.get(theirs)}
    if raw["type"] == "location":
        raw["type"] = "position"
    raw["data"] |= {"subtype": raw["data"]["subtype"].lower()} if "subtype" in raw["data"] else {}
    return _push("xml", {**raw, "xml": {tag: value for tag, value in flat.items() if tag not in _XML_NAMES and tag not in _XML_DATA}})


def _deeper_than(most: int, root: Element) -> bool:
    level = [root]
    for _ in range(most):
        level = [child for parent in level for child in parent]
    return bool(level)


def _push(form: str, raw: Mapping[str, Any]) -> Push:
    return Push(
        form=form,
        type=wire.words(raw.get("type")).strip().lower(),
        receiver=wire.ident(raw.get("receiver_id")),
        sender=wire.ident(raw.get("sender_id")),
        created_at=wire.words(raw.get("created_at")),
        text=wire.clean_text(wire.words(raw.get("text"))),
        data=wire.mapping(raw.get("data"), depth_max=BOUNDS["depth_max"]),
        raw=raw,
    )


def to_event(push: Push, uid: str, now: datetime) -> Event:
    """One event of a push; `uid` is our own account's id. A shape we do not know becomes UNKNOWN, never an error."""
    at, note = wire.sent_at(push.created_at, now)
    text = push.text[: BOUNDS["text_max"]]
    detail: dict[str, Any] = {**{name: value for name, value in push.raw.items() if name != "text"}, **({"note": note} if note else {})}
    if len(push.text) > len(text):
        detail["text_length"] = len(push.text)
    if strange := _not_ours(push, uid):
        # A push for another account of the same app, or an echo of ourselves: kept, but never a conversation of this account.
        return Event(dedup_key(push), EventKind.NOTICE, at, text=text, detail={**detail, "strange": strange})
    return _known(push, at, text, detail) or Event(
        dedup_key(push), EventKind.UNKNOWN, at, citizen=push.sender, text=text, media=_media(push), detail=detail
    )


def dedup_key(push: Push) -> str:
    """The platform sends no message id. Its advice, sender and second, would merge two texts of one second: so all fields count."""
    fields = [push.sender, push.created_at, push.type, push.text, push.data]
    return "p:" + hashlib.sha1(json.dumps(fields, sort_keys=True).encode()).hexdigest()


def _not_ours(push: Push, uid: str) -> str:
    if uid and push.receiver and push.receiver != uid:
        return "receiver_id is another account"
    return "sent by this account itself" if push.sender and push.sender in (uid, push.receiver) else ""


def _known(push: Push, at: datetime, text: str, detail: Mapping[str, Any]) -> Event | None:
    subtype, key = wire.words(push.data.get("subtype")), wire.words(push.data.get("key"))
    if not push.sender:
        return None
    if push.type in ("text", "position", "voice", "image"):
        return Event(
            dedup_key(push),
            EventKind.MESSAGE,
            at,
            citizen=push.sender,
            text=text if push.type == "text" else "",  # elsewhere it is the platform's stub, which is no citizen's word
            media=_media(push),
            trigger=WindowTrigger.MESSAGE,
            thread={"kind": "private"},
            detail=detail,
        )
    if push.type in ("mention", "event") and subtype in MENTIONS and wire.ident(key):
        kind, name, letter = MENTIONS[subtype]
        thread = {"kind": kind, name: key}
        # A pushed comment names no post to answer under, so its answer goes to the citizen in private.
        citizen = in_public(push.sender) if subtype == "status" else push.sender
        mention = (EventKind.MENTION, at, citizen, "", text, (), WindowTrigger.MENTION, thread, detail)
        return Event(f"{letter}:{key}", *mention)  # the same key as the polled one
    if push.type == "event" and subtype in EVENTS:
        what, trigger = EVENTS[subtype]
        said = key[:200] if what is EventKind.MENU else ""
        thread = {"kind": "private"}
        return Event(dedup_key(push), what, at, citizen=push.sender, text=said, trigger=trigger, thread=thread, detail=detail)
    return None


def _media(push: Push) -> tuple[Media, ...]:
    if push.type == "position":
        latitude, longitude = _degrees(push.data.get("latitude"), 90), _degrees(push.data.get("longitude"), 180)
        label = wire.words(push.data.get("label")) or push.text[:200]
        return (Media(MediaKind.LOCATION, text=label, latitude=latitude, longitude=longitude),)
    ref = wire.words(push.data.get("tovfid")) or wire.words(push.data.get("vfid"))
    if push.type not in MEDIA or not (ref or push.type in ("image", "voice")):
        return ()
    return (Media(MEDIA[push.type], ref=ref[:200], text=push.text[:200]),)


def _degrees(value: Any, bound: float) -> float | None:
    try:
        number = float(wire.words(value))
    except ValueError:
        return None
    return number if -bound <= number <= bound else None
