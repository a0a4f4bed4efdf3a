"""The limits of limits.toml, read once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from connectors.contract import Limits, load_limits
from connectors.telegram.keys import keys_of
from policies.facts import AccountFacts, WindowRule, WindowTrigger

DATA: Mapping[str, Any] = load_limits(Path(__file__).with_name("limits.toml"))

_TRIGGERS = [trigger for trigger in WindowTrigger if trigger is not WindowTrigger.NONE]


def limits(account: AccountFacts) -> Limits:
    """The limits of this account. Polled only in polling mode; groups and channels have the slower pace."""
    pace = DATA["pace"]
    window = WindowRule(DATA["window"]["seconds"] or None, DATA["window"]["count"] or None)
    slow = account.kind in pace["group_kinds"]
    return Limits(
        text_max=DATA["text"]["max"],
        text_unit=DATA["text"]["unit"],
        windows=dict.fromkeys(_TRIGGERS, window),
        reserve=0,
        per_second=pace["per_second"],
        per_citizen_seconds=pace["per_group_seconds"] if slow else pace["per_citizen_seconds"],
        poll_seconds=DATA["polling"]["poll_seconds"] if keys_of(account).polling else 0,
        webhook_budget=DATA["webhook"]["budget_seconds"],
    )
