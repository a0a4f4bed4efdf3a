"""How Telegram answers, and its chats and messages as JSON."""

import html.parser
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from connectors.sandbox.accounts import Account, Citizen
from connectors.sandbox.telegram_state import Bot
from connectors.sandbox.wire import reply_json
from connectors.sandbox.world import World

HTML_TAGS = frozenset(
    ["b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "a", "code", "pre", "span", "blockquote", "tg-spoiler", "tg-emoji"]
)


class TelegramError(Exception):
    """`{"ok":false,…}` with the HTTP status of the same number."""

    def __init__(self, code: int, description: str, retry_after: int = 0) -> None:
        super().__init__(code)
        self.code, self.description, self.retry_after = code, description, retry_after


def bad(description: str) -> TelegramError:
    """400 Bad Request."""
    return TelegramError(400, f"Bad Request: {description}")


def ok(result: Any) -> Response:
    return reply_json({"ok": True, "result": result})


def failed(error: TelegramError) -> Response:
    body: dict[str, Any] = {"ok": False, "error_code": error.code, "description": error.description}
    if error.retry_after:
        body["parameters"] = {"retry_after": error.retry_after}
    return reply_json(body, error.code if 400 <= error.code <= 599 else 400)


@dataclass(frozen=True, slots=True)
class Chat:
    """Where a message goes: a citizen's private chat, the channel, or its discussion group."""

    id: int
    kind: str  # private, channel, supergroup
    title: str
    citizen: Citizen | None = None

    def json(self) -> dict[str, Any]:
        if self.kind == "private":
            return {"id": self.id, "type": "private", "first_name": self.title}
        return {"id": self.id, "type": self.kind, "title": self.title}


def private(citizen: Citizen) -> Chat:
    return Chat(int(citizen.pid), "private", citizen.name, citizen)


def channel(bot: Bot) -> Chat:
    return Chat(bot.channel, "channel", bot.name)


def group(bot: Bot) -> Chat:
    return Chat(bot.group, "supergroup", f"{bot.name} 讨论组")


def find_chat(world: World, account: Account, bot: Bot, given: str) -> Chat:
    """The chat of a chat_id. Raises 400 chat not found or 403 blocked."""
    if bot.channel and given in (str(bot.channel), bot.channel_name):
        return channel(bot)
    if bot.group and given == str(bot.group):
        return group(bot)
    citizen = world.person(account, given)
    if citizen is None:
        raise bad("chat not found")
    if not citizen.following:
        raise TelegramError(403, "Forbidden: bot was blocked by the user")
    return private(citizen)


def person(citizen: Citizen) -> dict[str, Any]:
    """A User."""
    return {"id": int(citizen.pid), "is_bot": False, "first_name": citizen.name, "language_code": "zh-hans"}


class _Plain(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text, self.open = "", list[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in HTML_TAGS:
            raise bad(f'can\'t parse entities: Unsupported start tag "{tag}"')
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise bad("can't parse entities: Unexpected end tag")

    def handle_data(self, data: str) -> None:
        self.text += data


def plain(text: str, parse_mode: str) -> str:
    """The text after entity parsing; HTML is checked and stripped, other modes are kept as written."""
    if parse_mode.lower() != "html":
        return text
    parser = _Plain()
    parser.feed(text)
    parser.close()
    if parser.open:
        raise bad(f"can't parse entities: Can't find end tag corresponding to start tag \"{parser.open[-1]}\"")
    return parser.text
