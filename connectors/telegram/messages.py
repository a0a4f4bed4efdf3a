"""Messages: who says it, to whom, and is it for us.

A private chat is one citizen, its id the key. In groups the key is `<chat>/<person>`, so that two people in one group
are two conversations.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from telegram import Message, MessageEntity

from connectors.telegram.content import is_service, media_of, text_of
from connectors.telegram.keys import Keys
from connectors.telegram.payload import is_whole
from policies.facts import Event, EventKind, WindowTrigger

_START = re.compile(r"/start(?:@[A-Za-z0-9_]+)?(?:\s+(\S{1,64}))?\s*", re.IGNORECASE)
_NAME_MAX = 128


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message, raw and, where python-telegram-bot could read it, parsed."""

    node: Mapping[str, Any]
    parsed: Message | None
    kind: str

    @property
    def edited(self) -> bool:
        """Whether this is a later version of an earlier message."""
        return self.kind.startswith("edited_")


def name_of(person: object) -> str:
    """The name to show: first and last name, else title, else user name."""
    if not isinstance(person, Mapping):
        return ""
    full = " ".join(str(person[part]) for part in ("first_name", "last_name") if isinstance(person.get(part), str))
    return (full or str(person.get("title") or person.get("username") or "")).strip()[:_NAME_MAX]


def read_post(incoming: Incoming, base: Event) -> Event:
    """Our own channel post, seen on the platform."""
    thread = _thread(incoming.node)
    if thread is None or incoming.parsed is None:
        return base
    text, media = text_of(incoming.node), media_of(incoming.parsed)
    return replace(base, kind=EventKind.OWN_POST, text=text, media=media, thread=thread)


def read_message(incoming: Incoming, base: Event, keys: Keys) -> Event:
    """A message in a private chat or a group. UNKNOWN when what it says cannot be made out."""
    node = incoming.node
    thread = _thread(node)
    if thread is None:
        return base
    if "migrate_to_chat_id" in node or "migrate_from_chat_id" in node:
        return _migration(node, base, thread)
    sender, is_ours = _sender(node, keys)
    if is_ours or is_service(node):
        return replace(base, kind=EventKind.NOTICE, thread=thread, text=text_of(node))
    private = thread["chat_type"] == "private"
    citizen = str(thread["chat_id"]) if private else f"{thread['chat_id']}/{sender.get('id')}"
    if not private and not is_whole(sender.get("id")):
        return base
    said = replace(base, citizen=citizen, citizen_name=name_of(sender), text=text_of(node), thread=thread)
    if incoming.parsed is not None:
        said = replace(said, media=media_of(incoming.parsed))
    if not said.text and not said.media:
        return said  # UNKNOWN: a kind of content newer than this code
    kind = EventKind.MESSAGE if private else _in_group(incoming, keys)
    return _told(incoming, replace(said, kind=kind))


def _thread(node: Mapping[str, Any]) -> dict[str, Any] | None:
    """What an answer must name; None when the message does not even say where it stands."""
    chat = node.get("chat")
    if not isinstance(chat, Mapping) or not is_whole(chat.get("id")) or not is_whole(node.get("message_id")):
        return None
    thread = {"chat_id": chat["id"], "message_id": node["message_id"], "chat_type": str(chat.get("type", ""))}
    if isinstance(chat.get("username"), str) and thread["chat_type"] != "private":
        thread["chat_username"] = chat["username"]
    if node.get("is_topic_message") is True and is_whole(node.get("message_thread_id")):
        thread["message_thread_id"] = node["message_thread_id"]  # of forums; elsewhere it may not be sent back
    topic = node.get("direct_messages_topic")
    if isinstance(topic, Mapping) and is_whole(topic.get("topic_id")):
        thread["direct_messages_topic_id"] = topic["topic_id"]
    return thread


def _migration(node: Mapping[str, Any], base: Event, thread: Mapping[str, Any]) -> Event:
    here = thread["chat_id"]
    old, new = node.get("migrate_from_chat_id", here), node.get("migrate_to_chat_id", here)
    detail = {**base.detail, "old_chat_id": old, "new_chat_id": new}
    return replace(base, kind=EventKind.ACCOUNT, text=f"{old} → {new}", thread=thread, detail=detail)


