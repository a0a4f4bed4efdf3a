"""`manage.py nlu_thresholds --date 2026-11-22`: choose triage's thresholds for a model and write them with their evidence."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from bot.dialogue.choosing import ROOT, choose, material
from nlu import train
from nlu.evaluation.lab import LabError
from policies.choosing import rewritten
from policies.rulepack import FOLDER


class Command(BaseCommand):
    help = (
        "Chooses the thresholds of triage from a model's readings and writes them, with the evidence, into policies/rulepacks/triage.toml."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--date", type=date.fromisoformat, required=True, help="the day that stands in the evidence, 2026-11-22")
        parser.add_argument("--model", type=Path, help="model file (default: that of the present data in the data folder)")
        parser.add_argument("--python", type=Path, default=ROOT / ".venv-rasa" / "bin" / "python", help="the python of Rasa's environment")
        parser.add_argument("--real", type=Path, default=ROOT.parent / "shared" / "data", help="folder of real messages")
        parser.add_argument("--pack", type=Path, default=FOLDER / "triage.toml", help="the rule pack to write")
        parser.add_argument("--dry-run", action="store_true", help="only tell")

    def handle(self, *args: Any, **options: Any) -> None:
        model = options["model"] or train.model_path(settings.DATA / "models")
        if not model.is_file() or not options["python"].exists():
            raise CommandError(
                "没有模型或 Rasa 环境，请先 make run，或用 --model 与 --python 指定 · no model or no Rasa environment: make run makes both"
            )
        stamp = f"{options['date']} model {model.name.partition('.')[0]}"
        try:
            found = choose(material(options["real"]), options["python"], model.resolve(), settings.DATA / "readings", stamp, self._say)
        except LabError as error:
            raise CommandError(str(error)) from None
        for line in found.lines:
            self.stdout.write(line)
        for name, (value, _) in found.changes.items():
            self.stdout.write(f"{name} = {value:g}")
        if found.changes and not options["dry_run"]:
            pack: Path = options["pack"]
            pack.write_text(rewritten(pack.read_text("utf-8"), found.changes), "utf-8")
            self.stdout.write(f"已写入 written: {pack.name}")

    def _say(self, text: str) -> None:
        self.stderr.write(text)
