"""Customer-service messages: window, allowance, kinds, records (wechat.md §3.2–3.5)."""

import re
from typing import Any

from starlette.responses import Response

from connectors.sandbox.accounts import Account, Citizen
from connectors.sandbox.wechat_base import WechatError, ok, reply
from connectors.sandbox.windows import Verdict
from connectors.sandbox.wire import Call
from connectors.sandbox.world import World

ESCAPE = re.compile(rb"(?<!\\)(?:\\\\)*\\u([0-9a-fA-F]{4})")
RECORD_SPAN = 24 * 3600
NEEDS_MEDIA = {"image": "media_id", "voice": "media_id", "video": "media_id", "music": "thumb_media_id"}
TITLED = {"mpnews": "media_id", "mpnewsarticle": "article_id", "wxcard": "card_id", "miniprogrampage": "title", "msgmenu": "head_content"}


def body_of(call: Call) -> dict[str, Any]:
    """The JSON body of a POST. Raises 43002, 44002 or 47001."""
    if call.method != "POST":
        raise WechatError(43002)
    if not call.body:
        raise WechatError(44002)
    data = call.json()
    if not isinstance(data, dict):
        raise WechatError(47001)
    return data


def raw_utf8(body: bytes) -> None:
    r"""Refuse \uXXXX escapes (40033). Control characters have no other form in JSON and pass."""
    if any(int(found[1], 16) >= 0x20 for found in ESCAPE.finditer(body)):
        raise WechatError(40033)


def send(world: World, account: Account, call: Call) -> Response:
    """POST /cgi-bin/message/custom/send."""
    data = body_of(call)
    raw_utf8(call.body)
    citizen = world.person(account, str(data.get("touser") or ""))
    if citizen is None:
        raise WechatError(40003)
    text = _content(world, account, data)
    verdict = citizen.windows.take(world.clock.now())
    if verdict is Verdict.CLOSED:
        raise WechatError(45015)
    if verdict is Verdict.USED_UP:
        raise WechatError(45047)
    citizen.typing_until = 0.0
    bubble = world.book.add(account.id, citizen.name, "out", text, world.clock.stamp(), "send", kind=str(data["msgtype"]))
    world.hub.tell("typing", {"account": account.id, "citizen": citizen.name, "on": False})
    world.calls[f"sent {bubble.account}"] += 1
    return ok()


def _content(world: World, account: Account, data: dict[str, Any]) -> str:
    kind = str(data.get("msgtype") or "")
    part = data.get(kind)
    if kind not in ("text", "news", *NEEDS_MEDIA, *TITLED):
        raise WechatError(40008)
    if not isinstance(part, dict):
        raise WechatError(47001)
    if kind == "text":
        return _text(world, part)
    if kind == "news":
        return _news(part)
    if kind in NEEDS_MEDIA:
        item = world.media.get(str(part.get(NEEDS_MEDIA[kind]) or ""))
        if item is None or item.account != account.id:
            raise WechatError(40007)
        return f"[{kind}] {part.get('title') or item.name}"
    shown = part.get(TITLED[kind])
    if not shown:
        raise WechatError(47001)
    return f"[{kind}] {shown}" + "".join(f"\n· {entry.get('content')}" for entry in part.get("list") or [] if isinstance(entry, dict))


def _text(world: World, part: dict[str, Any]) -> str:
    content = part.get("content")
    if not isinstance(content, str) or not content:
        raise WechatError(44004)
    if len(content.encode("utf-8", "replace")) > world.limits["wechat.kf.text_bytes"]:
        raise WechatError(45002)
    return content


def _news(part: dict[str, Any]) -> str:
    articles = part.get("articles")
    if not isinstance(articles, list) or not articles or not isinstance(articles[0], dict):
        raise WechatError(47001)
    if len(articles) > 1:
        raise WechatError(45008)
    return f"[news] {articles[0].get('title')} {articles[0].get('url') or ''}".strip()


def typing(world: World, account: Account, call: Call) -> Response:
    """POST /cgi-bin/message/custom/typing."""
    data = body_of(call)
    citizen = world.person(account, str(data.get("touser") or ""))
    if citizen is None:
        raise WechatError(40003)
    if data.get("command") not in ("Typing", "CancelTyping"):
        raise WechatError(45072)
    _typing(world, citizen, on=data["command"] == "Typing")
    world.hub.tell("typing", {"account": account.id, "citizen": citizen.name, "on": citizen.typing_until > 0})
    return ok()


def _typing(world: World, citizen: Citizen, *, on: bool) -> None:
    now, limits = world.clock.now(), world.limits
    if not on:
        citizen.typing_until = 0.0
        return
    if citizen.windows.verdict(now) is not Verdict.OPEN:
        raise WechatError(45015)
    if now - citizen.last_act > limits["wechat.kf.typing_gap_seconds"]:
        raise WechatError(45080)
    if citizen.typing_until > now:
        raise WechatError(45081)
    citizen.typing_until = now + limits["wechat.kf.typing_seconds"]


def records(world: World, account: Account, call: Call) -> Response:
    """POST /customservice/msgrecord/getmsglist: what the account sent between two times, paged by msgid.

    `opercode` 2002 = sent by customer service. It settles an unknown outcome: what stands here did arrive.
    """
    data = body_of(call)
    try:
        begin, end, first, most = (int(data[name]) for name in ("starttime", "endtime", "msgid", "number"))
    except (KeyError, TypeError, ValueError, OverflowError):
        raise WechatError(47001) from None
    if end < begin or end - begin > RECORD_SPAN:
        raise WechatError(65416, "invalid time range")
    if not 1 <= most <= 10_000:
        raise WechatError(65415, "invalid number")
    sent = [row for row in world.book.sent_by(account.id) if row.via == "send" and begin <= int(row.time) <= end and row.id >= first]
    rows = [
        {"openid": world.citizen(account, row.citizen).pid, "opercode": 2002, "text": row.text, "time": int(row.time), "worker": ""}
        for row in sent[:most]
    ]
    return reply({"recordlist": rows, "number": len(rows), "msgid": sent[len(rows) - 1].id + 1 if rows else first})
