"""WeChat's limits, read once from limits.toml."""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from connectors.contract import Limits, load_limits
from policies.facts import AccountFacts, WindowRule, WindowTrigger


@cache
def table() -> Mapping[str, Any]:
    """All limits by section, as in limits.toml."""
    return load_limits(Path(__file__).with_name("limits.toml"))


def kind(account: AccountFacts) -> Mapping[str, Any]:
    """What the account's kind may do. Kinds come from files of others: case and spelling do not count, and an unknown
    word is taken as a service account, whose rights the platform itself then grants or refuses.
    """
    kinds: Mapping[str, Any] = table()["kinds"]
    found: Mapping[str, Any] = kinds[_names().get(_spelled(account.kind), table()["account"]["default_kind"])]
    return found


@cache
def _names() -> Mapping[str, str]:
    return {_spelled(name): which for which, row in table()["kinds"].items() for name in row["names"]}


def _spelled(name: str) -> str:
    return re.sub(r"[\s_-]+", "", unicodedata.normalize("NFKC", name)).casefold()


def is_subscription(account: AccountFacts) -> bool:
    """Whether it is a subscription account (订阅号, newer name 公众号)."""
    return bool(kind(account)["family"] == "subscription")


def may_write_first(account: AccountFacts) -> bool:
    """Whether customer-service messages are tried: not for accounts that say they are uncertified (facts §3.3)."""
    return bool(kind(account)["customer_service"])


def limits_of(account: AccountFacts) -> Limits:
    """The limits of this account. One without customer-service messages has no windows: it only answers in the webhook."""
    data = table()
    pace = data["pace"]
    return Limits(
        text_max=data["text"]["max"],
        text_unit=data["text"]["unit"],
        windows=_windows() if may_write_first(account) else {},
        reserve=pace["reserve"],
        per_second=pace["per_second"],
        per_citizen_seconds=pace["per_citizen_seconds"],
        poll_seconds=pace["poll_seconds"],
        webhook_budget=pace["webhook_budget"],
    )


@cache
def _windows() -> Mapping[WindowTrigger, WindowRule]:
    return {WindowTrigger(name): WindowRule(rule["seconds"], rule["count"]) for name, rule in table()["windows"].items()}
