"""People who do not stop: citizens who write through the sandbox, staff who reply through the API, each remembering what was promised."""

import itertools
import random
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.journeys.stack import Stack

# The last platform lets one message a second pass: it gets fewer, or the end is nothing but waiting for it.
ACCOUNTS = (*("health-wechat", "water-wechat", "education-telegram") * 3, "health-weibo")
CITIZENS = 12  # of each account: they come back and join their tickets
PAUSE = 0.15  # seconds between two messages of one writer
WRITERS = 4
PATIENCE = 45.0  # seconds for one reply to be accepted


@dataclass(slots=True)
class Said:
    """One message and what the platform saw of our answer."""

    account: str
    citizen: str
    text: str
    acknowledged: bool


@dataclass(slots=True)
class Traffic:
    """Begins on `start`, ends on `stop`; the lists are what must be found again."""

    stack: Stack
    agent: httpx.Client
    seed: int
    said: list[Said] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)  # texts of replies that got a 202
    failures: list[str] = field(default_factory=list)  # what no kill excuses
    _ending: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        jobs: list[Callable[[], None]] = [lambda n=n: self._write(n) for n in range(WRITERS)]  # type: ignore[misc]
        self._threads = [threading.Thread(target=self._guarded, args=(job,), daemon=True) for job in [*jobs, self._reply]]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End after what is under way."""
        self._ending.set()
        for thread in self._threads:
            thread.join(PATIENCE + 30)
            if thread.is_alive():
                self.failures.append("somebody still waits for an answer")

    def _guarded(self, job: Callable[[], None]) -> None:
        try:
            job()
        except Exception as error:
            self.failures.append(f"{type(error).__name__}: {error}")

    def _write(self, number: int) -> None:
        dice = random.Random(self.seed * 1000 + number)
        for count in itertools.count():
            account = dice.choice(ACCOUNTS)
            text = f"请问{number}号线第{count}站的办事窗口几点开门？编号{uuid.UUID(int=dice.getrandbits(128)).hex}"
            self.say(account, f"市民{dice.randrange(CITIZENS)}", text)
            if self._ending.wait(PAUSE):
                return

    def say(self, account: str, citizen: str, text: str) -> None:
        """One message of a citizen, remembered with what the platform saw of our answer."""
        report = self.stack.say(account, citizen, text)
        self.said.append(Said(account, citizen, text, bool(report.get("delivered")) and report.get("status") == 200))

    def _reply(self) -> None:
        while not self._ending.is_set():
            for ticket in self._open_tickets():
                text = f"您好，{ticket['number']}已办理。编号{uuid.uuid4().hex}"
                if self._accepted(ticket["number"], text):
                    self.accepted.append(text)
            self._ending.wait(0.1)

    def _open_tickets(self) -> list[dict[str, Any]]:
        try:
            answer = self.agent.get("/tickets", params={"state": "waiting,claimed,reopened", "limit": 20})
        except httpx.HTTPError:
            return []
        return list(answer.json()["items"]) if answer.status_code == 200 else []

    def _accepted(self, number: str, text: str) -> bool:
        """Ask until there is a definite answer: the same key each time, so that it happens once however often it is asked."""
        key, until = uuid.uuid4().hex, time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                answer = self.agent.post(f"/tickets/{number}/reply", json={"text": text}, headers={"Idempotency-Key": key})
            except httpx.HTTPError:
                time.sleep(0.2)
                continue
            if answer.status_code == 202:
                return True
            if answer.status_code == 409:  # the citizen or a lapsing claim was faster
                return False
            if answer.status_code < 500:
                self.failures.append(f"reply: {answer.status_code} {answer.text[:200]}")
                return False
            time.sleep(0.2)
        self.failures.append(f"no answer to a reply within {PATIENCE} s")
        return False
