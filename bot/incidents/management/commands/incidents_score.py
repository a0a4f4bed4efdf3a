"""`manage.py incidents_score FILE`: how well the grouping agrees with the hand-labelled part of a stream."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from nlu.incidents_score import grouped, labels, report

SETS = Path(__file__).resolve().parents[4] / "tests" / "nlu" / "sets" / "incidents.toml"


class Command(BaseCommand):
    help = "Groups a stream (JSON lines: sent, citizen, title, text) as it would come, and compares with the labels."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--labels", type=Path, default=SETS, help="which rows tell of the same event")

    def handle(self, *args: Any, **options: Any) -> None:
        begun = time.process_time()
        try:
            with options["file"].open(encoding="utf-8") as lines:
                found = grouped(lines)
            wanted = labels(options["labels"])
        except (OSError, ValueError, KeyError) as error:
            raise CommandError(f"cannot read: {type(error).__name__}: {error}") from None
        each = (time.process_time() - begun) / max(1, len(found)) * 1000
        for name, score in report(found, wanted).items():
            self.stdout.write(f"{name}: {score}")
        self.stdout.write(f"{len(found)} messages, {each:.2f} ms of one processor each")
