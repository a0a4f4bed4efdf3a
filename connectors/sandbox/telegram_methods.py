"""The methods that send and change messages (weibo-telegram-cap.md §3.2, §3.3)."""

import json
from typing import Any

from connectors.sandbox.accounts import Account
from connectors.sandbox.telegram_base import Chat, TelegramError, bad, find_chat, plain
from connectors.sandbox.telegram_state import Bot, Sent
from connectors.sandbox.wire import Upload, whole
from connectors.sandbox.world import World


class Request:
    """One method call: fields as text, files, and how it came (send, or passive in a webhook's answer)."""

    def __init__(self, world: World, account: Account, fields: dict[str, str], files: dict[str, Upload], via: str = "send") -> None:
        self.world, self.account, self.fields, self.files, self.via = world, account, fields, files, via
        self.bot: Bot = world.telegram.bots[account.id]

    def chat(self) -> Chat:
        given = self.fields.get("chat_id", "")
        if not given:
            raise bad("chat_id is empty")
        return find_chat(self.world, self.account, self.bot, given)

    def number(self, name: str) -> int:
        value = whole(self.fields.get(name, ""))
        if value is None:
            raise bad(f"{name} must be a number")
        return value

    def flag(self, name: str) -> bool:
        return self.fields.get(name, "").lower() in ("true", "1", "yes")

    def need(self, chat: Chat, right: str, message: str) -> None:
        """A right of the bot in its channel."""
        if chat.kind == "channel" and not self.bot.rights[right]:
            raise bad(message)


def send_message(request: Request) -> dict[str, Any]:
    """sendMessage."""
    text = _checked(request, "text", int(request.world.limits["telegram.text.characters"]))
    return _deliver(request, {"text": text}, text)


def _checked(request: Request, name: str, most: int) -> str:
    text = plain(request.fields.get(name, ""), request.fields.get("parse_mode", ""))
    if name == "text" and not text.strip():
        raise bad("message text is empty")
    if len(text) > most:
        raise bad("message is too long" if name == "text" else "message caption is too long")
    return text


def send_photo(request: Request) -> dict[str, Any]:
    """sendPhoto."""
    file_id = _file(request, "photo", int(request.world.limits["telegram.file.photo_bytes"]))
    photo = [{"file_id": file_id, "file_unique_id": f"u{file_id}", "width": 96, "height": 64}]
    return _with_caption(request, {"photo": photo}, "[图片]")


def send_document(request: Request) -> dict[str, Any]:
    """sendDocument."""
    file_id = _file(request, "document", int(request.world.limits["telegram.file.upload_bytes"]))
    item = request.world.media.get(file_id)
    document = {"file_id": file_id, "file_unique_id": f"u{file_id}", "file_name": item.name if item else "file"}
    return _with_caption(request, {"document": document}, "[文件]")


def _with_caption(request: Request, content: dict[str, Any], label: str) -> dict[str, Any]:
    caption = _checked(request, "caption", int(request.world.limits["telegram.text.caption"]))
    return _deliver(request, content | ({"caption": caption} if caption else {}), f"{label} {caption}".strip())


def _file(request: Request, name: str, most: int) -> str:
    upload, given, world = request.files.get(name), request.fields.get(name, ""), request.world
    if given.startswith("attach://"):
        upload = request.files.get(given.removeprefix("attach://"))
    if upload is not None:
        if len(upload.content) > most:
            raise TelegramError(413, "Request Entity Too Large")
        kind = "image" if name == "photo" else "file"
        return world.media.put(request.account.id, kind, upload.content, world.clock.now(), "tgf_", upload.name).id
    item = world.media.get(given)
    if item is None or item.account != request.account.id:
        raise bad("wrong file identifier/HTTP URL specified")
    return item.id


