"""What a message carries: its text and its attachments, in the words of the house."""

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from telegram import Message
from telegram.constants import MessageType

from policies.facts import Media, MediaKind

_TEXT_MAX = 16384  # characters: four times the platform's longest message, against a forged update
_LABEL_MAX = 512
_CONTENT = frozenset(
    {
        MessageType.TEXT, MessageType.ANIMATION, MessageType.AUDIO, MessageType.CHECKLIST, MessageType.CONTACT, MessageType.DICE,
        MessageType.DOCUMENT, MessageType.GAME, MessageType.INVOICE, MessageType.LIVE_PHOTO, MessageType.LOCATION,
        MessageType.PAID_MEDIA, MessageType.PHOTO, MessageType.POLL, MessageType.STICKER, MessageType.STORY, MessageType.VENUE,
        MessageType.VIDEO, MessageType.VIDEO_NOTE, MessageType.VOICE,
    }
)  # fmt: skip
_MARKS = frozenset(  # stand beside content, say nothing by themselves
    {
        MessageType.BUSINESS_CONNECTION_ID, MessageType.EFFECT_ID, MessageType.SENDER_BOOST_COUNT, MessageType.SENDER_BUSINESS_BOT,
        MessageType.REPLY_TO_STORY, MessageType.SUGGESTED_POST_INFO,
    }
)  # fmt: skip
_SERVICE = frozenset(kind.value for kind in MessageType if kind not in _CONTENT | _MARKS)


def is_service(node: Mapping[str, Any]) -> bool:
    """Whether Telegram tells of an act (joined, pinned, renamed …) and nobody says anything."""
    if any(kind.value in node for kind in _CONTENT) or "caption" in node:
        return False
    return not _SERVICE.isdisjoint(node)


def text_of(node: Mapping[str, Any]) -> str:
    """The words: text or caption, else those of a poll, a checklist or a dice."""
    for name in ("text", "caption"):
        if isinstance(node.get(name), str) and node[name]:
            return str(node[name])[:_TEXT_MAX]
    with suppress(KeyError, TypeError):
        return _other_words(node)[:_TEXT_MAX]
    return ""


def _other_words(node: Mapping[str, Any]) -> str:
    if "poll" in node:
        return "\n".join([str(node["poll"]["question"]), *(f"- {option['text']}" for option in node["poll"]["options"])])
    if "checklist" in node:
        return "\n".join([str(node["checklist"]["title"]), *(f"- {task['text']}" for task in node["checklist"]["tasks"])])
    return str(node["dice"]["emoji"]) if "dice" in node else ""


def media_of(message: Message) -> tuple[Media, ...]:
    """The attachment, if it is one we can show. Telegram sends an album as separate messages."""
    with suppress(Exception):  # PTB checks no types inside; a broken attachment must not lose the words beside it
        for name, read in _READERS.items():
            found = getattr(message, name)
            if found:
                return (read(found),)
    return ()


def _label(value: object) -> str:
    return value[:_LABEL_MAX] if isinstance(value, str) else ""


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else 0


def _file(kind: MediaKind, mime: str = "") -> Callable[[Any], Media]:
    def read(item: Any) -> Media:
        return Media(
            kind,
            ref=_label(item.file_id),
            name=_label(getattr(item, "file_name", "")),
            mime=_label(getattr(item, "mime_type", "")) or mime,
            size=_whole(item.file_size),
            text=_label(getattr(item, "emoji", "")),
        )

    return read


def _photo(sizes: Any) -> Media:
    """The largest of the sizes Telegram made of one picture."""
    largest = max(sizes, key=lambda size: _whole(size.width) * _whole(size.height))
    return _file(MediaKind.IMAGE, "image/jpeg")(largest)


def _degrees(value: object, bound: int) -> float | None:
    fine = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and abs(value) <= bound
    return float(value) if fine and isinstance(value, int | float) else None


def _location(place: Any) -> Media:
    return Media(MediaKind.LOCATION, latitude=_degrees(place.latitude, 90), longitude=_degrees(place.longitude, 180))


def _venue(venue: Any) -> Media:
    place = _location(venue.location)
    words = " ".join(filter(None, (_label(venue.title), _label(venue.address))))
    return Media(MediaKind.LOCATION, name=_label(venue.title), text=words, latitude=place.latitude, longitude=place.longitude)


def _contact(card: Any) -> Media:
    name = " ".join(filter(None, (_label(card.first_name), _label(card.last_name))))
    return Media(MediaKind.CONTACT, name=name, text=f"{name} {_label(card.phone_number)}".strip())


def _story(story: Any) -> Media:
    return Media(MediaKind.LINK, text=f"Telegram story {_whole(story.id)}")


def _game(game: Any) -> Media:
    return Media(MediaKind.LINK, text=_label(game.title))


# The order matters: an animation is also a document, a venue also a location.
_READERS: Mapping[str, Callable[[Any], Media]] = {
    "animation": _file(MediaKind.VIDEO, "video/mp4"),
    "live_photo": _file(MediaKind.VIDEO, "video/mp4"),
    "photo": _photo,
    "voice": _file(MediaKind.VOICE, "audio/ogg"),
    "audio": _file(MediaKind.VOICE, "audio/mpeg"),
    "video": _file(MediaKind.VIDEO, "video/mp4"),
    "video_note": _file(MediaKind.VIDEO, "video/mp4"),
    "sticker": _file(MediaKind.STICKER, "image/webp"),
    "document": _file(MediaKind.FILE),
    "venue": _venue,
    "location": _location,
    "contact": _contact,
    "story": _story,
    "game": _game,
}
