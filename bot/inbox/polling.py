"""Fetching what platforms do not push: one worker at a time per account, events stored before the cursor moves."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from bot import clock
from bot.channels.actions import needs_reconnect
from bot.channels.models import Account, AccountState
from bot.channels.queries import facts_of
from bot.channels.registry import connector_for
from bot.channels.shared import token_store
from bot.inbox.models import Poll
from bot.inbox.rows import NewRow, insert, insert_apart, parameters
from bot.vault import Sealed
from connectors.contract import Polled, Tools

LEASE = timedelta(seconds=90)
LEAST_WAIT = 1.0  # seconds
AFTER_ERROR = 60.0


def claim_polls(worker: str, limit: int, now: datetime) -> list[Poll]:
    """Take accounts whose poll is due."""
    _add_missing(now)
    due = Poll.objects.filter(next_at__lte=now, account__state=AccountState.ACTIVE).filter(Q(lease_until=None) | Q(lease_until__lt=now))
    return _claim(due, worker, limit, now) if due.exists() else []


@transaction.atomic
def _claim(due: QuerySet[Poll], worker: str, limit: int, now: datetime) -> list[Poll]:
    rows = list(due.select_for_update(skip_locked=True, of=("self",)).select_related("account").order_by("next_at")[:limit])
    for row in rows:
        row.lease_owner, row.lease_until = worker, now + LEASE
    Poll.objects.bulk_update(rows, ["lease_owner", "lease_until"])
    return rows


def _add_missing(now: datetime) -> None:
    """Accounts whose platform and settings ask for polling get their row."""
    new = [account for account in Account.objects.filter(poll=None) if _polled(account)]
    if new:
        Poll.objects.bulk_create([Poll(account=account, next_at=now) for account in new], ignore_conflicts=True)


def _polled(account: Account) -> bool:
    """Whether this account is to be polled; its credentials may say so."""
    try:
        return connector_for(account.platform).limits(facts_of(account)).poll_seconds > 0
    except Sealed:
        return False


def poll(row: Poll, now: datetime) -> int:
    """One poll of a claimed row; returns how many new events it brought."""
    try:
        facts = facts_of(row.account)
    except Sealed as error:
        polled = Polled((), row.cursor, 3600.0, error=str(error))
    else:
        polled = connector_for(facts.platform).poll(facts, row.cursor, Tools(token_store(), now, timeout=15.0))
    return _store(row, polled, clock.now())


def _store(row: Poll, polled: Polled, now: datetime) -> int:
    rows = [NewRow(row.account_id, row.account.department_id, event, now, now) for event in polled.events]
    try:
        with transaction.atomic():
            if rows:
                insert(rows, [parameters(row) for row in rows])
            _finish(row, polled, now, moved=True)
    except Exception:
        errors = insert_apart(rows)
        _finish(row, polled, now, moved=not any(errors))
    if polled.reconnect:
        needs_reconnect(row.account, polled.error, now)
    return sum(new.fresh for new in rows)


def _finish(row: Poll, polled: Polled, now: datetime, *, moved: bool) -> None:
    wait = max(LEAST_WAIT, polled.again_in or AFTER_ERROR)
    ours = Poll.objects.filter(pk=row.pk, lease_owner=row.lease_owner)
    fields = {"next_at": now + timedelta(seconds=wait), "lease_until": None, "error": polled.error[:500]}
    ours.update(**fields, **({"cursor": dict(polled.cursor)} if moved else {}))
