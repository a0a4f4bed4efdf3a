"""What a work process does, job by job. Every job finds its work in the database, so any number of processes may run them all."""

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from django.db import close_old_connections, transaction
from django.db.models import Q

from bot.channels.actions import note_health
from bot.channels.models import Account, AccountState
from bot.channels.queries import facts_of, limits_of
from bot.channels.registry import connector_for
from bot.channels.shared import token_store
from bot.dialogue.reading import rasa
from bot.dialogue.sweep import sweep
from bot.inbox.polling import claim_polls, poll
from bot.outbox.actions import LEASE, claim, reconnected, renew
from bot.outbox.models import Delivery
from bot.outbox.sending import check, send
from bot.outbox.settling import claim_checks, doubt_expired
from bot.supervision.balance import concerned, current
from bot.tickets.actions import lapse_claims
from bot.tickets.fetching import claim_attachments, fetch
from bot.vault import Sealed
from bot.worker.loops import Job
from connectors.contract import Tools
from policies.facts import Health, HealthReport

log = logging.getLogger(__name__)
SENDERS = 32


class Work:
    """The jobs of one process."""

    def __init__(self, wake: threading.Event) -> None:
        self.name = f"{socket.gethostname()[:30]}-{os.getpid()}-{secrets.token_hex(3)}"
        self._wake = wake
        self._pool = ThreadPoolExecutor(SENDERS, thread_name_prefix="send")
        self._flying: set[int] = set()
        self._lock = threading.Lock()

    def jobs(self) -> list[Job]:
        return [
            Job("send", 0.1, self.send),
            Job("renew", LEASE.total_seconds() / 6, self.renew),
            Job("sweep", 0.5, lambda now: sweep(rasa().understand, now)),
            Job("doubt", 2.0, doubt_expired),
            Job("check", 1.0, self.check),
            Job("poll", 1.0, self.poll),
            Job("fetch", 1.0, self.fetch),
            Job("lapse", 10.0, lapse_claims),
            Job("health", 15.0, self.health),
            Job("balance", 60.0, self.balance),
        ]

    def send(self, now: datetime) -> int:
        """Claim as many as there are free senders; the calls run beside the loop."""
        free = SENDERS - len(self._flying)
        rows = claim(self.name, free, now) if free > 0 else []
        for row in rows:
            self._fly(row, now)
        return len(rows)

    def _fly(self, row: Delivery, now: datetime) -> None:
        with self._lock:
            self._flying.add(row.pk)
        self._pool.submit(self._call, row, now)

    def _call(self, row: Delivery, now: datetime) -> None:
        try:
            close_old_connections()
            send(row, now)
        except Exception:
            log.exception("delivery %s: its end could not be written down; the lease will run out", row.pk)
        finally:
            close_old_connections()  # back to the pool, which is smaller than the number of senders
            with self._lock:
                self._flying.discard(row.pk)
            self._wake.set()

    def renew(self, now: datetime) -> int:
        """Keep the leases of calls still under way; a job that sleeps between."""
        with self._lock:
            flying = list(self._flying)
        if flying:
            renew(self.name, flying, now)
        return 0

    def check(self, now: datetime) -> int:
        return _each(claim_checks(20, now), lambda row: check(row, now))

    def poll(self, now: datetime) -> int:
        return _each(claim_polls(self.name, 10, now), lambda row: poll(row, now))

    def fetch(self, now: datetime) -> int:
        return _each(claim_attachments(10, now), lambda row: fetch(row, now))

    def health(self, now: datetime) -> int:
        """Ask each account's platform now and then; the next moment is written first, so that one process asks."""
        return _each(_claim_health(now, 5), lambda account: check_health(account, now))

    def balance(self, now: datetime) -> int:
        """Promise 2, every minute."""
        found = current()
        if found.difference:
            log.critical("balance differs by %s", found.difference, extra={"balance": dict(found.as_dict()), "messages": concerned()})
        return 0

    def close(self) -> None:
        """Wait for the calls under way: their ends are written down."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def _each[T](rows: list[T], do: Callable[[T], object]) -> int:
    for row in rows:
        try:
            do(row)
        except Exception:
            log.exception("a job failed on %s", type(row).__name__)
    return len(rows)


@transaction.atomic
def _claim_health(now: datetime, limit: int) -> list[Account]:
    due = Account.objects.exclude(state=AccountState.PAUSED).filter(Q(next_health_at=None) | Q(next_health_at__lte=now))
    rows = list(due.order_by("next_health_at", "pk").select_for_update(skip_locked=True, of=("self",))[:limit])
    for row in rows:
        Account.objects.filter(pk=row.pk).update(next_health_at=now + timedelta(seconds=limits_of(row).health_seconds))
    return rows


def check_health(account: Account, now: datetime) -> HealthReport:
    """Ask the platform about one account now, and keep what it says. A recovered account sends what waited for it."""
    try:
        facts = facts_of(account)
        report = connector_for(facts.platform).health(facts, Tools(token_store(), now))
    except Sealed as error:
        report = HealthReport(Health.RECONNECT, str(error))
    note_health(account, report, now)
    if report.health in (Health.OK, Health.DEGRADED) and account.state == AccountState.RECONNECT:
        reconnected(account, now)
    return report
