"""`manage.py balance`: does every message have its place?"""

import json
import sys
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand

from bot.supervision.balance import concerned, whole


class Command(BaseCommand):
    help = "Prints received = open + answered + refused + merged + dismissed; exits with 1 when they differ."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--account", default="")
        parser.add_argument("--day", type=date.fromisoformat, default=None)

    def handle(self, *args: Any, **options: Any) -> None:
        found = whole(options["account"], options["day"])
        self.stdout.write(json.dumps(found.as_dict()))
        if found.difference:
            self.stderr.write(f"差额 {found.difference}；涉及消息 {concerned()}")
            sys.exit(1)
