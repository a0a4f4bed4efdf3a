"""The bots of this process: one per account, made without asking Telegram anything.

`Bot.initialize()` is never called: it demands a getMe, and an unreachable Telegram would then block every send.
"""

import os
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from telegram import Bot

from connectors.telegram import loop
from connectors.telegram.keys import Keys
from connectors.telegram.limits import DATA
from connectors.telegram.quiet import hush
from connectors.telegram.request import Line, Unusable

CLOSE_AFTER = 120.0  # seconds; a line put aside may still carry calls of other threads


class QuietBot(Bot):
    """PTB's bot, without the token in its repr, and with the raw answer where a parsed one would lose something."""

    def __repr__(self) -> str:
        """Not PTB's `Bot[token=…]`."""
        return "QuietBot"

    async def raw(self, method: str, timeout: float, /, **fields: Any) -> Any:
        """Call a method and return `result` as plain JSON. `timeout` in seconds. Raises PTB's errors.

        `getUpdates` through PTB's parser would lose the whole batch over one update it cannot read.
        """
        return await self._post(method, dict(fields), read_timeout=timeout)

    async def download(self, path: str, timeout: float) -> bytes:
        """The file at a `file_path` of getFile, which the caller has checked. Raises PTB's errors."""
        return bytes(await self.request.retrieve(f"{self.base_file_url}/{path}", read_timeout=timeout))


@dataclass(slots=True)
class _Cache:
    """What a process keeps. Replaced whole in a forked child."""

    pid: int = field(default_factory=os.getpid)
    lock: threading.Lock = field(default_factory=threading.Lock)
    bots: OrderedDict[tuple[str, str, str], QuietBot] = field(default_factory=OrderedDict, repr=False)
    lines: OrderedDict[tuple[str, str], Line] = field(default_factory=OrderedDict, repr=False)


_cache = _Cache()
_stale: list[_Cache] = []  # kept alive: closing a parent's connections in a child would disturb the parent


def _forget() -> None:
    global _cache
    _stale.append(_cache)
    _cache = _Cache()


os.register_at_fork(after_in_child=_forget)


def bot_of(keys: Keys) -> QuietBot:
    """The account's bot. Raises Unusable."""
    key = (keys.token, keys.origin, keys.proxy)
    with _cache.lock:
        try:
            bot = _cache.bots.pop(key, None) or _made(keys)
        except Exception:  # whatever PTB and httpx make of an empty token or a strange proxy; its text may show them
            raise Unusable from None
        _cache.bots[key] = bot
        while len(_cache.bots) > DATA["http"]["bots_cached"]:
            _cache.bots.popitem(last=False)
        return bot


def _made(keys: Keys) -> QuietBot:
    hush()  # PTB logs the token-bearing address while the bot is made
    line = _line(keys.origin, keys.proxy)
    return QuietBot(
        keys.token,
        base_url=lambda token: f"{keys.origin}/bot{token}",
        base_file_url=lambda token: f"{keys.origin}/file/bot{token}",
        request=line,
        get_updates_request=line,
    )


def _line(origin: str, proxy: str) -> Line:
    line = _cache.lines.pop((origin, proxy), None) or Line(proxy)
    _cache.lines[(origin, proxy)] = line
    while len(_cache.lines) > DATA["http"]["lines_cached"]:
        (old, _), dropped = _cache.lines.popitem(last=False)
        for key in [key for key in _cache.bots if key[1] == old]:
            del _cache.bots[key]  # made anew with a new line when next used
        _put_aside(dropped)
    return line


def _put_aside(line: Line) -> None:
    home = loop.loop()
    home.call_soon_threadsafe(home.call_later, CLOSE_AFTER, lambda: home.create_task(line.shutdown()))
