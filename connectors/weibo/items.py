"""Polled statuses and comments, and what they mean in the words of the house (facts §1.6)."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.weibo import wire
from connectors.weibo.config import LIMITS
from policies.facts import Event, EventKind, Media, MediaKind, WindowTrigger

TEXT_MAX = LIMITS["incoming"]["text_max"]
PICTURES_MAX = 18  # a post shows at most so many
CONTEXT_MAX = 500  # characters kept of the post a comment belongs to


def item_id(item: Mapping[str, Any]) -> str:
    """The id as digits: `idstr`, else `id`, else `mid` (old comments have a `mid` that differs from their id); "" when there is none."""
    found = (wire.ident(item.get(name)) for name in ("idstr", "id", "mid"))
    return next((each for each in found if each.isdigit()), "")


def author(item: Mapping[str, Any]) -> tuple[str, str]:
    """Id and shown name of who wrote it; ("", "") when the user is missing, as in deleted or hidden items."""
    user = wire.mapping(item.get("user"))
    name = wire.words(user.get("screen_name")) or wire.words(user.get("name"))
    return wire.ident(user.get("idstr")) or wire.ident(user.get("id")), name[:100]


def comment_event(item: Mapping[str, Any], kind: EventKind, now: datetime) -> Event:
    """A comment under our post (COMMENT: its window never closes) or one that names us (MENTION)."""
    cid, post = item_id(item), item_id(wire.mapping(item.get("status")))
    mentioned = kind is EventKind.MENTION
    thread = {"kind": "mention_comment" if mentioned else "comment", "cid": cid, "id": post}
    trigger = WindowTrigger.MENTION if mentioned else WindowTrigger.COMMENT
    return _event(f"c:{cid}", kind, item, now, thread, trigger)


def status_event(item: Mapping[str, Any], now: datetime) -> Event:
    """A post that names us; it is answered by a comment under it."""
    post = item_id(item)
    return _event(f"s:{post}", EventKind.MENTION, item, now, {"kind": "mention_status", "id": post}, WindowTrigger.MENTION)


def in_public(citizen: str) -> str:
    """The citizen as a party to public talk: another conversation than their private one.

    Windows differ (facts §2.5), and an answer to a private question must never be written under a public post.
    """
    return f"public:{citizen}"


def nameless(item: Any, now: datetime) -> Event:
    """An item without an id: stored as UNKNOWN under the hash of its content, so that it is neither lost nor doubled."""
    key = "x:" + hashlib.sha1(json.dumps(item, sort_keys=True).encode()).hexdigest()
    return Event(key, EventKind.UNKNOWN, now, detail={"item": item})


def _event(key: str, kind: EventKind, item: Mapping[str, Any], now: datetime, thread: Mapping[str, Any], trigger: WindowTrigger) -> Event:
    at, note = wire.sent_at(item.get("created_at"), now)
    text, (citizen, name) = wire.words(item.get("text")), author(item)
    detail = {**_context(item), **({"note": note} if note else {})}
    if len(text) > TEXT_MAX:
        detail["text_length"] = len(text)
    # Without a user nobody can be named, but the thread can still be answered: the item itself stands for its writer.
    citizen, detail = (in_public(citizen), detail) if citizen else (f"writer-of-{key}", {**detail, "user": "missing"})
    return Event(key, kind, at, citizen, name, text[:TEXT_MAX], _pictures(item), trigger, thread, detail)


def _context(item: Mapping[str, Any]) -> dict[str, Any]:
    """What staff need to see around the words: the post commented on, the comment answered, the post passed on."""
    found: dict[str, Any] = {"created_at": item.get("created_at")}
    for name in ("status", "reply_comment", "retweeted_status"):
        if inner := wire.mapping(item.get(name)):
            text = wire.words(inner.get("text"))[:CONTEXT_MAX]
            found[name] = {"id": item_id(inner), "text": text, "by": author(inner)[1], "deleted": wire.words(inner.get("deleted")) == "1"}
    return found


def _pictures(item: Mapping[str, Any]) -> tuple[Media, ...]:
    listed = item.get("pic_urls")
    small = [wire.words(wire.mapping(each).get("thumbnail_pic")) for each in listed[:PICTURES_MAX]] if isinstance(listed, list) else []
    # Pictures stand under the same name in every size; the thumbnail is too small to read a form on.
    urls = [url.replace("/thumbnail/", "/large/") for url in small if url.startswith(("http://", "https://")) and len(url) < 500]
    return tuple(Media(MediaKind.IMAGE, url=url) for url in urls)
