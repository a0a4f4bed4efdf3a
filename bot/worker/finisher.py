"""One thread that writes down how calls ended: the good ends of a moment in one transaction, any other by itself."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence

from django.db import close_old_connections, connection

from bot import clock
from bot.outbox.finishing import finish, finish_sent
from bot.outbox.models import Delivery
from policies.facts import Outcome, Result

log = logging.getLogger(__name__)
MOST_AT_ONCE = 64
CROWD = 4  # after so many ends at once the next are given a moment to gather
GATHERING_SECONDS = 0.03
type End = tuple[Delivery, Result]


class Finisher:
    """`landed` is told the ids whose ends are written (or could not be: their lease will run out)."""

    def __init__(self, landed: Callable[[Sequence[int]], None]) -> None:
        self._landed = landed
        self._queue: queue.SimpleQueue[End | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="finisher", daemon=True)
        self._thread.start()

    def put(self, delivery: Delivery, result: Result) -> None:
        """A call ended."""
        self._queue.put((delivery, result))

    def close(self) -> None:
        """Write down what has ended so far, then end."""
        self._queue.put(None)
        self._thread.join(timeout=30)

    def _run(self) -> None:
        before = 0
        while (first := self._queue.get()) is not None:
            ends = [first]
            if before >= CROWD:
                time.sleep(GATHERING_SECONDS)
            while len(ends) < MOST_AT_ONCE and not self._queue.empty():
                more = self._queue.get()
                if more is None:
                    self._queue.put(None)
                    break
                ends.append(more)
            self._write(ends)
            self._landed([delivery.pk for delivery, _ in ends])
            before = len(ends)
        connection.close()

    def _write(self, ends: Sequence[End]) -> None:
        sent = [end for end in ends if end[1].outcome == Outcome.SENT]
        others = [end for end in ends if end[1].outcome != Outcome.SENT]
        close_old_connections()
        try:
            for delivery in finish_sent(sent, clock.now()) if sent else ():
                _lost(delivery)
        except Exception:
            log.warning("writing down %s ends at once failed, now one by one", len(sent), exc_info=True)
            connection.close()
            others = list(ends)
        for delivery, result in others:
            self._alone(delivery, result)
        close_old_connections()

    @staticmethod
    def _alone(delivery: Delivery, result: Result) -> None:
        try:
            if not finish(delivery, result, clock.now()):
                _lost(delivery)
        except Exception:
            log.exception("delivery %s: its end could not be written down; the lease will run out", delivery.pk)
            connection.close()


def _lost(delivery: Delivery) -> None:
    log.warning("delivery %s: the lease was lost during the call; the later owner's word stands", delivery.pk)
