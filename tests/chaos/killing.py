"""kill -9 on whole process groups, at moments the dice choose, and the same process again at once."""

import random
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.engines.children import send
from tests.journeys.stack import Stack, until, web_command

UP_SECONDS = 60.0
LONGEST_WAIT = 1.2  # seconds a process lives after it is up, at most


@dataclass(slots=True)
class Killer:
    """Kills web or work of one installation."""

    stack: Stack
    dice: random.Random
    kills: list[str] = field(default_factory=list)
    starts: int = 1  # of work, as its log counts them

    def kill_some(self, count: int) -> None:
        """So many kills, each followed by a restart; every process is up again at the end."""
        for victim in ("work", "web", *self.dice.choices(("web", "work"), k=count))[:count]:
            self.wait_up(victim)
            time.sleep(self.dice.uniform(0.02, LONGEST_WAIT))
            self.kill(victim)
            self.start(victim)
        self.wait_up("web")
        self.wait_up("work")

    def kill(self, name: str) -> None:
        process = self.stack.processes[name]
        assert process.poll() is None, f"{name} had died by itself: {self.stack.logs()[-3000:]}"
        send(process, signal.SIGKILL)
        process.wait(10)
        self.kills.append(name)

    def start(self, name: str) -> None:
        if name == "work":
            self.starts += 1
        argv = web_command(self.stack.web_port) if name == "web" else [sys.executable, "manage.py", "work"]
        self.stack.start(name, *argv)

    def wait_up(self, name: str) -> None:
        """Until web answers, or work says that it began."""
        until((self._answers if name == "web" else self._began), UP_SECONDS)

    def _answers(self) -> bool:
        return httpx.get(f"{self.stack.web}/healthz", timeout=5).status_code in (200, 503)

    def _began(self) -> bool:
        log = Path(self.stack.folder, "work.log").read_text(errors="replace")
        return sum(line.startswith("work ") and line.endswith(" started") for line in log.splitlines()) >= self.starts
