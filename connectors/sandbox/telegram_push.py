"""Telegram's updates: made from what citizens do, pushed with the secret header, repeated until 2xx (§3.1)."""

import json
from collections.abc import Mapping
from typing import Any

from connectors.sandbox.accounts import Account, Citizen
from connectors.sandbox.media import sample
from connectors.sandbox.push import Job, Judged, Wire
from connectors.sandbox.telegram_api import perform
from connectors.sandbox.telegram_base import TelegramError, channel, group, person, private
from connectors.sandbox.telegram_state import Bot
from connectors.sandbox.world import World

KINDS = ("message", "comment", "mention", "follow", "unfollow", "menu", "scan")


def say(world: World, account: Account, citizen: Citizen, kind: str, text: str, media: str, extra: dict[str, Any]) -> Job | None:
    """What a citizen did, as an update; None when it waits for getUpdates. Raises ValueError for what Telegram does not have."""
    if kind not in KINDS:
        raise ValueError(f"Telegram has no {kind}")
    bot = world.telegram.bots[account.id]
    if kind in ("comment", "mention") and not bot.group:
        raise ValueError("the account has no channel (chat_id), hence no group")
    citizen.last_act = world.clock.now()
    citizen.following = kind != "unfollow"
    if kind == "unfollow":
        return push(world, account, {"my_chat_member": _blocked(world, bot, citizen)}, citizen.name, kind)
    message = _message(world, bot, citizen, kind, text, media) | extra
    world.telegram.keep(bot, message, citizen.name, own=False)
    return push(world, account, {"message": message}, citizen.name, kind)


def _blocked(world: World, bot: Bot, citizen: Citizen) -> dict[str, Any]:
    member, kicked = {"user": bot.user(), "status": "member"}, {"user": bot.user(), "status": "kicked", "until_date": 0}
    base = {"chat": private(citizen).json(), "from": person(citizen), "date": int(world.clock.stamp())}
    return base | {"old_chat_member": member, "new_chat_member": kicked}


def _message(world: World, bot: Bot, citizen: Citizen, kind: str, text: str, media: str) -> dict[str, Any]:
    chat = group(bot) if kind in ("comment", "mention") else private(citizen)
    base = {
        "message_id": next(world.telegram.message_ids), "from": person(citizen), "chat": chat.json(), "date": int(world.clock.stamp()),
    }  # fmt: skip
    if kind == "comment":
        return base | {"reply_to_message": _forwarded(world, bot), "text": text}
    if kind == "mention":
        return base | _entity("mention", f"@{bot.username}", f" {text}")
    if kind in ("follow", "scan"):
        return base | _entity("bot_command", "/start", f" {text or '1001'}" if kind == "scan" else "")
    if kind == "menu":
        return base | _entity("bot_command", "/menu", f" {text}" if text else "")
    return base | _content(world, bot, text, media)


def _entity(kind: str, word: str, rest: str) -> dict[str, Any]:
    return {"text": word + rest, "entities": [{"type": kind, "offset": 0, "length": len(word)}]}


def _forwarded(world: World, bot: Bot) -> dict[str, Any]:
    """The channel's newest post as the platform copies it into the discussion group."""
    posts = [sent.message for (owner, chat, _), sent in world.telegram.messages.items() if owner == bot.account and chat == bot.channel]
    newest: dict[str, Any] = posts[-1] if posts else {"message_id": 1, "date": int(world.clock.stamp()), "text": bot.name}
    base = {"message_id": newest["message_id"] + 1, "sender_chat": channel(bot).json(), "chat": group(bot).json(), "date": newest["date"]}
    return base | {"is_automatic_forward": True, "text": newest.get("text", "")}


