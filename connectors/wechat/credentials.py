"""An account's credentials: untrusted JSON, read carefully, and judged in words for staff."""

import json
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from policies.facts import AccountFacts

OFFICIAL_ORIGIN = "https://api.weixin.qq.com"
PLAIN, COMPAT, SAFE = "plain", "compat", "safe"
MODES = (PLAIN, COMPAT, SAFE)

_MODE_WORDS = {"明文模式": PLAIN, "明文": PLAIN, "兼容模式": COMPAT, "兼容": COMPAT, "安全模式": SAFE, "安全": SAFE}

AES_KEY = re.compile(r"[A-Za-z0-9+/]{43}")  # the platform makes letters and digits only; base64 of 32 bytes may have the others
_CARRIED = re.compile(r"[\x21-\x7e]+")  # a signature, an address and a JSON field carry these on every server


def text(account: AccountFacts, name: str) -> str:
    """One credential without outer blanks; "" when it is absent or neither text nor whole number."""
    value = account.credentials.get(name)
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def mode(account: AccountFacts) -> str:
    """The receiving mode. Not given: safe where there is a key, else plain. A word nobody knows counts as the strictest."""
    value = text(account, "mode").lower()
    if not value:
        return SAFE if text(account, "aes_key") else PLAIN
    value = _MODE_WORDS.get(value, value)
    return value if value in MODES else SAFE


def origin(account: AccountFacts) -> str:
    """The platform's origin for this account, without a slash at the end."""
    return (account.base_url or OFFICIAL_ORIGIN).rstrip("/")


def validate(account: AccountFacts) -> list[str]:
    """What cannot possibly work in base_url or credentials, in words for staff; empty = fine. No network.

    No demand on the look of ids and secrets: private gateways and test servers give out others than the platform.
    Any kind is taken (limits.kind). Source: 公众平台 › 设置与开发 › 基本配置, and facts §1.4 for EncodingAESKey.
    """
    return [words for words in (_base_url(account), *_secrets(account), *_receiving(account), *_template(account)) if words]


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


_NEEDED = {"app_id": "开发者ID", "app_secret": "开发者密码", "token": "令牌，与公众平台服务器配置一致"}


def _secrets(account: AccountFacts) -> list[str]:
    found = []
    for name, label in _NEEDED.items():
        value = text(account, name)
        if not value:
            found.append(f"缺少 {name}（{label}） ({name} is missing)")
        elif not _CARRIED.fullmatch(value):
            found.append(f"{name}（{label}）含有空格、中文或控制字符 ({name} has blanks or characters beyond ASCII)")
    return found


def _receiving(account: AccountFacts) -> list[str]:
    wanted = text(account, "mode").lower()
    if wanted and _MODE_WORDS.get(wanted, wanted) not in MODES:
        return ["mode（消息加解密方式）应为 plain（明文）、compat（兼容）或 safe（安全） (mode must be plain, compat or safe)"]
    if mode(account) == PLAIN:
        return []  # keys are not needed; a broken one is not used
    found = []
    if not AES_KEY.fullmatch(text(account, "aes_key")):
        found.append("aes_key（EncodingAESKey）应为 43 位英文或数字 (aes_key must be 43 letters and digits)")
    previous = account.credentials.get("aes_key_previous")
    if previous and not AES_KEY.fullmatch(text(account, "aes_key_previous")):
        found.append("aes_key_previous（更换前的 EncodingAESKey）应为 43 位英文或数字 (aes_key_previous must be 43 letters and digits)")
    return found


TEMPLATE_WORDS = frozenset({"number", "title", "time"})


def template_fields(account: AccountFacts) -> Mapping[str, str] | None:
    """Which field of the account's template takes which word; None where the credentials name none, or none that can be read.

    Written as a JSON object, in an import file also as the object itself.
    """
    given = account.credentials.get("template_fields")
    if isinstance(given, str) and given.strip():
        try:
            given = json.loads(given)
        except (ValueError, RecursionError):
            return None
    if not isinstance(given, Mapping) or not given:
        return None
    good = {str(name)[:40]: word for name, word in given.items() if isinstance(word, str) and word in TEMPLATE_WORDS}
    return good if len(good) == len(given) else None


def _template(account: AccountFacts) -> list[str]:
    if account.credentials.get("template_fields") in (None, "", {}) or template_fields(account):
        return []
    example = '{"thing1": "title", "character_string2": "number", "time3": "time"}'
    return [f"template_fields 应为 JSON 对象，例如 {example} (template_fields maps template fields to title, number or time)"]