def _sender(node: Mapping[str, Any], keys: Keys) -> tuple[Mapping[str, Any], bool]:
    """Who speaks, and whether it is our own side (the bot, another bot, the channel, an anonymous administrator).

    With `sender_chat` the `from` is a stand-in of Telegram's: the group itself speaks for an anonymous administrator,
    the linked channel for its posts; any other channel is a citizen who writes in its name.
    """
    chat, sender, as_chat = node["chat"], node.get("from"), node.get("sender_chat")
    if isinstance(as_chat, Mapping):
        named = {str(as_chat.get("id")), f"@{as_chat.get('username')}"}
        return as_chat, as_chat.get("id") == chat["id"] or keys.chat_id in named or node.get("is_automatic_forward") is True
    person: Mapping[str, Any] = sender if isinstance(sender, Mapping) else {}
    return person, person.get("is_bot") is True or (keys.bot_id > 0 and person.get("id") == keys.bot_id)


def _in_group(incoming: Incoming, keys: Keys) -> EventKind:
    node = incoming.node
    target = node.get("reply_to_message")
    answered: Mapping[str, Any] = target if isinstance(target, Mapping) else {}
    if node["chat"].get("is_direct_messages") is True:
        return EventKind.MESSAGE  # a channel's own letter box: everything in it is for us
    if answered.get("is_automatic_forward") is True:
        return EventKind.COMMENT  # the copy of a channel post in its discussion group
    author = answered.get("from")
    to_us = isinstance(author, Mapping) and keys.bot_id > 0 and author.get("id") == keys.bot_id
    if to_us or _is_called(incoming.parsed, keys):
        return EventKind.MESSAGE
    return EventKind.UNKNOWN if incoming.parsed is None else EventKind.NOTICE


def _is_called(message: Message | None, keys: Keys) -> bool:
    """Whether a mention or a command names the bot.

    While the account's credentials hold no `username`, any name that ends in "bot" counts: in privacy mode Telegram
    passes on little else, and a question too many is better than one lost.
    """
    if message is None:
        return False
    return any(_names_us(entity, part, keys) for entity, part in _entities(message).items())


def _entities(message: Message) -> dict[MessageEntity, str]:
    """Entities with their text; PTB counts the UTF-16 offsets."""
    found = message.parse_entities() if message.text else {}
    return found or (message.parse_caption_entities() if message.caption else {})


def _names_us(entity: MessageEntity, part: str, keys: Keys) -> bool:
    if entity.type == MessageEntity.TEXT_MENTION:
        return entity.user is not None and entity.user.id == keys.bot_id
    _, at, name = part.partition("@")
    if entity.type == MessageEntity.BOT_COMMAND and not at:
        return True
    if entity.type not in (MessageEntity.BOT_COMMAND, MessageEntity.MENTION):
        return False
    return name.lower() == keys.username.lower() if keys.username else name.lower().endswith("bot")


def _told(incoming: Incoming, said: Event) -> Event:
    """The kind made exact: edits, live locations and /start are not new questions."""
    detail = _links(incoming.node, said)
    if said.kind in (EventKind.NOTICE, EventKind.UNKNOWN):
        return replace(said, detail=detail)
    place = incoming.node.get("location")
    if incoming.edited and isinstance(place, Mapping) and "live_period" in place:
        return replace(said, kind=EventKind.LOCATION_REPORT, detail=detail)
    if incoming.edited:
        return replace(said, kind=EventKind.EDIT, detail=detail)
    start = _START.fullmatch(said.text) if said.thread["chat_type"] == "private" else None
    if start:
        detail = {**detail, "start": start[1] or ""}
        return replace(said, kind=EventKind.FOLLOW, trigger=WindowTrigger.FOLLOW, detail=detail)
    trigger = WindowTrigger.COMMENT if said.kind is EventKind.COMMENT else WindowTrigger.MESSAGE
    return replace(said, trigger=trigger, detail=detail)


def _links(node: Mapping[str, Any], said: Event) -> dict[str, Any]:
    """What ties a message to others: its album, and the channel post it comments on."""
    detail = dict(said.detail)
    if isinstance(node.get("media_group_id"), str):
        detail["media_group_id"] = node["media_group_id"]
    origin = (node.get("reply_to_message") or {}).get("forward_origin") if said.kind is EventKind.COMMENT else None
    if isinstance(origin, Mapping) and isinstance(origin.get("chat"), Mapping):
        detail["post"] = {"chat_id": origin["chat"].get("id"), "message_id": origin.get("message_id")}
    return detail
