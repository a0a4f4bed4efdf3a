"""What both of WeCom's means share: limits, codes, the origin and what an address may look like."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from connectors.contract import load_limits
from connectors.http import Meaning
from connectors.wecom.errors import table
from policies.facts import AccountFacts

LIMITS: Mapping[str, Any] = load_limits(Path(__file__).with_name("limits.toml"))
CODES: Mapping[int, Meaning] = table(LIMITS["waits"]["over_limit"], LIMITS["waits"]["busy"])
MOBILE = re.compile(r"1\d{10}")
MEMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-@.]{0,63}")  # path/90195: a userid
CREDENTIAL = re.compile(r"[\x21-\x7e]{1,200}")


def origin(gateway: AccountFacts) -> str:
    """The platform's own origin, or the one that replaces it."""
    return gateway.base_url or str(LIMITS["origin"]["api"])


def credential(gateway: AccountFacts, name: str) -> str:
    """One credential as text; "" = not given."""
    value = gateway.credentials.get(name)
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def lacking(gateway: AccountFacts, names: Mapping[str, str]) -> list[str]:
    """What is missing or malformed among these credentials, in words."""
    return [f"{label} 不对 / is wrong" for name, label in names.items() if not CREDENTIAL.fullmatch(credential(gateway, name))]


def size(text: str) -> int:
    """Bytes, as the platform counts."""
    return len(text.encode())
