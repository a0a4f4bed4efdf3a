"""An account's credentials: untrusted JSON, read carefully, and judged in words for staff."""

import re
from urllib.parse import urlsplit

from connectors.wechat.limits import table
from policies.facts import AccountFacts

OFFICIAL_ORIGIN = "https://api.weixin.qq.com"
PLAIN, COMPAT, SAFE = "plain", "compat", "safe"
MODES = (PLAIN, COMPAT, SAFE)

AES_KEY = re.compile(r"[A-Za-z0-9]{43}")
_APP_ID = re.compile(r"wx[A-Za-z0-9_-]{1,62}")
_SECRET = re.compile(r"[\x21-\x7e]{1,256}")
_TOKEN = re.compile(r"[\x21-\x7e]{3,64}")


def text(account: AccountFacts, name: str) -> str:
    """One credential, or "" when it is absent or not a text."""
    value = account.credentials.get(name)
    return value if isinstance(value, str) else ""


def mode(account: AccountFacts) -> str:
    """The receiving mode; anything but the three known words counts as the strictest."""
    value = text(account, "mode")
    return value if value in MODES else SAFE


def origin(account: AccountFacts) -> str:
    """The platform's origin for this account, without a slash at the end."""
    return (account.base_url or OFFICIAL_ORIGIN).rstrip("/")


def validate(account: AccountFacts) -> list[str]:
    """What is wrong with kind, base_url or credentials, in words for staff; empty = fine. No network.

    Source of the forms: 公众平台 › 设置与开发 › 基本配置, and facts §1.4 for EncodingAESKey.
    """
    return [words for words in (_kind(account), _base_url(account), *_secrets(account), *_receiving(account)) if words]


def _kind(account: AccountFacts) -> str:
    known = table()["kinds"]
    if not account.kind or account.kind in known:
        return ""
    return f"账号类型无效：请填写 {'、'.join(known)} 之一 (unknown kind of account)"


def _base_url(account: AccountFacts) -> str:
    if not account.base_url:
        return ""
    try:
        parts = urlsplit(account.base_url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return "接口地址 base_url 无法识别 (base_url is not an address)"
    if not good or parts.query or parts.fragment or parts.username is not None or "?" in account.base_url:
        return "接口地址 base_url 必须是 http(s)://主机[:端口]，不带用户名和参数 (base_url must be an origin without query)"
    return ""


def _secrets(account: AccountFacts) -> list[str]:
    found = []
    if not _APP_ID.fullmatch(text(account, "app_id")):
        found.append("app_id（开发者ID）应以 wx 开头 (app_id must start with wx)")
    if not _SECRET.fullmatch(text(account, "app_secret")):
        found.append("app_secret（开发者密码）缺失或含有空格、中文等字符 (app_secret is missing or malformed)")
    if not _TOKEN.fullmatch(text(account, "token")):
        found.append("token（令牌）应为 3 到 32 位英文或数字，并与公众平台服务器配置一致 (token is missing or malformed)")
    return found


def _receiving(account: AccountFacts) -> list[str]:
    found = []
    if text(account, "mode") not in MODES:
        found.append("mode（消息加解密方式）应为 plain（明文）、compat（兼容）或 safe（安全） (mode must be plain, compat or safe)")
    key = text(account, "aes_key")
    if (key or mode(account) != PLAIN) and not AES_KEY.fullmatch(key):
        found.append("aes_key（EncodingAESKey）应为 43 位英文或数字 (aes_key must be 43 letters and digits)")
    previous = account.credentials.get("aes_key_previous")
    if previous and not AES_KEY.fullmatch(text(account, "aes_key_previous")):
        found.append("aes_key_previous（更换前的 EncodingAESKey）应为 43 位英文或数字 (aes_key_previous must be 43 letters and digits)")
    return found
