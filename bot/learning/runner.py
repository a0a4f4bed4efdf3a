"""Trainings asked for in the console run in a process of their own: none of a work process's loops waits for them, or dies with them."""

import logging
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from bot.learning.models import Training
from bot.learning.training import bury, waiting

log = logging.getLogger(__name__)
ELSEWHERE = timedelta(minutes=1)  # how long a machine without Rasa leaves a training to one that has it


class Runner:
    """Starts what waits, one at a time, and notices what never began."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._number = 0

    def look(self, now: datetime) -> int:
        """Bury the dead, start what waits. Returns 0: nothing here is worth looking at again at once."""
        bury(now)
        if self._child is not None:
            if self._child.poll() is None:
                return 0
            self._ended(now)
        training = waiting().first()
        if training is not None and (settings.RASA_PYTHON.is_file() or training.asked_at < now - ELSEWHERE):
            self._start(training)
        return 0

    def _start(self, training: Training) -> None:
        logs = Path(settings.DATA) / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        words = [sys.executable, str(settings.ROOT / "manage.py"), "nlu_retrain", "--run", str(training.pk)]
        with (logs / "training.log").open("ab") as output:
            self._child = subprocess.Popen(  # noqa: S603
                words, cwd=settings.ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
            )
        self._number = training.pk
        log.info("training %s runs in process %s", training.pk, self._child.pid)

    def _ended(self, now: datetime) -> None:
        code, self._child = self._child.returncode if self._child else 0, None
        never = Training.objects.filter(pk=self._number, state=Training.State.QUEUED)
        if code and never.update(
            state=Training.State.FAILED, under_way=False, ended_at=now, error="训练进程没有启动，见 logs/training.log。"
        ):
            log.error("training %s did not start: code %s", self._number, code)
