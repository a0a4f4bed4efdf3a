"""What the pretend Telegram remembers: bots, webhooks, updates, messages, files."""

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from connectors.sandbox.accounts import Account, digest
from connectors.sandbox.clock import Clock
from connectors.sandbox.limits import Limits
from connectors.sandbox.wire import whole

MESSAGES_KEPT = 50_000
ADMIN_RIGHTS = ("can_post_messages", "can_edit_messages", "can_delete_messages", "can_manage_chat", "can_invite_users", "can_pin_messages")


@dataclass(slots=True)
class Bot:
    """One bot: its webhook or its waiting updates."""

    account: str
    id: int
    username: str
    name: str
    channel: int = 0
    channel_name: str = ""
    group: int = 0
    rights: dict[str, bool] = field(default_factory=dict)
    dead: bool = False
    url: str = ""
    secret: str = field(default="", repr=False)
    allowed: list[str] = field(default_factory=list)
    max_connections: int = 40
    last_error: tuple[int, str] | None = None
    pending: deque[tuple[float, dict[str, Any]]] = field(default_factory=deque)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    polls: int = 0  # the number of the poll at work; an older one must end with 409
    in_flight: int = 0

    def user(self) -> dict[str, Any]:
        return {"id": self.id, "is_bot": True, "first_name": self.name, "username": self.username}


@dataclass(slots=True)
class Sent:
    """One message of any chat. `citizen` = whose phone it is on, "" for the channel."""

    message: dict[str, Any]
    citizen: str
    own: bool
    at: float  # sandbox clock


class TelegramState:
    """Bots by token and the messages of all chats."""

    def __init__(self, clock: Clock, limits: Limits) -> None:
        self._clock, self._limits = clock, limits
        self.bots: dict[str, Bot] = {}  # by account
        self.by_token: dict[str, str] = {}
        start = int(time.time() * 1000)
        self.update_ids, self.message_ids = count(start), count(start // 1000 % 1_000_000_000)
        self.messages: dict[tuple[str, int, int], Sent] = {}
        self.pinned: dict[tuple[str, int], int] = {}
        self.floods: dict[tuple[str, int], deque[float]] = {}

    def adopt(self, account: Account) -> None:
        """A bot as BotFather made it, with the webhook its owner would have set."""
        number, given = digest(account.secret("bot_token")), account.secret("chat_id")
        first = account.secret("bot_token").split(":")[0]
        bot = Bot(account.id, whole(first) or int(number[:9], 16), f"sandbox_{number[:8]}_bot", account.name)
        if given:
            bot.channel = whole(given) or -1_000_000_000_000 - int(number[:9], 16)
            bot.channel_name = given if given.startswith("@") else ""
            bot.group = bot.channel - 1
        given_rights = account.credentials.get("rights")
        rights = given_rights if isinstance(given_rights, dict) else {}
        bot.rights = {name: bool(rights.get(name, True)) for name in ADMIN_RIGHTS}
        bot.url, bot.secret = account.hook_url, account.secret("secret_token")
        self.bots[account.id] = bot
        self.by_token = {token: owner for token, owner in self.by_token.items() if owner != account.id}
        self.by_token[account.secret("bot_token")] = account.id

    def keep(self, bot: Bot, message: dict[str, Any], citizen: str, *, own: bool) -> None:
        """Remember a message, so that it can be answered, edited and deleted."""
        self.messages[bot.account, message["chat"]["id"], message["message_id"]] = Sent(message, citizen, own, self._clock.now())
        if len(self.messages) > MESSAGES_KEPT:
            del self.messages[next(iter(self.messages))]

    def queue(self, bot: Bot, update: dict[str, Any]) -> None:
        """An update for getUpdates."""
        now = self._clock.now()
        bot.pending.append((now, update))
        while bot.pending and (
            len(bot.pending) > self._limits["telegram.update.keep_rows"]
            or bot.pending[0][0] < now - self._limits["telegram.update.keep_seconds"]
        ):
            bot.pending.popleft()
        bot.wake.set()

    def wait(self, bot: Bot, chat: int) -> int:
        """Count one message to a chat. Returns the seconds to wait when a flood limit is broken, else 0."""
        limits, now = self._limits, self._clock.now()
        rules = [((bot.account, chat), 1.0, limits["telegram.flood.chat_per_second"])]
        rules.append(((bot.account, 0), 1.0, limits["telegram.flood.overall_per_second"]))
        if chat < 0:
            rules.append(((f"{bot.account}/minute", chat), 60.0, limits["telegram.flood.group_per_minute"]))
        rules = [rule for rule in rules if rule[2]]
        for key, span, most in rules:
            times = self.floods.setdefault(key, deque())
            while times and times[0] <= now - span:
                times.popleft()
            if len(times) >= most:
                return max(1, int(times[0] + span - now + 0.999))
        for key, _, _ in rules:
            self.floods[key].append(now)
        return 0
