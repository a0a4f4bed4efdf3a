"""What a work process does, job by job. Every job finds its work in the database, so any number of processes may run them all."""

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from django.db import close_old_connections

from bot.api.idempotency import forget_old
from bot.channels.health import check_health, claim_health
from bot.channels.shared import token_store
from bot.closing.actions import close_due
from bot.closing.announcing import announce_held
from bot.closing.joint import remind_late
from bot.closing.reminding import remind_dismissed
from bot.dialogue.reading import understand
from bot.dialogue.sweep import sweep
from bot.inbox.polling import claim_polls, poll
from bot.incidents.answering import send as send_parts
from bot.incidents.following import Follows
from bot.learning.registry import reconcile
from bot.learning.runner import Runner
from bot.outbox.actions import LEASE, claim, reconnected, renew
from bot.outbox.models import Delivery
from bot.outbox.sending import call, check
from bot.outbox.settling import claim_checks, doubt_expired
from bot.staff.signin import forget_strangers
from bot.supervision.openness import refresh
from bot.supervision.watching import look
from bot.tickets.actions import lapse_claims
from bot.tickets.climbing import climb, repair
from bot.tickets.fetching import claim_attachments, fetch
from bot.tickets.pausing import end_pauses
from bot.tickets.roster import watch_roster
from bot.tickets.years import follow_years
from bot.worker.finisher import Finisher
from bot.worker.loops import Job
from bot.worker.pages import Pages

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
        self._finisher = Finisher(self._landed)
        self._follows = Follows(self.name)
        self._pages = Pages(token_store())
        self._began = False  # whether the balance was looked at since this process started

    def jobs(self) -> list[Job]:
        return [
            Job("send", 0.1, self.send),
            Job("renew", LEASE.total_seconds() / 6, self.renew),
            Job("sweep", 0.5, lambda now: sweep(understand, now)),
            Job("incidents", 0.5, self._follows.follow),
            Job("answers", 0.5, send_parts),
            Job("pages", 0.5, self._pages.send),
            Job("page tests", 60.0, self._pages.test),
            Job("page alarms", 60.0, self._pages.alarm),
            Job("doubt", 2.0, doubt_expired),
            Job("reconnect", 5.0, reconnected),
            Job("check", 1.0, self.check),
            Job("poll", 1.0, self.poll),
            Job("fetch", 1.0, self.fetch),
            Job("close", 1.0, close_due),
            Job("announce", 2.0, announce_held),
            Job("reminders", 300.0, lambda now: remind_dismissed(now) + remind_late(now)),
            Job("lapse", 10.0, lapse_claims),
            Job("pauses", 2.0, end_pauses),
            Job("years", 2.0, follow_years),
            Job("climb", 0.5, climb),
            Job("clocks", 5.0, repair),
            Job("roster", 15.0, watch_roster),
            Job("health", 15.0, self.health),
            Job("balance", 2.0, self.balance),
            Job("figures", 60.0, refresh),
            Job("forget", 600.0, lambda now: forget_old(now) + forget_strangers(now)),
            Job("train", 2.0, Runner().look),
            Job("models", 60.0, reconcile),
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
            self._finisher.put(row, call(row, now))
        except Exception:
            log.exception("delivery %s: the call failed in an unknown way; the lease will run out", row.pk)
            self._landed([row.pk])
        finally:
            close_old_connections()  # back to the pool, which is smaller than the number of senders

    def _landed(self, ids: Sequence[int]) -> None:
        with self._lock:
            self._flying.difference_update(ids)
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
        return _each(claim_health(now, 5), lambda account: check_health(account, now))

    def balance(self, now: datetime) -> int:
        """Promise 2: at start and every minute; one process does it for all."""
        at_start, self._began = not self._began, True
        return look(now, at_start=at_start)

    def close(self) -> None:
        """Wait for the calls under way: their ends are written down."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._pages.close()
        self._finisher.close()


def _each[T](rows: list[T], do: Callable[[T], object]) -> int:
    for row in rows:
        try:
            do(row)
        except Exception:
            log.exception("a job failed on %s", type(row).__name__)
    return len(rows)
