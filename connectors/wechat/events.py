"""One pushed document -> one event of the house. The tables follow facts §2."""

import hashlib
import math
from collections.abc import Callable
from datetime import UTC, datetime

from connectors.wechat.markup import Fields, text
from policies.facts import Event, EventKind, Media, MediaKind, WindowTrigger

KEY_LENGTH = 190  # ASCII letters a dedup key may have, so that an index of any database holds it

EVENTS: dict[str, tuple[EventKind, WindowTrigger]] = {
    "subscribe": (EventKind.FOLLOW, WindowTrigger.FOLLOW),
    "unsubscribe": (EventKind.UNFOLLOW, WindowTrigger.NONE),
    "SCAN": (EventKind.SCAN, WindowTrigger.SCAN),
    "CLICK": (EventKind.MENU, WindowTrigger.MENU),
    "scancode_push": (EventKind.MENU, WindowTrigger.MENU),
    "scancode_waitmsg": (EventKind.MENU, WindowTrigger.MENU),
    "LOCATION": (EventKind.LOCATION_REPORT, WindowTrigger.NONE),
    "VIEW": (EventKind.NOTICE, WindowTrigger.NONE),
    "view_miniprogram": (EventKind.NOTICE, WindowTrigger.NONE),
    "pic_sysphoto": (EventKind.NOTICE, WindowTrigger.NONE),
    "pic_photo_or_album": (EventKind.NOTICE, WindowTrigger.NONE),
    "pic_weixin": (EventKind.NOTICE, WindowTrigger.NONE),
    "location_select": (EventKind.NOTICE, WindowTrigger.NONE),
    "subscribe_msg_popup_event": (EventKind.NOTICE, WindowTrigger.NONE),
    "subscribe_msg_change_event": (EventKind.NOTICE, WindowTrigger.NONE),
    "kf_create_session": (EventKind.NOTICE, WindowTrigger.NONE),
    "kf_close_session": (EventKind.NOTICE, WindowTrigger.NONE),
    "kf_switch_session": (EventKind.NOTICE, WindowTrigger.NONE),
    "subscribe_msg_sent_event": (EventKind.JOB, WindowTrigger.NONE),
    "MASSSENDJOBFINISH": (EventKind.JOB, WindowTrigger.NONE),
    "PUBLISHJOBFINISH": (EventKind.JOB, WindowTrigger.NONE),
    "TEMPLATESENDJOBFINISH": (EventKind.JOB, WindowTrigger.NONE),
    "user_authorization_revoke": (EventKind.ACCOUNT, WindowTrigger.NONE),
    "user_authorization_cancellation": (EventKind.ACCOUNT, WindowTrigger.NONE),
    "user_info_modified": (EventKind.ACCOUNT, WindowTrigger.NONE),
    "qualification_verify_success": (EventKind.ACCOUNT, WindowTrigger.NONE),
    "qualification_verify_fail": (EventKind.ACCOUNT, WindowTrigger.NONE),
    "naming_verify_success": (EventKind.ACCOUNT, WindowTrigger.NONE),
    "naming_verify_fail": (EventKind.ACCOUNT, WindowTrigger.NONE),
    "annual_renew": (EventKind.ACCOUNT, WindowTrigger.NONE),
    "verify_expired": (EventKind.ACCOUNT, WindowTrigger.NONE),
}
"""Event -> what it is and which window it opens. An event not listed is stored as UNKNOWN."""

NOBODYS = frozenset({EventKind.JOB, EventKind.ACCOUNT})
"""Kinds whose FromUserName is the account's administrator or a system name: nobody to answer (facts §2.2)."""

ANSWERABLE = frozenset({EventKind.MESSAGE, EventKind.FOLLOW, EventKind.SCAN, EventKind.MENU})
"""Kinds whose push may be answered in the webhook's own response."""

VOICE_TYPES = {"amr": "audio/amr", "speex": "audio/speex", "mp3": "audio/mpeg"}


def event(fields: Fields, body: bytes, now: datetime, slack: float) -> Event:
    """The event in a pushed document. `body` is its XML (for a key where the platform gives none), `slack` seconds a clock may be fast."""
    detail = dict(fields)
    sent_at = _sent_at(fields, now, slack)
    if sent_at is None:
        sent_at = now
        detail["note"] = "CreateTime unreadable or in the future: time of arrival used"
    if text(fields, "MsgType") == "event":
        return _happening(fields, detail, body, sent_at)
    return _message(fields, detail, body, sent_at)


