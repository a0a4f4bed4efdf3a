"""One update → one event. python-telegram-bot reads it; nothing it cannot read is lost."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from telegram import Message, Update
from telegram.constants import UpdateType

from connectors.telegram.keys import Keys
from connectors.telegram.limits import DATA
from connectors.telegram.messages import Incoming, name_of, read_message, read_post
from connectors.telegram.payload import is_whole
from policies.facts import Event, EventKind, WindowTrigger

_KINDS = tuple(kind.value for kind in UpdateType)
_MESSAGES = ("message", "edited_message", "channel_post", "edited_channel_post")


def event_of(update: Mapping[str, Any], keys: Keys, now: datetime) -> Event:
    """Read one update with a valid `update_id` (see payload.parse). Never raises.

    A kind unknown to python-telegram-bot is UNKNOWN, a known one without a task here is NOTICE. Where PTB cannot read
    a message because of wrong types inside, a citizen's private text is still read by hand (`detail["partial"]`).
    """
    kind = next((kind for kind in _KINDS if kind in update), "")
    base = Event(f"u:{update['update_id']}", EventKind.UNKNOWN, now, detail={"update": update, "update_kind": kind})
    try:
        return _late(_read(update, kind, base, keys, now), now)
    except Exception:  # a shape nobody foresaw is stored, not refused
        return base


def _read(update: Mapping[str, Any], kind: str, base: Event, keys: Keys, now: datetime) -> Event:
    node = update.get(kind)
    if not kind or not isinstance(node, Mapping):
        return base
    parsed = _parsed(update)
    if parsed is None:
        base = replace(base, detail={**base.detail, "partial": True})
    if kind in _MESSAGES:
        found = getattr(parsed, kind, None)
        return _message(Incoming(node, found if isinstance(found, Message) else None, kind), base, keys, now)
    other = _OTHERS.get(kind)
    if parsed is None:
        return base
    return other(node, replace(base, sent_at=moment(node.get("date"), now))) if other else replace(base, kind=EventKind.NOTICE)


def _parsed(update: Mapping[str, Any]) -> Update | None:
    with suppress(Exception):  # PTB raises whatever a wrong type happens to cause
        return Update.de_json(dict(update), None)
    return None


def moment(seconds: object, now: datetime) -> datetime:
    """Telegram's Unix time, in UTC; `now` where it is missing, not a time, or in the future."""
    if isinstance(seconds, int) and not isinstance(seconds, bool) and 0 < seconds < now.timestamp():
        return datetime.fromtimestamp(seconds, UTC)
    return now


def _late(event: Event, now: datetime) -> Event:
    age = (now - event.sent_at).total_seconds()
    return replace(event, detail={**event.detail, "late": True}) if age > DATA["webhook"]["late_seconds"] else event


def _message(incoming: Incoming, base: Event, keys: Keys, now: datetime) -> Event:
    node = incoming.node
    edited = node.get("edit_date") if incoming.edited else None
    base = replace(base, sent_at=moment(node.get("date") if edited is None else edited, now))
    return read_post(incoming, base) if incoming.kind.endswith("channel_post") else read_message(incoming, base, keys)


def _callback(node: Mapping[str, Any], base: Event) -> Event:
    """A pressed button. Its message may be too old to be shown or, from inline mode, absent: then the person's chat."""
    sender = node["from"]
    found = node.get("message")
    message: Mapping[str, Any] = found if isinstance(found, Mapping) else {}
    chat = message.get("chat") or {"id": sender["id"], "type": "private"}
    if not is_whole(chat["id"]) or not is_whole(sender["id"]):
        return base
    private = chat.get("type") == "private"
    thread = {"chat_id": chat["id"], "message_id": message.get("message_id")}
    return replace(
        base,
        kind=EventKind.MENU,
        sent_at=base.sent_at,  # a callback has no time of its own
        citizen=str(chat["id"]) if private else f"{chat['id']}/{sender['id']}",
        citizen_name=name_of(sender),
        text=str(node.get("data") or ""),
        trigger=WindowTrigger.MENU,
        thread={name: value for name, value in thread.items() if value is not None},
        detail={**base.detail, "callback_query_id": str(node.get("id", ""))},
    )


def _membership(node: Mapping[str, Any], base: Event) -> Event:
    """The bot itself was started, blocked, added, promoted or removed."""
    chat, status = node["chat"], node["new_chat_member"]["status"]
    if not is_whole(chat["id"]):
        return base
    detail = {**base.detail, "status": status, "chat_id": chat["id"]}
    if chat.get("type") != "private":
        return replace(base, kind=EventKind.ACCOUNT, text=f"{chat.get('title') or chat['id']}: {status}", detail=detail)
    kind = {"member": EventKind.FOLLOW, "kicked": EventKind.UNFOLLOW}.get(status, EventKind.NOTICE)
    trigger = WindowTrigger.FOLLOW if kind is EventKind.FOLLOW else WindowTrigger.NONE
    base = replace(base, citizen=str(chat["id"]), citizen_name=name_of(chat), thread={"chat_id": chat["id"]})
    return replace(base, kind=kind, trigger=trigger, detail=detail)


_OTHERS: Mapping[str, Callable[[Mapping[str, Any], Event], Event]] = {"callback_query": _callback, "my_chat_member": _membership}
