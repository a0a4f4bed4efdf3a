"""The ladder among 10,000 and among 1,000,000 open tickets: what a sweep costs, and how soon a breach is acted on."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.bench.report import Section
from tests.bench.servers import ROOT, NotStarted, environment

FEW, MANY = int(os.environ.get("LADDER_FEW") or 10_000), int(os.environ.get("LADDER_MANY") or 1_000_000)
MOST_TIMES, MOST_SECONDS, MOST_CLOCK_US = 2.0, 2.0, 50.0
TURNS = 3  # both sweeps are measured again where the machine was busy; the best of each counts


class Climber:
    """A house's process and its answers."""

    def __init__(self, env: Mapping[str, str], log: Path) -> None:
        argv = [sys.executable, "-m", "tests.bench.climber"]
        with log.open("ab") as err:
            self._process = subprocess.Popen(
                argv, cwd=ROOT, env=dict(env), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=err, text=True
            )

    def ask(self, line: str) -> dict[str, float]:
        """Send a line, wait for its answer. Raises NotStarted when the process has ended."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise NotStarted(f"the climber ended at {line}")
        found: dict[str, float] = json.loads(answer)
        return found

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()


def measure(section: Section, store: str, few: Climber, many: Climber) -> None:
    """Sweeps in turn, so that the machine's moods hit both; then breaches among the many."""
    few.ask(f"build {FEW}")
    built = many.ask(f"build {MANY}")
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(TURNS):
        for place, one in enumerate((few, many)):
            times[place].append(one.ask("sweep")["ms"])
    small, large = min(times[0]), min(times[1])
    what = f"{store}: a sweep with 100 due among {MANY:,} open, against {FEW:,}"
    section.add(what, f"{large / small:.2f} × ({small:.0f} → {large:.0f} ms)", f"≤ {MOST_TIMES:g} ×", large <= MOST_TIMES * small)
    found = many.ask("breach")
    what = f"{store}: from a deadline's moment until somebody else owns the ticket, among {MANY:,}, worst of 20"
    section.add(what, f"{found['worst']:.2f} s (median {found['median']:.2f} s)", f"≤ {MOST_SECONDS:g} s", found["worst"] <= MOST_SECONDS)
    clock = many.ask("clocks")["us"]
    section.add(f"{store}: a new ticket's clock", f"{clock:.0f} µs", f"≤ {MOST_CLOCK_US:g} µs", clock <= MOST_CLOCK_US)
    section.note(f"{store}: the larger house was built in {built['seconds']:.0f} s; every ticket in it is open.")


def run(folder: Path) -> Section:
    """On SQLite."""
    section = Section("ladder", "The ladder among 10,000 and among 1,000,000 open tickets")
    pair = [Climber(environment(folder / name), folder / f"{name}.log") for name in ("few", "many")]
    try:
        measure(section, "SQLite", pair[0], pair[1])
    finally:
        for one in pair:
            one.close()
    return section
