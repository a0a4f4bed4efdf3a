"""`manage.py nlu_retrain`: learn from the corrections, compare, promote only what is not worse."""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from bot import clock
from bot.conflict import Conflict
from bot.learning.models import Training
from bot.learning.retrain import run
from bot.learning.training import ask, bury

NICE = 10
ENDS = {Training.State.PROMOTED: 0, Training.State.REFUSED: 3, Training.State.CANCELLED: 4}


class Command(BaseCommand):
    help = "Trains a model from the corrections beside the running one. Exit code: 0 promoted, 3 not good enough, 4 cancelled, 1 failed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--run", type=int, metavar="ID", help="carry out the training with this number, which the console asked for")
        parser.add_argument("--by", default="system:command", help="who asks, for the record")

    def handle(self, *args: Any, **options: Any) -> None:
        os.nice(max(0, NICE - os.nice(0)))  # this process is the training's own: citizens' messages go first
        training = self._asked(options["run"], options["by"])
        ended = run(training, echo=lambda words: self.stdout.write(f"{clock.now():%H:%M:%S} {words}"))
        if ended.state == Training.State.FAILED:
            raise CommandError(ended.error or "训练失败")
        if ENDS.get(Training.State(ended.state), 0):
            raise SystemExit(ENDS[Training.State(ended.state)])

    def _asked(self, number: int | None, by: str) -> Training:
        bury(clock.now())
        try:
            return Training.objects.get(pk=number) if number else ask(by, clock.now())
        except Training.DoesNotExist:
            raise CommandError(f"没有这次训练：{number}") from None
        except Conflict as conflict:
            raise CommandError(str(conflict)) from None
