"""What an account's credentials say, and whether they can be right."""

import importlib.util
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from policies.facts import AccountFacts

OFFICIAL = "https://api.telegram.org"
_TOKEN = re.compile(r"[A-Za-z0-9:_-]{3,200}")
_OFFICIAL_TOKEN = re.compile(r"[0-9]{3,20}:[A-Za-z0-9_-]{30,100}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")  # core.telegram.org/bots/api#setwebhook
_CHAT = re.compile(r"-?[0-9]{1,19}|@[A-Za-z][A-Za-z0-9_]{2,63}")
_USERNAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{2,63}")
_ANY_TOKEN = re.compile(r"[0-9]{3,20}(?::|%3A)[A-Za-z0-9_-]{20,}", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class Keys:
    """The credentials of one account, as text. The repr shows nothing secret."""

    token: str = field(repr=False)
    secret: str = field(repr=False)
    chat_id: str  # the account's own channel or group: a number or @name; "" = none
    mode: str  # "webhook" or "polling"
    proxy: str = field(repr=False)
    origin: str  # without a slash at the end
    username: str  # the bot's own name without @; "" = not known

    @property
    def polling(self) -> bool:
        """Whether this account fetches its updates itself."""
        return self.mode == "polling"

    @property
    def bot_id(self) -> int:
        """The bot's own user id: the digits before the token's colon; 0 = not readable."""
        head = self.token.partition(":")[0]
        return int(head) if head.isascii() and head.isdigit() and len(head) < 19 else 0

    def hide(self, text: object, limit: int = 200) -> str:
        """`text` on one line, cut, with the token, the secret and the proxy's password blacked out."""
        words = _CONTROL.sub(" ", str(text))
        for secret in self._secrets():
            words = words.replace(secret, "***")
        return _ANY_TOKEN.sub("***", words)[:limit].strip()

    def _secrets(self) -> Iterator[str]:
        for secret in (self.token, quote(self.token, safe=""), self.secret, self.proxy, _password(self.proxy)):
            if len(secret) >= 3:
                yield secret


def _password(proxy: str) -> str:
    try:
        return urlsplit(proxy).password or ""
    except ValueError:
        return ""


def keys_of(account: AccountFacts) -> Keys:
    """Read the credentials; wrong types become text, so that nothing raises later. `validate` says what is wrong."""
    found = {name: _text(value) for name, value in account.credentials.items()}
    return Keys(
        token=found.get("bot_token", ""),
        secret=found.get("secret_token", ""),
        chat_id=found.get("chat_id", ""),
        mode=found.get("mode", "") or "webhook",
        proxy=found.get("proxy", ""),
        origin=(_text(account.base_url) or OFFICIAL).rstrip("/"),
        username=found.get("username", "").removeprefix("@"),
    )


def _text(value: object) -> str:
    return "" if value is None or isinstance(value, bool) else str(value).strip()


def validate(account: AccountFacts) -> list[str]:
    """What is wrong, in words for staff; empty = fine. No network.

    With another `base_url` (a local Bot API server, the sandbox) any token of safe characters is accepted.
    """
    keys = keys_of(account)
    return [words for wrong, words in _checks(keys) if wrong]


def _checks(keys: Keys) -> Iterator[tuple[bool, str]]:
    pattern = _OFFICIAL_TOKEN if keys.origin == OFFICIAL else _TOKEN
    yield (
        not pattern.fullmatch(keys.token),
        "bot_token 不像 BotFather 发的令牌（数字:字母）/ bot_token does not look like a token of BotFather",
    )
    yield keys.mode not in ("webhook", "polling"), "mode 只能是 webhook 或 polling / mode must be webhook or polling"
    missing = not keys.polling and not keys.secret
    yield missing, "缺少 secret_token：没有它无法相信推送 / secret_token is missing: without it no push can be believed"
    wrong = bool(keys.secret) and not _SECRET.fullmatch(keys.secret)
    yield wrong, "secret_token 只能有 1–256 个 A-Z a-z 0-9 _ - / secret_token: 1-256 of A-Z a-z 0-9 _ -"
    yield bool(keys.chat_id) and not _CHAT.fullmatch(keys.chat_id), "chat_id 应是数字或 @名称 / chat_id must be a number or @name"
    yield bool(keys.username) and not _USERNAME.fullmatch(keys.username), "username 不是机器人用户名 / username is not a bot's name"
    yield not _is_origin(keys.origin), "base_url 应是 http(s) 地址，不带参数 / base_url must be an http(s) address without a query"
    yield bool(keys.proxy) and not _is_proxy(keys.proxy), "proxy 应是 http(s):// 地址 / proxy must be an http(s) address"


def _is_origin(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port_fine = parts.port is None or parts.port > 0
    except ValueError:
        return False
    clean = not (parts.query or parts.fragment or parts.username or parts.password or set(url) & set("{}% \\"))
    return parts.scheme in ("http", "https") and bool(parts.hostname) and port_fine and clean


def _is_proxy(url: str) -> bool:
    try:
        parts = urlsplit(url)
        known = parts.port is None or parts.port > 0
    except ValueError:
        return False
    socks = parts.scheme in ("socks5", "socks5h") and importlib.util.find_spec("socksio") is not None
    return known and bool(parts.hostname) and (parts.scheme in ("http", "https") or socks)
