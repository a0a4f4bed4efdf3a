"""Asking platforms how their accounts are, and telling them where we are."""

import hashlib
import json
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from bot.channels.actions import note_health
from bot.channels.models import Account, AccountState
from bot.channels.queries import facts_of, hook_of, limits_of
from bot.channels.registry import connector_for
from bot.channels.shared import token_store
from bot.vault import Sealed
from connectors.contract import Tools
from policies.facts import AccountFacts, Health, HealthReport


@transaction.atomic
def claim_health(now: datetime, limit: int) -> list[Account]:
    """Accounts that are to be asked now; the next moment is written first, so that one process asks."""
    due = Account.objects.exclude(state=AccountState.PAUSED).filter(Q(next_health_at=None) | Q(next_health_at__lte=now))
    rows = list(due.order_by("next_health_at", "pk").select_for_update(skip_locked=True, of=("self",))[:limit])
    for row in rows:
        Account.objects.filter(pk=row.pk).update(next_health_at=now + timedelta(seconds=limits_of(row).health_seconds))
    return rows


def check_health(account: Account, now: datetime) -> HealthReport:
    """Ask the platform about one account now, and keep what it says. First it is told where the hook is, if that has changed."""
    try:
        facts = facts_of(account)
        report = tell_hook(account, facts, now)
        if report is None or report.health in (Health.OK, Health.DEGRADED):
            report = connector_for(facts.platform).health(facts, Tools(token_store(), now))
    except Sealed as error:
        report = HealthReport(Health.RECONNECT, str(error))
    note_health(account, report, now)
    return report


def tell_hook(account: Account, facts: AccountFacts, now: datetime) -> HealthReport | None:
    """Tell the platform the hook's address when it, or the account's settings, are new to it; None when they are not."""
    address = hook_of(account)
    told = hashlib.sha256(json.dumps([address, facts.base_url, dict(facts.credentials)], sort_keys=True).encode()).hexdigest()
    if account.hook_told == told:
        return None
    report = connector_for(facts.platform).hook_changed(facts, address, Tools(token_store(), now))
    if report.health in (Health.OK, Health.DEGRADED):
        Account.objects.filter(pk=account.pk).update(hook_told=told)
    return report
