"""What is fixed about Weibo (limits.toml) and what an account brings: addresses, credentials, tier."""

import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from connectors.contract import Limits, load_limits
from policies.facts import AccountFacts, WindowRule, WindowTrigger

LIMITS: Mapping[str, Any] = load_limits(Path(__file__).with_name("limits.toml"))
DEFAULT_TIER = "daily100"
SECRETS = ("app_secret", "access_token", "fan_access_token")
REQUIRED = {"app_key": "App Key", "app_secret": "App Secret", "access_token": "access_token", "uid": "uid"}
_CARRIED = re.compile(r"[\x21-\x7e]+")  # a signature, an address and a form field carry these on every server


def credential(account: AccountFacts, name: str) -> str:
    """One credential as text without outer blanks; "" = not given. Numbers (a uid as int) are welcome."""
    value = account.credentials.get(name)
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def origin(account: AccountFacts, host: str) -> str:
    """The origin for one of [hosts]: the account's base_url, which replaces them all, else the official one (facts §1.1)."""
    return account.base_url.strip().rstrip("/") or str(LIMITS["hosts"][host])


def tier(account: AccountFacts) -> Mapping[str, Any]:
    """The quota row of this account: credentials `tier`, else its kind, else the strictest."""
    tiers = LIMITS["tiers"]
    chosen: Mapping[str, Any] = tiers.get(credential(account, "tier")) or tiers.get(account.kind) or tiers[DEFAULT_TIER]
    return chosen


def limits(account: AccountFacts) -> Limits:
    """The limits of this account, for private replies; `outgoing.text_limit` has those of comments."""
    sending, private = LIMITS["sending"], LIMITS["private"]
    return Limits(
        text_max=private["text_max"],
        text_unit=private["text_unit"],
        windows={WindowTrigger(name): _window(rule) for name, rule in LIMITS["windows"].items()},
        reserve=sending["reserve"],
        per_second=sending["per_second"],
        per_citizen_seconds=sending["per_citizen_seconds"],
        poll_seconds=tier(account)["poll_seconds"],
        webhook_budget=sending["webhook_budget"],
        health_seconds=LIMITS["health"]["seconds"],
    )


def _window(rule: Mapping[str, Any]) -> WindowRule:
    return WindowRule(
        seconds=None if rule["seconds"] < 0 else float(rule["seconds"]),
        count=None if rule["count"] < 0 else int(rule["count"]),
    )


def validate(account: AccountFacts) -> list[str]:
    """What cannot possibly work in the account's settings, in words for staff; empty = fine. No network.

    No demand on the look of keys, tokens and uids (gateways and test servers have their own), and none on `safe_domain`,
    which is asked only by the platform's own console.
    """
    found = [f"缺少 {label}（{name}） / {name} is missing" for name, label in REQUIRED.items() if not credential(account, name)]
    found += [
        f"{name} 含有空格、中文或控制字符 / {name} has blanks or characters beyond ASCII"
        for name in (*REQUIRED, "fan_access_token")
        if (value := credential(account, name)) and not _CARRIED.fullmatch(value)
    ]
    found += _wrong_base(account.base_url.strip())
    if (wanted := credential(account, "tier")) and wanted not in LIMITS["tiers"]:
        found.append(f"tier 只能是 {'、'.join(LIMITS['tiers'])} / unknown tier")
    if (rip := credential(account, "rip")) and not _is_address(rip):
        found.append("rip 应为本服务器的公网出口 IP / rip must be the server's public egress address")
    return found


def _wrong_base(base: str) -> list[str]:
    if not base:
        return []
    try:
        parts = urlsplit(base)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and not (parts.query or parts.fragment or parts.username)
        _ = parts.port
    except ValueError:
        fine = False
    return [] if fine else ["base_url 应形如 https://主机:端口 / base_url must be a plain web origin"]


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
