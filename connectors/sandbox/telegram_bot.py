"""The methods about the bot itself: who am I, chats, webhook, files."""

import json
import re
from typing import Any
from urllib.parse import urlsplit

from connectors.sandbox.telegram_base import TelegramError, bad, person
from connectors.sandbox.telegram_methods import Request

SUFFIX_FOLDERS = {"image": "photos", "ogg": "voice", "video": "videos"}
PORTS = (None, 443, 80, 88, 8443)
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def get_me(request: Request) -> dict[str, Any]:
    """getMe."""
    rights = {"can_join_groups": True, "can_read_all_group_messages": True, "supports_inline_queries": False}
    return request.bot.user() | rights


def get_chat(request: Request) -> dict[str, Any]:
    """getChat, with the pinned message where there is one."""
    chat, found = request.chat(), {}
    pinned = request.world.telegram.pinned.get((request.bot.account, chat.id))
    sent = request.world.telegram.messages.get((request.bot.account, chat.id, pinned or 0))
    if sent is not None:
        found["pinned_message"] = sent.message
    linked = {"linked_chat_id": request.bot.group} if chat.kind == "channel" else {}
    return chat.json() | {"accent_color_id": 0, "max_reaction_count": 11} | linked | found


def get_chat_member(request: Request) -> dict[str, Any]:
    """getChatMember: the bot is an administrator of its channel with the rights the account was given."""
    chat, user = request.chat(), request.number("user_id")
    if user == request.bot.id:
        rights = request.bot.rights if chat.kind == "channel" else dict.fromkeys(request.bot.rights, True)
        return {"status": "administrator", "user": request.bot.user(), "can_be_edited": False, "is_anonymous": False, **rights}
    citizen = request.world.person(request.account, str(user))
    if citizen is None:
        raise bad("user not found")
    return {"status": "member", "user": person(citizen)}


def set_webhook(request: Request) -> bool:
    """setWebhook. HTTPS on Telegram's ports; plain HTTP is taken for loopback only, because this is a sandbox."""
    url, bot = request.fields.get("url", ""), request.bot
    secret = request.fields.get("secret_token", "")
    parts = urlsplit(url)
    if url and not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)):
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    if url and parts.hostname not in LOOPBACK and parts.port not in PORTS:
        raise bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    if secret and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
        raise bad("secret token contains unallowed characters")
    bot.url, bot.secret, bot.last_error = url, secret, None
    bot.allowed = allowed_updates(request, bot.allowed)
    bot.max_connections = request.number("max_connections") if request.fields.get("max_connections") else 40
    if request.flag("drop_pending_updates"):
        bot.pending.clear()
    request.world.on_update(request.account, {})
    return True


def allowed_updates(request: Request, present: list[str]) -> list[str]:
    given = request.fields.get("allowed_updates", "")
    if not given:
        return present
    try:
        names = json.loads(given)
    except ValueError:
        names = None
    if not isinstance(names, list):
        raise bad("can't parse allowed updates JSON array")
    return [str(name) for name in names]


def delete_webhook(request: Request) -> bool:
    """deleteWebhook."""
    request.bot.url, request.bot.secret = "", ""
    if request.flag("drop_pending_updates"):
        request.bot.pending.clear()
    return True


def webhook_info(request: Request) -> dict[str, Any]:
    """getWebhookInfo."""
    bot = request.bot
    info: dict[str, Any] = {"url": bot.url, "has_custom_certificate": False, "pending_update_count": len(bot.pending) + bot.in_flight}
    if bot.url:
        info |= {"max_connections": bot.max_connections, "ip_address": "127.0.0.1"}
    if bot.allowed:
        info["allowed_updates"] = bot.allowed
    if bot.last_error:
        info |= {"last_error_date": bot.last_error[0], "last_error_message": bot.last_error[1]}
    return info


def get_file(request: Request) -> dict[str, Any]:
    """getFile: the path below /file/bot<token>/."""
    item = request.world.media.get(request.fields.get("file_id", ""))
    if item is None or item.account != request.account.id:
        raise bad("invalid file_id")
    path = f"{SUFFIX_FOLDERS.get(item.kind, 'documents')}/{item.id}.{item.name.rsplit('.', 1)[-1]}"
    return {"file_id": item.id, "file_unique_id": f"u{item.id}", "file_size": len(item.content), "file_path": path}


def conflict_webhook() -> TelegramError:
    """getUpdates while a webhook is set."""
    return TelegramError(
        409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
    )


def conflict_poll() -> TelegramError:
    """A second poller ends the first."""
    return TelegramError(409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running")
