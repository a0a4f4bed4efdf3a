"""One run of the city: starts the platforms and the engine, kills the engine twenty times with kill -9, starts it again, and judges.

The engine is forked from a process that has everything imported and no database connection, so that a new one is there at once.
"""

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.process import BaseProcess

from tests.city.plan import Plan
from tests.city.platforms import serve
from tests.city.world import World
from tests.engines.children import tied

FORK = multiprocessing.get_context("fork")
LOOK_SECONDS = 0.005
LATER_SECONDS = 0.3  # a kill comes up to so much later than planned: by then the engine is anywhere in its round
DOWN = timedelta(seconds=20)  # of the city's time, until a killed engine is back
READY_SECONDS = 20.0


class Broken(Exception):
    """The engine ended by itself before the city did."""


@dataclass(slots=True)
class Supervisor:
    """Who outlives the engine. `engine` runs in the child."""

    world: World
    plan: Plan
    ports: Sequence[int]
    engine: Callable[[], None]
    impatient: bool = False  # ends at the first thing that is wrong: for a city whose rules are broken on purpose
    crashes: int = 0
    _dice: random.Random = field(default_factory=random.Random)

    def run(self) -> None:
        """Until the city's last moment. Raises Broken."""
        town = self._child(lambda: serve(self.world, self.plan, self.ports), "platforms")
        try:
            self._wait_ready(town)
            left = list(self.plan.crashes)
            while not self._watched(left):
                self.world.now = self.world.now + DOWN
        finally:
            town.kill()
            town.join(10)

    def _watched(self, left: list[object]) -> bool:
        """One life of the engine; True when it reached the end."""
        child = self._child(self.engine, "engine")
        try:
            while child.is_alive():
                if left and self.world.now >= left[0]:  # type: ignore[operator]
                    left.pop(0)
                    self._kill(child)
                    return False
                if self.impatient and any(self.world.notes("violations")):
                    return True
                time.sleep(LOOK_SECONDS)
        finally:
            child.kill()
            child.join(10)
        if child.exitcode:
            raise Broken(f"the engine ended with {child.exitcode}; see {self.world.folder}/engine.log")
        return True

    def _kill(self, child: BaseProcess) -> None:
        """A moment later than planned, by the dice: in the middle of whatever it does."""
        time.sleep(self._dice.uniform(0, LATER_SECONDS))
        if child.is_alive() and child.pid:
            os.kill(child.pid, signal.SIGKILL)
        child.join(10)
        self.crashes += 1
        self.world.note("crashes", at=self.world.now, doing=self.world.doing, signal=child.exitcode)

    def _child(self, run: Callable[[], None], name: str) -> BaseProcess:
        promise = tied(signal.SIGKILL)

        def main() -> None:
            promise()
            log = os.open(self.world.folder / f"{name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.dup2(log, 1)
            os.dup2(log, 2)
            run()

        child = FORK.Process(target=main, name=name, daemon=True)
        child.start()
        return child

    def _wait_ready(self, town: BaseProcess) -> None:
        end = time.monotonic() + READY_SECONDS
        while not (self.world.folder / "ready").exists():
            if time.monotonic() > end or not town.is_alive():
                raise Broken(f"the pretend platforms did not start; see {self.world.folder}/platforms.log")
            time.sleep(0.01)
