"""How often an account may be polled: from the quota the platform reports, else from the account's tier."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.contract import Tools
from connectors.weibo import wire
from connectors.weibo.config import LIMITS, tier
from policies.facts import AccountFacts

UNITS = {"HOURS": 3600.0, "HOUR": 3600.0, "DAYS": 86400.0, "DAY": 86400.0}
KEEP_SECONDS = 86400.0


def again_in(account: AccountFacts, calls: int, tools: Tools) -> float:
    """Seconds to the next poll, so that `calls` (those of this poll) at this pace stay within the reading share of the quota."""
    poll, row = LIMITS["poll"], tier(account)
    quota = recall(account, tools)
    unit, limit = UNITS.get(str(quota.get("unit", "")).upper()), quota.get("user_limit")
    if unit and isinstance(limit, int) and limit > 0:
        return float(max(poll["least_seconds"], calls * unit / max(1.0, limit * poll["read_share"])))
    return float(max(row["poll_seconds"], calls * row["per"] / row["reads"]))


def remember(account: AccountFacts, quota: Mapping[str, Any], tools: Tools) -> None:
    """Keep a measured quota for a day: it says more about this account than any page does."""
    tools.tokens.put(_key(account), json.dumps({**quota, "at": tools.now.isoformat()}), KEEP_SECONDS)


def recall(account: AccountFacts, tools: Tools) -> dict[str, Any]:
    """The last measured quota; {} when there is none or it is unreadable."""
    try:
        kept = wire.load(tools.tokens.get(_key(account)) or "{}", depth_max=5)
    except ValueError:
        return {}
    return kept if isinstance(kept, dict) else {}


def is_fresh(quota: Mapping[str, Any], now: datetime) -> bool:
    """Whether a remembered quota is recent enough not to spend a call on a new one."""
    try:
        age = (now - datetime.fromisoformat(wire.words(quota.get("at")))).total_seconds()
    except (ValueError, TypeError):
        return False
    return 0 <= age < float(LIMITS["poll"]["quota_every"])


def _key(account: AccountFacts) -> str:
    return f"weibo:quota:{account.id}"
