"""`manage.py nlu_rollback`: return to the model before the present one."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from bot import clock
from bot.conflict import Conflict
from bot.learning.models import ModelVersion
from bot.learning.rasa import RasaError
from bot.learning.registry import roll_back


class Command(BaseCommand):
    help = "Returns to the model that was in use before, or to a given one that has been in use."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", metavar="FILE", help="the model's file, as the console's page names it")

    def handle(self, *args: Any, **options: Any) -> None:
        version = ModelVersion.objects.filter(file=options["to"]).first() if options["to"] else None
        if options["to"] and version is None:
            raise CommandError(f"没有这个模型：{options['to']}")
        try:
            target = roll_back("system:command", clock.now(), version)
        except (Conflict, RasaError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"已退回 {target.file}")