def _content(world: World, bot: Bot, text: str, media: str) -> dict[str, Any]:
    if media in ("image", "voice", "video", "file"):
        stored = "ogg" if media == "voice" else media
        item = world.media.put(bot.account, stored, sample(stored), world.clock.now(), "tgf_")
        found: dict[str, Any] = {"file_id": item.id, "file_unique_id": f"u{item.id}", "file_size": len(item.content)}
        caption = {"caption": text} if text else {}
        if media == "image":
            return {"photo": [found | {"width": 96, "height": 64}]} | caption
        if media == "file":
            return {"document": found | {"file_name": item.name, "mime_type": item.mime}} | caption
        size = {"width": 96, "height": 64} if media == "video" else {}
        return {media: found | size | {"duration": 1, "mime_type": item.mime}} | caption
    if media == "location":
        return {"location": {"latitude": 23.134521, "longitude": 113.358803}}
    if media == "link":
        link = "https://example.org/page"
        start = len(f"{text} ".encode("utf-16-le")) // 2 if text else 0
        return {"text": f"{text} {link}".strip(), "entities": [{"type": "url", "offset": start, "length": len(link)}]}
    return {"text": text}


def push(world: World, account: Account, content: Mapping[str, Any], name: str, kind: str) -> Job | None:
    """An update as a push, or None after putting it where getUpdates finds it (or dropping what was not asked for)."""
    bot = world.telegram.bots[account.id]
    if bot.allowed and not any(part in bot.allowed for part in content):
        return None
    update = {"update_id": next(world.telegram.update_ids), **content}
    if not bot.url:
        world.telegram.queue(bot, update)
        return None
    return job(world, account, bot, update, name, kind)


def job(world: World, account: Account, bot: Bot, update: dict[str, Any], name: str, kind: str) -> Job:
    """The push of one update to the bot's webhook, with growing gaps."""
    raw, limits = json.dumps(update, ensure_ascii=False).encode("utf-8", "replace"), world.limits
    first, longest = limits["push.telegram_first_gap"], limits["push.telegram_longest_gap"]
    attempts = int(limits["push.telegram_attempts"])
    headers = {"content-type": "application/json"} | ({"x-telegram-bot-api-secret-token": bot.secret} if bot.secret else {})
    return Job(
        account=account.id,
        platform="telegram",
        citizen=name,
        kind=kind,
        platform_id=str(update["update_id"]),
        url=bot.url,
        compose=lambda: Wire({}, headers, raw),
        judge=lambda status, body: judge(world, account, bot, status, body),
        gaps=tuple(min(first * 2**n, longest) for n in range(attempts - 1)),
        attempt_seconds=limits["push.telegram_seconds"],
    )


def judge(world: World, account: Account, bot: Bot, status: int, body: bytes) -> Judged:
    """2xx = taken; a body naming a method is executed as a call of the bot."""
    if not 200 <= status < 300:
        bot.last_error = (int(world.clock.stamp()), f"Wrong response from the webhook: {status}")
        return Judged(True, f"status {status}")
    try:
        asked = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return Judged(False, "taken")
    if not isinstance(asked, dict) or not isinstance(asked.get("method"), str):
        return Judged(False, "taken" if body else "empty")
    fields = {name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for name, value in asked.items()}
    try:
        result = perform(world, account, asked["method"], fields, {}, "passive")
    except TelegramError as error:
        return Judged(False, "malformed", problem=error.description)
    shown = result.get("text", "") if isinstance(result, dict) else ""
    return Judged(False, "passive", shown)


def emit(world: World, account: Account, content: Mapping[str, Any]) -> None:
    """Updates that no citizen caused (own channel posts); empty content = push what waited for a webhook."""
    bot = world.telegram.bots[account.id]
    if content:
        found = push(world, account, content, "", "channel_post")
        if found is not None:
            world.jobs.spawn(world.pusher.deliver(found))
        return
    waiting = [update for _, update in bot.pending] if bot.url else []
    for update in waiting:
        world.jobs.spawn(world.pusher.deliver(job(world, account, bot, update, "", "waiting")))
    if bot.url:
        bot.pending.clear()
