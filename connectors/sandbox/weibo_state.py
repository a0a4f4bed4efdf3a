"""What the pretend Weibo remembers: tokens, codes, quotas, posts and comments."""

import secrets
import time
from collections import Counter
from dataclasses import dataclass
from itertools import count

from connectors.sandbox.accounts import Account
from connectors.sandbox.clock import Clock
from connectors.sandbox.limits import Limits

POSTS_KEPT = 20_000
HOUR = 3600


@dataclass(slots=True)
class Grant:
    """One access token. `fan` = it works for the fan service only."""

    account: str
    app_key: str
    uid: str
    since: float
    until: float
    dead: bool = False
    fan: bool = False


@dataclass(slots=True)
class Code:
    """One authorisation code (single use)."""

    account: str
    redirect_uri: str
    until: float


class WeiboTokens:
    """OAuth2 tokens and codes (weibo-telegram-cap.md §1.2)."""

    def __init__(self, clock: Clock, limits: Limits) -> None:
        self._clock, self._limits = clock, limits
        self.grants: dict[str, Grant] = {}
        self.codes: dict[str, Code] = {}

    def adopt(self, account: Account) -> None:
        """The tokens an account was registered with are valid from now on."""
        fan = account.secret("fan_access_token")
        if fan:
            self.grant(account, fan, fan=True)
        self.grant(account, account.secret("access_token"))

    def grant(self, account: Account, value: str = "", *, fan: bool = False) -> str:
        """A new valid token, or this value made one."""
        now = self._clock.now()
        value = value or "2.00" + secrets.token_urlsafe(24)
        until = now + self._limits["weibo.token.seconds"]
        self.grants[value] = Grant(account.id, account.secret("app_key"), account.secret("uid"), now, until, fan=fan)
        return value

    def code(self, account: Account, redirect_uri: str) -> str:
        value = secrets.token_hex(16)
        self.codes[value] = Code(account.id, redirect_uri, self._clock.now() + self._limits["weibo.token.code_seconds"])
        return value

    def find(self, value: str) -> tuple[Grant | None, int]:
        """The grant and what is wrong: 10006 none given, 21332 unknown or revoked, 21327 expired."""
        if not value:
            return None, 10006
        grant = self.grants.get(value)
        if grant is None or grant.dead:
            return grant, 21332
        return grant, 21327 if grant.until <= self._clock.now() else 0

    def kill(self, account: str) -> None:
        """The holder withdrew the grant or changed the password: every token of the account is worthless."""
        for grant in self.grants.values():
            if grant.account == account:
                grant.dead = True


@dataclass(slots=True)
class Entry:
    """A post or a comment. `post` is the post a comment stands under, `parent` the comment it answers."""

    id: int
    author: str  # uid
    text: str
    time: float
    post: int = 0
    parent: int = 0
    visible_at: float = 0.0  # sandbox clock
    picture: str = ""
    deleted: bool = False


class WeiboState:
    """Posts, comments and the counters of the limits."""

    def __init__(self, clock: Clock, limits: Limits) -> None:
        self._clock, self._limits = clock, limits
        self.tokens = WeiboTokens(clock, limits)
        self.ids = count(int(time.time() * 1000) * 1000)
        self.posts: dict[int, Entry] = {}
        self.comments: dict[int, Entry] = {}
        self.names: dict[str, str] = {}  # uid → screen name of a citizen
        self.official: dict[str, str] = {}  # uid → screen name of an account
        self.comment_counts: Counter[int] = Counter()
        self.used: Counter[str] = Counter()
        self.last_words: dict[tuple[str, str], list[str]] = {}  # (uid, kind) → the last texts

    def write(self, author: str, text: str, *, post: int = 0, parent: int = 0, delay: float = 0.0) -> Entry:
        """Add a post (post = 0) or a comment."""
        entry = Entry(next(self.ids), author, text, self._clock.stamp(), post, parent, self._clock.now() + delay)
        shelf = self.comments if post else self.posts
        shelf[entry.id] = entry
        self.comment_counts[post] += 1
        if len(shelf) > POSTS_KEPT:
            del shelf[next(iter(shelf))]
        return entry

    def visible(self, entry: Entry | None) -> bool:
        """Can it be read now?"""
        return entry is not None and not entry.deleted and entry.visible_at <= self._clock.now()

    def meters(self, uid: str, kind: str) -> list[tuple[str, int, int]]:
        """(counter, limit, error code) of each limit a call of this kind meets; limit 0 = not counted."""
        hour, day, limits = int(self._clock.now() // HOUR), self._clock.day(), self._limits
        found = [
            (f"ip:{hour}", int(limits["weibo.quota.ip_per_hour"]), 10022),
            (f"user:{uid}:{hour}", int(limits["weibo.quota.user_per_hour"]), 10023),
            (f"user:{uid}:{day}", int(limits["weibo.quota.user_per_day"]), 10023),
        ]
        if kind == "posts":
            found.append((f"posts:{uid}:{hour}", int(limits["weibo.quota.posts_per_hour"]), 20016))
        if kind == "comments":
            found.append((f"comments:{uid}:{hour}", int(limits["weibo.quota.comments_per_hour"]), 10024))
        return [row for row in found if row[1]]

    def use(self, uid: str, kind: str) -> int:
        """Count one call. Returns the code of the limit it broke, 0 = none."""
        meters = self.meters(uid, kind)
        for name, limit, code in meters:
            if self.used[name] >= limit:
                return code
        for name, _, _ in meters:
            self.used[name] += 1
        return 0

    def left(self) -> float:
        """Seconds to the end of the present hour."""
        return HOUR - self._clock.now() % HOUR

    def remember(self, uid: str, kind: str, text: str) -> None:
        """Keep the last texts of an author, for the checks against repeats."""
        self.last_words[uid, kind] = [*self.last_words.get((uid, kind), [])[-9:], text]

    def recent(self, uid: str, kind: str) -> list[str]:
        return self.last_words.get((uid, kind), [])
