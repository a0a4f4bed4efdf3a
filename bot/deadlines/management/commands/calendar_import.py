"""`manage.py calendar_import FILE`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bot import clock
from bot.deadlines.actions import bring_in
from bot.staff.actions import Invalid


class Command(BaseCommand):
    help = "Imports a year's holidays and make-up days (TOML like policies/rulepacks/calendar_2026.toml, the notice in `source`)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            row = bring_in("system:cli", options["file"].read_text(encoding="utf-8"), clock.now())
        except Invalid as wrong:
            raise CommandError(str(wrong)) from None
        except (OSError, UnicodeDecodeError) as wrong:
            raise CommandError(f"无法读取文件：{wrong}") from None
        self.stdout.write(f"已导入 {row.year} 年的节假日安排。 The holidays of {row.year} are imported.")
