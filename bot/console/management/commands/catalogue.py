"""`manage.py catalogue`: bring the English catalogue up to date and compile it."""

from typing import Any

from django.core.management.base import BaseCommand

from bot.console.catalogue import MO, PO, compiled, read, wanted, write


class Command(BaseCommand):
    help = "Add new texts of the console to the English catalogue, drop unused ones, and compile it."

    def handle(self, *args: Any, **options: Any) -> None:
        places, known = wanted(), read()
        entries = {text: known.get(text, "") for text in places}
        write(entries, places)
        MO.write_bytes(compiled(entries))
        missing = [text for text, english in entries.items() if not english]
        self.stdout.write(f"{PO.name}: {len(entries)} texts, {len(missing)} without English")
        for text in missing:
            self.stdout.write(f"  {text}")
