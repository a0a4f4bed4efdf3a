"""Rasa is killed while messages storm in: none is lost, all are acknowledged, and Rasa reads again soon after its return.

The launcher's own supervision brings it back. Needs Rasa's environment and a trained model, which `make test` and `make chaos` make.
"""

import contextlib
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from nlu.client import Rasa
from tests.chaos.traffic import ACCOUNTS
from tests.chaos.verdict import phones, read_ledger, wait_until_quiet
from tests.engines.children import ROOT, end, start
from tests.journeys.stack import Stack, running, until
from tests.nlu.trained import RASA_PYTHON, trained_model

pytestmark = pytest.mark.skipif(not RASA_PYTHON.is_file(), reason="Rasa's environment .venv-rasa is not here: `make test` makes it")

SOON = 30.0  # seconds from Rasa's return to the first message it reads again (issue 3, acceptance 4)
WRITERS = 8
PAUSE = 0.02  # of each writer after a message


@contextlib.contextmanager
def rasa(folder: Path, count: int) -> Iterator[dict[str, list[str]]]:
    """Rasa as the launcher keeps it; where it answers."""
    words = [sys.executable, "-m", "tests.chaos.kept", str(folder), str(RASA_PYTHON), str(trained_model()), str(count)]
    folder.mkdir()
    keeper = start(words, folder / "keeper.log", cwd=ROOT)
    try:
        until((folder / "rasa.json").is_file, 20)
        yield json.loads((folder / "rasa.json").read_text())
    finally:
        end(keeper, grace=10)


def rasa_processes(told: dict[str, list[str]]) -> list[int]:
    """Their ids, found by the port on their command line."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            ports = {url.rpartition(":")[2].encode() for url in told["urls"]}
            if b"rasa" in words and ports & set(words) and b"tie" not in words:
                found.append(int(folder.name))
    return found


@dataclass(slots=True)
class Storm:
    """Writers who do not stop; each message is another citizen's."""

    stack: Stack
    said: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    _ending: threading.Event = field(default_factory=threading.Event)

    def write(self, number: int, count: int) -> None:
        """One writer: at least `count` messages, then on until the end."""
        done = 0
        while done < count or not self._ending.is_set():
            text = f"请问{number}路公交第{done}站什么时候恢复停靠？"
            report = self.stack.say(ACCOUNTS[done % len(ACCOUNTS)], f"市民{number}-{done}", text)
            (self.said if report.get("delivered") and report.get("status") == 200 else self.refused).append(text)
            done += 1
            time.sleep(PAUSE if not self._ending.is_set() else 0)

    def end(self) -> None:
        """Let each writer finish its count."""
        self._ending.set()


def kill_and_wait(told: dict[str, list[str]], client: Rasa) -> tuple[float, float]:
    """Kill every Rasa process; when, and when all were back (wall clock)."""
    killed = time.time()
    for process in rasa_processes(told):
        os.kill(process, signal.SIGKILL)
    until(lambda: not any(one.ok for one in client.status()), 5)
    until(lambda: all(one.ok for one in client.status()), 120)
    return killed, time.time()


def storm(stack: Stack, told: dict[str, list[str]], messages: int) -> tuple[Storm, float, float]:
    """Rasa dies in the middle of it, comes back, and is needed for some time more."""
    client = Rasa(told["urls"], told["tokens"], timeout=2)
    until(lambda: all(one.ok for one in client.status()), 120)
    made = Storm(stack)
    with ThreadPoolExecutor(WRITERS) as crew:
        jobs = [crew.submit(made.write, number, messages // WRITERS + 1) for number in range(WRITERS)]
        try:
            until(lambda: len(made.said) >= messages // 5, 120)
            killed, back = kill_and_wait(told, client)
            time.sleep(6)  # the breaker tries a process every five seconds
        finally:
            made.end()
        for job in jobs:
            job.result(600)
    return made, killed, back


def broken(stack: Stack, made: Storm, killed: float, back: float) -> list[str]:
    """What of the promise does not hold, in words."""
    book, seen = read_ledger(stack), phones(stack)
    rows = [{**row, "at": datetime.fromisoformat(row["received_at"]).timestamp()} for row in book["inbound"]]
    found = [f"refused: {text}" for text in made.refused]
    stored = [row["text"] for row in rows]
    found += [f"stored {stored.count(text)} times: {text}" for text in made.said if stored.count(text) != 1]
    found += [f"without a ticket: {row}" for row in rows if not row["ticket"]]
    heard = "\n".join(seen)
    found += [f"never acknowledged: {row}" for row in rows if row["ticket"] and row["ticket"] not in heard]
    found += [f"balance {book['balance']}"] if book["balance"]["difference"] else []
    return found + _readers(rows, killed, back)


def _readers(rows: list[dict[str, Any]], killed: float, back: float) -> list[str]:
    away = [row["read_by"] for row in rows if killed + 1 < row["at"] < back - 1]
    again = [row["at"] - back for row in rows if row["at"] > back - 1 and row["read_by"] == "rasa"]
    print(f"{len(rows)} messages, {len(away)} of them while Rasa was away for {back - killed:.0f} s, ", end="")  # noqa: T201
    print(f"read again {min(again, default=999):.1f} s after its return")  # noqa: T201
    found = [] if len(away) > 10 and set(away) == {"fallback"} else [f"while Rasa was away: {len(away)} by {set(away)}"]
    found += [] if any(row["read_by"] == "rasa" for row in rows if row["at"] < killed) else ["Rasa read nothing before"]
    return found + ([] if min(again, default=999.0) < SOON else [f"Rasa was used again after {min(again, default=999):.0f} s"])


def survive(folder: Path, messages: int, count: int) -> list[str]:
    with rasa(folder / "rasa", count) as told:
        settings = {"NLU_URL": ",".join(told["urls"]), "NLU_TOKEN": ",".join(told["tokens"]), "HUIYIN_LOG": "WARNING"}
        with running(folder / "stack", **settings) as stack:
            made, killed, back = storm(stack, told, messages)
            assert wait_until_quiet(stack, stack.caller("supervisor"), 120)
            assert httpx.get(f"{stack.web}/healthz", timeout=10).status_code == 200
            return broken(stack, made, killed, back)


@pytest.mark.timeout(300)
@pytest.mark.slow
def test_a_storm_outlives_the_death_of_rasa(tmp_path: Path) -> None:
    (tmp_path / "stack").mkdir()
    assert survive(tmp_path, 300, 1) == []


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_two_thousand_messages_outlive_the_death_of_every_rasa_process(tmp_path: Path) -> None:
    (tmp_path / "stack").mkdir()
    assert survive(tmp_path, 2000, 2) == []
