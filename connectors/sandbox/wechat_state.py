"""What the pretend WeChat remembers: tokens, daily quotas, drafts, jobs."""

import secrets
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from connectors.sandbox.clock import Clock
from connectors.sandbox.limits import Limits


@dataclass(slots=True)
class Token:
    """One access token of an app. `until` is the sandbox clock; `dead` = replaced or killed before that."""

    value: str = field(repr=False)
    app_id: str
    until: float
    dead: bool = False


class WechatTokens:
    """Two independent token services (wechat.md §5.1): the legacy one rotates, the stable one repeats itself."""

    def __init__(self, clock: Clock, limits: Limits) -> None:
        self._clock, self._limits = clock, limits
        self._known: dict[str, Token] = {}
        self._legacy: dict[str, Token] = {}
        self._stable: dict[str, Token] = {}
        self._forced: dict[str, float] = {}
        self._forced_today: Counter[tuple[str, str]] = Counter()

    def legacy(self, app_id: str) -> Token:
        """GET /cgi-bin/token: a new token each time; the one before lives five more minutes."""
        before = self._legacy.get(app_id)
        if before is not None:
            before.until = min(before.until, self._clock.now() + self._limits["wechat.token.overlap_seconds"])
        fresh = self._legacy[app_id] = self._issue(app_id)
        return fresh

    def stable(self, app_id: str, *, force: bool) -> Token | int:
        """POST /cgi-bin/stable_token. Returns an error code when forcing too often."""
        now, current = self._clock.now(), self._stable.get(app_id)
        if force:
            refusal = self._force(app_id, now)
            if refusal:
                return refusal
            if current is not None:
                current.dead = True
            current = None
        if current is None or current.dead or current.until - now <= self._limits["wechat.token.overlap_seconds"]:
            current = self._stable[app_id] = self._issue(app_id)
        return current

    def _force(self, app_id: str, now: float) -> int:
        today = (app_id, self._clock.day())
        if self._forced_today[today] >= self._limits["wechat.token.force_per_day"]:
            return 45009
        if now - self._forced.get(app_id, float("-inf")) < self._limits["wechat.token.force_gap_seconds"]:
            return 45011
        self._forced[app_id] = now
        self._forced_today[today] += 1
        return 0

    def _issue(self, app_id: str) -> Token:
        token = Token(secrets.token_urlsafe(96), app_id, self._clock.now() + self._limits["wechat.token.seconds"])
        self._known[token.value] = token
        if len(self._known) > 5000:
            del self._known[next(iter(self._known))]
        return token

    def left(self, token: Token) -> int:
        """Whole seconds the token still lives."""
        return max(0, int(token.until - self._clock.now()))

    def find(self, value: str) -> tuple[Token | None, int]:
        """The token and what is wrong with it: 41001 none, 40014 never issued, 40001 replaced or killed, 42001 expired."""
        if not value:
            return None, 41001
        token = self._known.get(value)
        if token is None:
            return None, 40014
        if token.dead:
            return token, 40001
        if token.until <= self._clock.now():
            replaced = self._legacy.get(token.app_id) is not token and self._stable.get(token.app_id) is not token
            return token, 40001 if replaced else 42001
        return token, 0

    def kill(self, app_id: str) -> None:
        """Another vendor refreshed with the same secret: every token of the app is worthless at once."""
        for token in self._known.values():
            if token.app_id == app_id:
                token.dead = True


@dataclass(slots=True)
class Publish:
    """A freepublish or mass-send job. `done` is set when it ended."""

    account: str
    media_id: str
    article_id: str
    articles: list[dict[str, Any]]
    text: str = ""
    done: bool = False
    status: Any = 1


class WechatState:
    """Everything the pretend WeChat remembers beside conversations."""

    def __init__(self, clock: Clock, limits: Limits) -> None:
        self.clock = clock
        self.tokens = WechatTokens(clock, limits)
        self.used: Counter[tuple[str, str, str]] = Counter()  # (app, path, day)
        self.cleared: Counter[tuple[str, str]] = Counter()  # (app, month)
        self.ids = count(int(time.time() * 1000) * 10_000)  # 64 bits, and never those of an earlier run
        self.drafts: dict[str, tuple[str, list[dict[str, Any]]]] = {}
        self.publishes: dict[str, Publish] = {}
        self.mass: dict[str, Publish] = {}
        self.mass_days: Counter[tuple[str, str]] = Counter()
        self.client_ids: dict[tuple[str, str], tuple[str, float]] = {}
        self.articles: dict[str, dict[str, Any]] = {}

    def use(self, app_id: str, path: str, limit: int | None) -> bool:
        """Count one call of today; False when the day's quota is used up."""
        key = (app_id, path, self.clock.day())
        if limit is not None and self.used[key] >= limit:
            return False
        self.used[key] += 1
        return True
