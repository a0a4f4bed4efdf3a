"""`manage.py accounts_import FILE`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bot import clock
from bot.channels.importing import COLUMNS, import_accounts
from bot.staff.actions import Invalid, ensure_root


class Command(BaseCommand):
    help = f"Imports accounts from CSV, xlsx or JSON with the columns {','.join(COLUMNS)}; known ids are updated."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        ensure_root(now)
        try:
            saved, problems = import_accounts("system:cli", options["file"], now)
        except Invalid as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"已导入 {saved} 个账号。 {saved} accounts imported.")
        if problems:
            raise CommandError("\n".join(problems))
