"""WeChat's XML: what citizens' acts look like on the wire, and how documents are written."""

import re
from collections.abc import Mapping
from typing import Any

from connectors.sandbox.accounts import Account, Citizen

ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
PLACE = ("23.134521", "113.358803", "15")  # latitude, longitude, scale of the sample location


def document(fields: Mapping[str, Any]) -> bytes:
    """<xml>…</xml>: numbers bare, texts in CDATA, mappings nested, lists as <item>s."""
    return f"<xml>{_inner(fields)}</xml>".encode()


def _inner(fields: Mapping[str, Any]) -> str:
    return "".join(
        _value(value) if name == "item" and isinstance(value, list) else f"<{name}>{_value(value)}</{name}>"
        for name, value in fields.items()
    )


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return _inner(value)
    if isinstance(value, list):
        return "".join(f"<item>{_inner(entry)}</item>" for entry in value)
    if isinstance(value, int | float):
        return str(value)
    return f"<![CDATA[{ILLEGAL.sub('', str(value)).replace(']]>', ']]]]><![CDATA[>')}]]>"


def envelope(account: Account, sender: str, stamp: int, kind: str) -> dict[str, Any]:
    """The four fields every push has (wechat.md §2)."""
    return {"ToUserName": account.origin_id, "FromUserName": sender, "CreateTime": stamp, "MsgType": kind}


def message_fields(text: str, media: str, media_ids: tuple[str, str], origin: str) -> tuple[str, dict[str, Any]]:
    """MsgType and its fields (wechat.md §2.1). `media_ids` are those of the attachment and its thumbnail."""
    first, thumb = media_ids
    if media == "image":
        return "image", {"PicUrl": f"{origin}/mmbiz_pic/{first}/0", "MediaId": first}
    if media == "voice":
        return "voice", {"MediaId": first, "Format": "amr", "Recognition": ""}
    if media == "video":
        return "video", {"MediaId": first, "ThumbMediaId": thumb}
    if media == "location":
        latitude, longitude, scale = PLACE
        return "location", {
            "Location_X": float(latitude), "Location_Y": float(longitude), "Scale": int(scale), "Label": text or "示例路 1 号",
        }  # fmt: skip
    if media == "link":
        return "link", {"Title": text or "一个链接", "Description": "市民转发的链接", "Url": "https://example.org/page"}
    return "text", {"Content": text}


def event_fields(kind: str, text: str, citizen: Citizen) -> dict[str, Any]:
    """Event and its fields (wechat.md §2.2) for follow, unfollow, menu and scan."""
    if kind == "follow":
        return {"Event": "subscribe", "EventKey": ""}
    if kind == "unfollow":
        return {"Event": "unsubscribe", "EventKey": ""}
    if kind == "menu":
        return {"Event": "CLICK", "EventKey": text or "MENU_SERVICE"}
    scene = text or "1001"
    ticket = "gQ" + scene.encode().hex().ljust(60, "0")[:60]
    if citizen.following:
        return {"Event": "SCAN", "EventKey": scene, "Ticket": ticket}
    return {"Event": "subscribe", "EventKey": f"qrscene_{scene}", "Ticket": ticket}