def _message(fields: Fields, detail: Fields, body: bytes, sent_at: datetime) -> Event:
    citizen = text(fields, "FromUserName")
    kind_of = text(fields, "MsgType")
    reader = MESSAGES.get(kind_of)
    key = _message_key(fields, body)
    if not citizen or (reader is None and kind_of != "text"):
        return Event(key, EventKind.UNKNOWN, sent_at, citizen, detail=detail)
    trigger = WindowTrigger.MENU if "bizmsgmenuid" in fields else WindowTrigger.MESSAGE
    if reader is not None:
        return Event(key, EventKind.MESSAGE, sent_at, citizen, media=(reader(fields),), trigger=trigger, detail=detail)
    words = text(fields, "Content")
    if words:
        del detail["Content"]  # it is the event's text; no need to store it twice
    return Event(key, EventKind.MESSAGE, sent_at, citizen, text=words, trigger=trigger, detail=detail)


def _happening(fields: Fields, detail: Fields, body: bytes, sent_at: datetime) -> Event:
    name = text(fields, "Event")
    kind, trigger = EVENTS.get(name, (EventKind.UNKNOWN, WindowTrigger.NONE))
    event_key = text(fields, "EventKey")
    if kind in (EventKind.FOLLOW, EventKind.SCAN) and event_key:
        detail["scene"] = event_key.removeprefix("qrscene_")
    if name == "TEMPLATESENDJOBFINISH":
        detail["receipt"] = {"citizen": text(fields, "FromUserName"), "number": text(fields, "MsgID"), "status": text(fields, "Status")}
    return Event(
        _event_key(fields, name, kind, body),
        kind,
        sent_at,
        "" if kind in NOBODYS else text(fields, "FromUserName"),
        text=event_key if kind is EventKind.MENU else "",
        media=(_place(fields, "Latitude", "Longitude", ""),) if kind is EventKind.LOCATION_REPORT else (),
        trigger=trigger,
        detail=detail,
    )


# --- keys --------------------------------------------------------------------------------------


def _message_key(fields: Fields, body: bytes) -> str:
    citizen = text(fields, "FromUserName")
    number = text(fields, "MsgId").strip()
    if number:
        return _short(f"m:{number}:{citizen}")
    return _short(f"x:{citizen}:{text(fields, 'CreateTime')}:{_digest(body)}")


def _event_key(fields: Fields, name: str, kind: EventKind, body: bytes) -> str:
    """FromUserName + CreateTime as the platform advises, with the event, its key and its job: two can share a second (facts §1.5)."""
    parts = ["e", text(fields, "FromUserName"), text(fields, "CreateTime"), name, text(fields, "EventKey")]
    job = text(fields, "MsgID") or text(fields, "MsgId")
    published = fields.get("PublishEventInfo")
    if not job and isinstance(published, dict):
        job = text(published, "publish_id")
    if job:
        parts.append(job)
    if kind is EventKind.UNKNOWN or not parts[2] or (kind is EventKind.JOB and not job):
        parts.append(_digest(body))
    return _short(":".join(parts))


def _short(key: str) -> str:
    return key if len(key) <= KEY_LENGTH and key.isascii() and key.isprintable() else f"{key[0]}#{_digest(key.encode())}"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# --- parts -------------------------------------------------------------------------------------


def _sent_at(fields: Fields, now: datetime, slack: float) -> datetime | None:
    raw = text(fields, "CreateTime").strip()
    if not (raw.isascii() and raw.isdigit() and len(raw) <= 11):
        return None
    seconds = int(raw)
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds <= now.timestamp() + slack else None


def _image(fields: Fields) -> Media:
    return Media(MediaKind.IMAGE, text(fields, "MediaId"), text(fields, "PicUrl"))


def _voice(fields: Fields) -> Media:
    form = text(fields, "Format").lower()
    return Media(MediaKind.VOICE, text(fields, "MediaId"), mime=VOICE_TYPES.get(form, ""), text=text(fields, "Recognition").strip())


def _video(fields: Fields) -> Media:
    return Media(MediaKind.VIDEO, text(fields, "MediaId"))


def _location(fields: Fields) -> Media:
    return _place(fields, "Location_X", "Location_Y", text(fields, "Label"))


def _place(fields: Fields, north: str, east: str, label: str) -> Media:
    latitude, longitude = _degrees(text(fields, north), 90), _degrees(text(fields, east), 180)
    return Media(MediaKind.LOCATION, text=label, latitude=latitude, longitude=longitude)


def _degrees(raw: str, most: float) -> float | None:
    try:
        value = float(raw)
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) <= most else None


def _link(fields: Fields) -> Media:
    return Media(MediaKind.LINK, url=text(fields, "Url"), name=text(fields, "Title"), text=text(fields, "Description"))


MESSAGES: dict[str, Callable[[Fields], Media]] = {
    "image": _image,
    "voice": _voice,
    "video": _video,
    "shortvideo": _video,
    "location": _location,
    "link": _link,
}
"""MsgType -> how its attachment is read (text has none)."""
