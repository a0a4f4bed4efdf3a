"""`manage.py knowledge_threshold`: how near an entry must be before a machine may answer with it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bot.knowledge.measuring import STEPS, asked_in, judged, verdicts
from nlu.matching import KEPT, matches
from policies.knowledge import THRESHOLD, Judged, choose, curve

LEAST = 0.99


class Command(BaseCommand):
    help = "Ask real messages of a base made of the real replies to others, and print what each threshold would do."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", help="where replies.jsonl, stream.jsonl and messages.jsonl lie")
        parser.add_argument("--judged", default="tests/nlu/sets/answers.toml", help="which reply answers which message, by row number")
        parser.add_argument("--least", type=float, default=LEAST, help="share of the answered messages that must be answered rightly")

    def handle(self, *args: Any, **options: Any) -> None:
        folder, known = Path(options["folder"]), verdicts(Path(options["judged"]))
        if not (folder / "replies.jsonl").is_file():
            raise CommandError(f"there is no replies.jsonl in {folder}")
        found = [match for match in matches(folder) if match.score >= KEPT]
        unknown = [match for match in found if (match.asked, match.row, match.entry) not in known]
        asked = asked_in(folder)
        self.stdout.write(
            f"{asked} messages asked, {len(found)} matches of {KEPT} and more, {len(unknown)} of them not judged (count as wrong)"
        )
        for match in unknown:
            self.stdout.write(f"  not judged: {match.asked} {match.row} -> {match.entry} ({match.score})")
        self._table(
            "nearness alone", [Judged(one.score, known.get((one.asked, one.row, one.entry), False)) for one in found], asked, options
        )
        self._table("… and the same numbers and names", [one for _, one in judged(found, known, folder, kinds=False)], asked, options)
        self._table("… and the kinds that may be answered", [one for _, one in judged(found, known, folder, kinds=True)], asked, options)
        self.stdout.write(f"in force (policies/rulepacks/knowledge.toml): {THRESHOLD}")

    def _table(self, title: str, rows: list[Judged], asked: int, options: dict[str, Any]) -> None:
        points = curve(rows, asked, STEPS)
        self.stdout.write(f"\n{title}\nthreshold  answered  right  precision  at least (95 %)  decisions right  coverage")
        for point in points:
            figures = f"{point.precision:9.3f}  {point.at_least:15.3f}  {point.decisions_right:15.4%}  {point.coverage:8.2%}"
            self.stdout.write(f"{point.threshold:9.2f}  {point.answered:8d}  {point.right:5d}  {figures}")
        chosen = choose(points, options["least"])
        self.stdout.write(f"lowest threshold with {options['least']:.0%} of the answered right: {chosen.threshold if chosen else 'none'}")