def _deliver(request: Request, content: dict[str, Any], shown: str) -> dict[str, Any]:
    world, bot, chat = request.world, request.bot, request.chat()
    request.need(chat, "can_post_messages", "need administrator rights in the channel chat")
    answered = _answered(request, chat)
    wait = world.telegram.wait(bot, chat.id)
    if wait:
        raise TelegramError(429, f"Too Many Requests: retry after {wait}", wait)
    stamp = world.clock.stamp()
    author = {"sender_chat": chat.json()} if chat.kind == "channel" else {"from": bot.user()}
    message = {"message_id": next(world.telegram.message_ids), **author, "chat": chat.json(), "date": int(stamp), **content}
    if answered is not None:
        message["reply_to_message"] = answered.message
    name = chat.citizen.name if chat.citizen else answered.citizen if answered else ""
    world.telegram.keep(bot, message, name, own=True)
    if chat.kind == "channel":
        world.publish(request.account, {"id": str(message["message_id"]), "text": shown, "url": ""})
        if world.limits["telegram.update.channel_echo"]:
            world.on_update(request.account, {"channel_post": message})
    world.book.add(
        request.account.id, name or f"#{chat.kind}", "out", shown, stamp, request.via, str(message["message_id"]), kind=chat.kind
    )
    return message


def _answered(request: Request, chat: Chat) -> Sent | None:
    given = request.fields.get("reply_to_message_id", "")
    lenient = request.flag("allow_sending_without_reply")
    if request.fields.get("reply_parameters"):
        try:
            parameters = json.loads(request.fields["reply_parameters"])
            given, lenient = str(parameters["message_id"]), bool(parameters.get("allow_sending_without_reply"))
        except (ValueError, TypeError, KeyError, AttributeError):
            raise bad("can't parse reply parameters JSON object") from None
    if not given:
        return None
    found = request.world.telegram.messages.get((request.bot.account, chat.id, whole(given) or 0))
    if found is None and not lenient:
        raise bad("message to be replied not found")
    return found


def _own(request: Request, missing: str) -> tuple[Chat, Sent]:
    chat = request.chat()
    found = request.world.telegram.messages.get((request.bot.account, chat.id, request.number("message_id")))
    if found is None:
        raise bad(missing)
    return chat, found


def edit_text(request: Request) -> dict[str, Any]:
    """editMessageText; an equal text is refused."""
    chat, found = _own(request, "message to edit not found")
    text = _checked(request, "text", int(request.world.limits["telegram.text.characters"]))
    if not found.own:
        raise bad("message can't be edited")
    if found.message.get("text") == text:
        raise bad(
            "message is not modified: specified new message content and reply markup are exactly the same as a current content "
            "and reply markup of the message"
        )
    found.message |= {"text": text, "edit_date": int(request.world.clock.stamp())}
    request.world.book.replace(request.account.id, found.citizen or f"#{chat.kind}", str(found.message["message_id"]), text)
    if chat.kind == "channel":
        request.world.change_post(request.account, str(found.message["message_id"]), {"text": text, "edited": True})
    return found.message


def delete_message(request: Request) -> bool:
    """deleteMessage; refused after 48 h."""
    chat, found = _own(request, "message to delete not found")
    if not found.own:
        request.need(chat, "can_delete_messages", "message can't be deleted")
    if request.world.clock.now() - found.at > request.world.limits["telegram.update.delete_seconds"]:
        raise bad("message can't be deleted for everyone")
    message_id = found.message["message_id"]
    del request.world.telegram.messages[request.bot.account, chat.id, message_id]
    request.world.change_post(request.account, str(message_id), {"deleted": True})
    return True


def pin(request: Request) -> bool:
    """pinChatMessage; in channels the right hangs on can_edit_messages."""
    chat, found = _own(request, "message to pin not found")
    request.need(chat, "can_edit_messages", "not enough rights to manage pinned messages in the chat")
    request.world.telegram.pinned[request.bot.account, chat.id] = found.message["message_id"]
    request.world.change_post(request.account, str(found.message["message_id"]), {"pinned": True})
    return True
