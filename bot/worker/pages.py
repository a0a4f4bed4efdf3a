"""Pages as they go out: each message on a thread of its own, so that a platform that hangs keeps nobody else waiting."""

import logging
import threading
import time
from datetime import datetime

from django.db import connection

from bot import clock
from bot.deadlines.queries import calendar
from bot.paging.calling import call
from bot.paging.claiming import claim
from bot.paging.finishing import finish
from bot.paging.models import Attempt
from bot.paging.queries import alarm_figures
from bot.paging.selftest import claim_tests
from connectors.contract import TokenStore
from policies.paging import AT_ONCE, LEASE

log = logging.getLogger(__name__)
MOST_THREADS = 4 * AT_ONCE  # those that hang beyond their lease included
CLOSING_SECONDS = 12.0  # a call under way at the end is given this long


class Pages:
    """The messages under way in this process."""

    def __init__(self, tokens: TokenStore) -> None:
        self._tokens = tokens
        self._flying: dict[threading.Thread, float] = {}  # begun at, by the monotonic clock

    def send(self, now: datetime) -> int:
        """Begin as many messages as there is room for."""
        return self._fly(claim(self._room(), now), now)

    def test(self, now: datetime) -> int:
        """Begin the month's test messages, some at a time."""
        return self._fly(claim_tests(self._room(), calendar(), now), now)

    def alarm(self, now: datetime) -> int:
        """Say again, each minute, that people are called in vain."""
        figures = alarm_figures(now)
        if figures["pages_unacknowledged"]:
            log.critical("%(pages_unacknowledged)s pages unacknowledged, %(pages_unsent)s of them sent to nobody", figures)
        return 0

    def _fly(self, attempts: list[Attempt], now: datetime) -> int:
        for attempt in attempts:
            thread = threading.Thread(target=self._one, args=(attempt, now), name=f"page-{attempt.pk}", daemon=True)
            self._flying[thread] = time.monotonic()
            thread.start()
        return len(attempts)

    def _room(self) -> int:
        """A thread that outlives its lease is no longer waited for: its pages have gone on."""
        self._flying = {thread: at for thread, at in self._flying.items() if thread.is_alive()}
        begun = time.monotonic() - LEASE.total_seconds()
        waited_for = sum(at > begun for at in self._flying.values())
        return min(AT_ONCE - waited_for, MOST_THREADS - len(self._flying))

    def _one(self, attempt: Attempt, now: datetime) -> None:
        try:
            result = call(attempt, now, self._tokens)
            finish(attempt, result, clock.now())
        except Exception:
            log.exception("attempt %s: its end could not be written down; its lease will run out", attempt.pk)
        finally:
            connection.close()

    def close(self) -> None:
        """Wait a moment for the messages under way; those not ended then go on after the next start."""
        end = time.monotonic() + CLOSING_SECONDS
        for thread in list(self._flying):
            thread.join(max(0.0, end - time.monotonic()))
