"""All state of one sandbox."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from connectors.sandbox.accounts import Account, Citizen, citizen_id, read_account
from connectors.sandbox.book import Book
from connectors.sandbox.clock import Clock
from connectors.sandbox.faults import Faults
from connectors.sandbox.hub import Hub
from connectors.sandbox.jobs import Jobs
from connectors.sandbox.limits import Limits
from connectors.sandbox.media import MediaStore
from connectors.sandbox.push import Pusher
from connectors.sandbox.telegram_state import TelegramState
from connectors.sandbox.wechat_state import WechatState
from connectors.sandbox.weibo_state import WeiboState

POSTS_SHOWN = 5000  # the timelines of the page; the platforms keep their own


class World:
    """Accounts, citizens, books and the three platforms' own memories."""

    def __init__(self, hook_origin: str = "", console_url: str = "") -> None:
        self.hook_origin, self.console_url = hook_origin, console_url
        self.clock, self.limits, self.hub = Clock(), Limits(), Hub()
        self.faults, self.jobs, self.media = Faults(), Jobs(self.clock), MediaStore()
        self.book = Book(self.limits, self.hub)
        self.pusher = Pusher(self.clock, self.limits, self.hub)
        self.accounts: dict[str, Account] = {}
        self.on_update: Callable[[Account, Mapping[str, Any]], None] = lambda _account, _update: None
        self.origin = "http://127.0.0.1"  # as the last caller of ours named it; stands in picture addresses
        self._fresh()

    def _fresh(self) -> None:
        self.people: dict[tuple[str, str], Citizen] = {}
        self.by_pid: dict[tuple[str, str], Citizen] = {}
        self.calls: Counter[str] = Counter()  # platform calls by path and outcome
        self.posts: list[dict[str, Any]] = []
        self.wechat = WechatState(self.clock, self.limits)
        self.weibo = WeiboState(self.clock, self.limits)
        self.telegram = TelegramState(self.clock, self.limits)
        self.started = time.time()

    def reset(self, *, accounts: bool = False) -> None:
        """Forget everything but, unless asked, the accounts."""
        for part in (self.clock, self.limits, self.book, self.media, self.pusher, self.jobs):
            part.reset()
        self.faults.clear()
        self._fresh()
        kept = [] if accounts else list(self.accounts.values())
        self.accounts = {}
        for account in kept:
            self._enter(account)
        self.hub.tell("reset", {})

    def add_account(self, raw: Mapping[str, Any]) -> Account:
        """Add or replace an account. Raises BadAccount."""
        account = read_account(raw, self.hook_origin)
        self._enter(account)
        self.hub.tell("accounts", {})
        return account

    def _enter(self, account: Account) -> None:
        self.accounts[account.id] = account
        if account.platform == "weibo":
            self.weibo.tokens.adopt(account)
            self.weibo.official[account.secret("uid")] = account.name
        if account.platform == "telegram":
            self.telegram.adopt(account)

    def citizen(self, account: Account, name: str) -> Citizen:
        """The citizen of this name on this account; new ones follow the account."""
        found = self.people.get((account.id, name))
        if found is None:
            found = Citizen(name, citizen_id(account, name))
            self.people[account.id, name] = self.by_pid[account.id, found.pid] = found
        return found

    def person(self, account: Account, pid: str) -> Citizen | None:
        """The citizen with this platform id, None if the account never met them."""
        return self.by_pid.get((account.id, pid))

    def of_platform(self, platform: str) -> list[Account]:
        return [account for account in self.accounts.values() if account.platform == platform]

    def stamp_once(self, account: Account, citizen: Citizen) -> int:
        """A creation time in whole seconds, never twice for one citizen: people do not type twice in a second, and
        platforms whose dedup key is sender + time (Weibo, WeChat events) rely on that."""
        stamp = max(int(self.clock.stamp()), account.last_stamp.get(citizen.pid, 0) + 1)
        account.last_stamp[citizen.pid] = stamp
        return stamp

    def publish(self, account: Account, post: Mapping[str, Any]) -> None:
        """Show a post on the page's timelines."""
        row = {"account": account.id, "platform": account.platform, "time": self.clock.stamp(), **post}
        self.posts.append(row)
        del self.posts[:-POSTS_SHOWN]
        self.hub.tell("post", row)

    def change_post(self, account: Account, post_id: str, changes: Mapping[str, Any]) -> None:
        """Mark a published post as edited, pinned or deleted."""
        for row in self.posts:
            if row["account"] == account.id and row["id"] == post_id:
                row.update(changes)
                self.hub.tell("post", row)
