"""Sending text, and the answer inside the webhook's own response."""

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from telegram import LinkPreviewOptions, ReplyParameters

from connectors.contract import Tools
from connectors.telegram.bots import QuietBot, bot_of
from connectors.telegram.errors import outcome
from connectors.telegram.keys import Keys, keys_of
from connectors.telegram.limits import DATA
from connectors.telegram.loop import run
from connectors.telegram.payload import is_whole
from policies.facts import AccountFacts, Outcome, Outgoing, Result

_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")
_NUMBER = re.compile(r"-?[0-9]{1,19}")
_NAME = re.compile(r"@[A-Za-z][A-Za-z0-9_]{2,63}")
_MIGRATION_KEPT = 30 * 86400.0  # seconds; forgetting it costs one more refused try
_SLACK = 2.0  # seconds over the sum of the waits, for the work between them


def units(text: str) -> int:
    """Length as Telegram counts it, in UTF-16 code units."""
    return len(text) + sum(1 for letter in text if ord(letter) > 0xFFFF)


def cleaned(text: str) -> str:
    """`text` with what cannot be sent as UTF-8 text replaced by U+FFFD, and without spaces around it."""
    return _NOT_TEXT.sub("\ufffd", text).strip()


def send(item: Outgoing, account: AccountFacts, tools: Tools) -> Result:
    """Send one text by sendMessage: plain, without link preview, never split. Never raises.

    core.telegram.org/bots/api#sendmessage. There is no idempotency key: a time-out after the request left is UNKNOWN.
    """
    keys = keys_of(account)
    text, chat = cleaned(item.text), receiver(item)
    refusal = _unfit(item, text, chat)
    if refusal:
        return Result(Outcome.REFUSED, error=refusal)
    chat = _after_migration(chat, account, tools)
    own = bool(keys.chat_id) and str(chat) == keys.chat_id
    try:
        call = _call(bot_of(keys), chat, text, item, tools.timeout)
        return _sent(run(call, tools.timeout + 2 * float(DATA["http"]["connect_seconds"]) + _SLACK), keys)
    except Exception as error:  # the contract: every end is an outcome
        result = outcome(error, keys, own_chat=own)
    _remember_migration(chat, result, account, tools)
    return result


def _unfit(item: Outgoing, text: str, chat: int | str) -> str:
    limit = int(DATA["text"]["max"])
    if item.kind != "text":
        return f"暂不支持发送“{item.kind}” / this connector does not send {item.kind}"
    if chat == "":
        return "没有可用的接收者编号 / there is no usable receiver id"
    if not text:
        return "内容为空 / the text is empty"
    if units(text) > limit:
        return f"内容有 {units(text)} 个字符，平台上限 {limit}，请删减 / {units(text)} characters, the limit is {limit}: shorten it"
    return ""


def receiver(item: Outgoing) -> int | str:
    """The chat to write to: the thread's, else the part of `citizen` before the slash; "" = none."""
    named = item.thread.get("chat_id")
    found = str(item.citizen.partition("/")[0] if named is None or isinstance(named, bool) else named).strip()
    if _NUMBER.fullmatch(found):
        return int(found)
    return found if _NAME.fullmatch(found) else ""


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**53 else None


def _quotes(chat: int | str, thread: Any) -> int | None:
    """The message an answer hangs on: in groups and channels only, in a private chat it would be noise."""
    return _whole(thread.get("message_id")) if not (isinstance(chat, int) and chat > 0) else None


async def _call(bot: QuietBot, chat: int | str, text: str, item: Outgoing, timeout: float) -> Any:
    quoted = _quotes(chat, item.thread)
    return await bot.raw(
        "sendMessage",
        timeout,
        chat_id=chat,
        text=text,
        link_preview_options=LinkPreviewOptions(is_disabled=True),
        reply_parameters=ReplyParameters(quoted, allow_sending_without_reply=True) if quoted else None,
        message_thread_id=_whole(item.thread.get("message_thread_id")),
        direct_messages_topic_id=_whole(item.thread.get("direct_messages_topic_id")),
    )


def _sent(message: Any, keys: Keys) -> Result:
    """Read the sent message by hand: that PTB cannot parse the rest of it must not turn a success into UNKNOWN."""
    number = _whole(message.get("message_id")) if isinstance(message, Mapping) else None
    if number is None:
        return outcome(TypeError("message_id"), keys)
    found = message.get("chat")
    chat: Mapping[str, Any] = found if isinstance(found, Mapping) else {}
    public = chat.get("type") in ("channel", "supergroup") and _NAME.fullmatch(f"@{chat.get('username')}")
    url = f"https://t.me/{chat['username']}/{number}" if public and "username" in chat else ""
    return Result(Outcome.SENT, platform_id=str(number), url=url, detail={"chat_id": chat["id"]} if is_whole(chat.get("id")) else {})


def _migration_key(chat: int, account: AccountFacts) -> str:
    return f"telegram:migrated:{account.id}:{chat}"


def _after_migration(chat: int | str, account: AccountFacts, tools: Tools) -> int | str:
    """The new id of a basic group that became a supergroup (only their short negative ids ever migrate)."""
    if not isinstance(chat, int) or not -(10**12) < chat < 0:
        return chat
    with suppress(Exception):  # the store may be away; then Telegram tells the new id again
        return int(tools.tokens.get(_migration_key(chat, account)) or chat)
    return chat


def _remember_migration(chat: int | str, result: Result, account: AccountFacts, tools: Tools) -> None:
    new = result.detail.get("new_chat_id")
    if isinstance(chat, int) and isinstance(new, int):
        with suppress(Exception):
            tools.tokens.put(_migration_key(chat, account), str(new), _MIGRATION_KEPT)


def check(item: Outgoing, account: AccountFacts, tools: Tools) -> Result:
    """Bots cannot read history, so nothing can be asked: always UNKNOWN, a person looks at the chat."""
    words = "Telegram 不让机器人查看历史消息，请到会话里确认 / bots cannot read history: look into the chat to see whether it arrived"
    return Result(Outcome.UNKNOWN, code="no_history", error=words)
