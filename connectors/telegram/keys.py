"""What an account's credentials say, and whether they can be right."""

import importlib.util
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from policies.facts import AccountFacts

OFFICIAL = "https://api.telegram.org"
_IN_PATH = re.compile(r"[\x21-\x7e]+")  # the token stands in the address, the secret in a header
_ENDS_PATH = frozenset("?#\\")
_ANY_TOKEN = re.compile(r"[0-9]{3,20}(?::|%3A)[A-Za-z0-9_-]{20,}", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class Keys:
    """The credentials of one account, as text. The repr shows nothing secret."""

    token: str = field(repr=False)
    secret: str = field(repr=False)
    chat_id: str  # the account's own channel or group: a number or @name (others are for health to report); "" = none
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
        mode=found.get("mode", "").lower() or "webhook",
        proxy=found.get("proxy", ""),
        origin=(_text(account.base_url) or OFFICIAL).rstrip("/"),
        username=found.get("username", "").removeprefix("@"),
    )


def _text(value: object) -> str:
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def validate(account: AccountFacts) -> list[str]:
    """What cannot possibly work, in words for staff; empty = fine. No network.

    No demand on the look of tokens, secrets and chats: local Bot API servers and gateways have their own. Without a
    `secret_token` a webhook is refused here, because every push would be refused later: nothing else proves its origin.
    """
    keys = keys_of(account)
    return [words for wrong, words in _checks(keys) if wrong]


def _checks(keys: Keys) -> Iterator[tuple[bool, str]]:
    yield not keys.token, "缺少 bot_token（BotFather 发的令牌）/ bot_token is missing: BotFather gives it"
    unfit = bool(keys.token) and (not _IN_PATH.fullmatch(keys.token) or bool(_ENDS_PATH & set(keys.token)))
    yield unfit, "bot_token 含有空格、中文或 ? # \\ 等不能放进网址的字符 / bot_token has characters an address cannot carry"
    yield keys.mode not in ("webhook", "polling"), "mode 只能是 webhook 或 polling / mode must be webhook or polling"
    missing = not keys.polling and not keys.secret
    yield (
        missing,
        "缺少 secret_token：没有它，所有推送都会被拒收（或把 mode 设为 polling）"
        " / secret_token is missing: without it every push would be refused (or set mode to polling)",
    )
    wrong = bool(keys.secret) and not _IN_PATH.fullmatch(keys.secret)
    yield wrong, "secret_token 含有空格、中文或控制字符 / secret_token has blanks or characters beyond ASCII"
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
