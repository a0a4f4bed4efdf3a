"""The accounts the pretend platforms know, and the citizens who write to them."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.sandbox.windows import Windows

PLATFORMS = ("wechat", "weibo", "telegram")
WECHAT_MODES = ("plain", "compat", "safe")
NEEDED = {
    "wechat": ("app_id", "app_secret", "token"),
    "weibo": ("app_key", "app_secret", "access_token", "uid"),
    "telegram": ("bot_token",),
}


class BadAccount(ValueError):
    """The account cannot be taken; the text says why and carries no credential."""


@dataclass(slots=True)
class Account:
    """One social account as its platform sees it."""

    id: str
    platform: str
    name: str
    department: str = ""
    kind: str = ""
    credentials: dict[str, Any] = field(default_factory=dict, repr=False)
    hook_url: str = ""
    verified: str = ""  # "", "yes" or what went wrong when the platform asked the hook to prove itself
    last_stamp: dict[str, int] = field(default_factory=dict, repr=False)

    def secret(self, name: str) -> str:
        """A credential as text, "" if absent."""
        return str(self.credentials.get(name) or "")

    @property
    def certified(self) -> bool:
        """Only an account that says it is not has no customer-service messages: government accounts normally are."""
        return not self.kind.endswith("_uncertified")

    @property
    def origin_id(self) -> str:
        """WeChat's gh_… id, the ToUserName of every push."""
        return self.secret("original_id") or "gh_" + digest(self.secret("app_id"))[:12]

    def public(self) -> dict[str, Any]:
        """What the page may see: no credential."""
        return {
            "id": self.id, "platform": self.platform, "name": self.name, "department": self.department, "kind": self.kind,
            "hook_url": self.hook_url, "verified": self.verified,
        }  # fmt: skip


@dataclass(slots=True)
class Citizen:
    """One person as one account sees them."""

    name: str
    pid: str  # openid, uid or Telegram user id
    windows: Windows = field(default_factory=Windows)
    following: bool = True
    last_act: float = 0.0  # clock of the last thing they did
    typing_until: float = 0.0


def digest(text: str) -> str:
    """A stable hexadecimal name for a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def citizen_id(account: Account, name: str) -> str:
    """The platform's id of a citizen: stable, different on each WeChat account, as in life."""
    if account.platform == "wechat":
        return "o" + digest(f"{account.secret('app_id')}:{name}")[:27]
    first = 5_000_000_000 if account.platform == "weibo" else 1_000_000_000
    return str(first + int(digest(f"{account.platform}:{name}")[:12], 16) % 3_000_000_000)


def read_account(raw: Mapping[str, Any], hook_origin: str) -> Account:
    """An account from the file or from POST /sim/accounts. Raises BadAccount."""
    if not isinstance(raw, Mapping):
        raise BadAccount("an account must be an object")
    account_id, platform = str(raw.get("id") or ""), str(raw.get("platform") or "")
    if not re.fullmatch(r"[A-Za-z0-9_.:-]{1,100}", account_id):
        raise BadAccount("id must be 1 to 100 letters, digits or _.:-")
    if platform not in PLATFORMS:
        raise BadAccount(f"platform must be one of {', '.join(PLATFORMS)}")
    credentials = raw.get("credentials")
    if not isinstance(credentials, Mapping):
        raise BadAccount("credentials must be an object")
    account = Account(
        id=account_id,
        platform=platform,
        name=str(raw.get("name") or account_id),
        department=str(raw.get("department") or ""),
        kind=str(raw.get("kind") or ""),
        credentials=dict(credentials),
        hook_url=_hook(raw, hook_origin, platform, account_id),
    )
    _check(account)
    return account


def _hook(raw: Mapping[str, Any], origin: str, platform: str, account_id: str) -> str:
    given = raw.get("hook_url")
    if given is not None:
        return str(given)
    return f"{origin.rstrip('/')}/hooks/{platform}/{account_id}" if origin else ""


def _check(account: Account) -> None:
    missing = [name for name in NEEDED[account.platform] if not account.secret(name)]
    if missing:
        raise BadAccount(f"credentials lack {', '.join(missing)}")
    if account.platform == "wechat":
        _check_wechat(account)
    if account.platform == "weibo" and not account.secret("uid").isdigit():
        raise BadAccount("uid must be a number")


def _check_wechat(account: Account) -> None:
    account.kind = _wechat_kind(account.kind)
    mode = account.credentials["mode"] = account.secret("mode") or ("safe" if account.secret("aes_key") else "plain")
    if mode not in WECHAT_MODES:
        raise BadAccount(f"mode must be one of {', '.join(WECHAT_MODES)}")
    if mode != "plain" and not re.fullmatch(r"[A-Za-z0-9+/]{43}", account.secret("aes_key")):
        raise BadAccount("aes_key must be 43 letters and digits")


def _wechat_kind(given: str) -> str:
    """service or subscription, certified or not; a word nobody knows is a certified service account, as for the connector."""
    kind = given.strip().lower()
    bare = kind.removeprefix("未认证").removeprefix("已认证").removeprefix("认证")
    family = "subscription" if bare.startswith(("subscription", "订阅号", "公众号")) else "service"
    return family + ("_uncertified" if kind.endswith("uncertified") or kind.startswith("未认证") else "_certified")
