"""`manage.py wording_measure FILE`: what the check of wording does on real replies."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bot.answering.measuring import measure, read_rows


class Command(BaseCommand):
    help = "Measures the check of wording on replies judged by hand (JSON lines with title, text, reply, explains)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = measure(read_rows(options["file"]))
        except (OSError, ValueError, KeyError) as error:
            raise CommandError(f"cannot measure on {options['file']}: {error}") from None
        self.stdout.write(f"{'finding':18} {'explaining':>10} {'empty':>10}\n{'replies':18} {found.explaining:>10} {found.empty:>10}")
        for code, share in found.of_explaining.items():
            self.stdout.write(f"{code:18} {share:>10.1%} {found.of_empty[code]:>10.1%}")
        self.stdout.write(f"replies to another question found beside this one: {found.strangers:.1%}")
