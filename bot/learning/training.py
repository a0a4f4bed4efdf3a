"""A training from its wish to its end: asked for by a person, taken by one runner at a time, marked as failed where its runner died."""

import logging
import os
import secrets
import socket
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from bot.audit.actions import Fact, record
from bot.conflict import Conflict
from bot.learning.models import Training

log = logging.getLogger(__name__)
S = Training.State
LEASE = timedelta(seconds=45)
EVERY = timedelta(seconds=1)  # between two looks at the row
LINES = 200  # of the log


class Cancelled(Exception):
    """Somebody does not want it any more, or its lease is another's."""


def ask(actor: str, now: datetime) -> Training:
    """Put a training in the queue. Raises Conflict while one is under way."""
    try:
        with transaction.atomic():
            made = Training.objects.create(asked_by=actor, asked_at=now)
            record(now, Fact(actor, "training.asked", "training", str(made.pk)))
    except IntegrityError:
        raise Conflict("已有一次训练在进行，请等它结束。") from None
    return made


@transaction.atomic
def cancel(actor: str, training: Training, now: datetime) -> None:
    """Give it up: at once where it waits, within a second where it runs. Raises Conflict where it has ended."""
    if Training.objects.filter(pk=training.pk, state=S.QUEUED).update(state=S.CANCELLED, under_way=False, ended_at=now):
        pass
    elif not Training.objects.filter(pk=training.pk, state=S.RUNNING).update(cancel_asked=True):
        raise Conflict("这次训练已经结束。")
    record(now, Fact(actor, "training.cancelled", "training", str(training.pk)))


def waiting() -> QuerySet[Training]:
    """The training nobody has taken yet, if there is one."""
    return Training.objects.filter(state=S.QUEUED)


def take(training: Training, now: datetime) -> str:
    """Take it; the name of the runner that now holds it, "" where somebody was first."""
    runner = f"{socket.gethostname()[:30]}-{os.getpid()}-{secrets.token_hex(3)}"
    fields = {"state": S.RUNNING, "runner": runner, "started_at": now, "lease_until": now + LEASE, "step": "export"}
    return runner if Training.objects.filter(pk=training.pk, state=S.QUEUED).update(**fields) else ""


def renew(training: Training, runner: str, now: datetime) -> None:
    """Keep it. Raises Cancelled where it is not wanted any more, or not ours."""
    mine = Training.objects.filter(pk=training.pk, runner=runner, state=S.RUNNING)
    if not mine.filter(cancel_asked=False).update(lease_until=now + LEASE):
        raise Cancelled("已取消" if mine.exists() else "租约已失效")


def tell(training: Training, runner: str, now: datetime, words: str = "", *, step: str = "", percent: int | None = None) -> None:
    """A line of its log, and how far it is."""
    row = Training.objects.get(pk=training.pk)
    fields: dict[str, object] = {"step": step or row.step, "percent": row.percent if percent is None else percent}
    if words:
        fields["log"] = [*row.log, [now.isoformat(), words]][-LINES:]
    Training.objects.filter(pk=training.pk, runner=runner).update(**fields)


@transaction.atomic
def end(training: Training, runner: str, state: Training.State, now: datetime, **fields: object) -> None:
    """Its end; nothing where it has ended already. Raises nothing."""
    mine = Training.objects.filter(pk=training.pk, runner=runner, state=S.RUNNING)
    if mine.update(state=state, under_way=False, ended_at=now, lease_until=None, **fields):
        record(now, Fact("system:learning", f"training.{state}", "training", str(training.pk)))


def bury(now: datetime) -> int:
    """Mark trainings whose runner died: the next one may begin."""
    dead = list(Training.objects.filter(state=S.RUNNING, lease_until__lt=now))
    for row in dead:
        end(row, row.runner, S.FAILED, now, error="训练进程意外结束。")
    return len(dead)


class Pulse:
    """What the steps of a training call again and again: keeps the lease, and raises Cancelled."""

    def __init__(self, training: Training, runner: str, clock: Callable[[], datetime], echo: Callable[[str], object] | None = None) -> None:
        self.training, self.runner = training, runner
        self._clock, self._echo = clock, echo
        self._last = clock()

    def __call__(self) -> None:
        """Once a second at most, look at the row."""
        now = self._clock()
        if now - self._last >= EVERY:
            self._last = now
            renew(self.training, self.runner, now)

    def gone(self) -> bool:
        """The same as a question."""
        try:
            self()
        except Cancelled:
            return True
        return False

    def say(self, words: str = "", *, step: str = "", percent: int | None = None) -> None:
        """A line of the log, and how far it is."""
        if words:
            log.info("training %s: %s", self.training.pk, words)
        if words and self._echo:
            self._echo(words)
        tell(self.training, self.runner, self._clock(), words, step=step, percent=percent)
