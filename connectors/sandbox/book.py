"""What citizens see on their phones, and everything the accounts sent, in order."""

from collections import deque
from itertools import count
from typing import Any, NamedTuple

from connectors.sandbox.hub import Hub
from connectors.sandbox.limits import Limits
from connectors.sandbox.wire import clean


class Bubble(NamedTuple):
    """One bubble on a phone. `time` is Unix seconds; direction in, out or system."""

    id: int
    account: str
    citizen: str
    direction: str
    text: str
    time: float
    via: str  # push, passive, send, notice
    platform_id: str
    media: str = ""
    kind: str = "message"


class Book:
    """Threads (the last bubbles of each) and the outbox (every thing sent to a citizen)."""

    def __init__(self, limits: Limits, hub: Hub) -> None:
        self._limits, self._hub = limits, hub
        self.reset()

    def reset(self) -> None:
        self._ids = count(1)
        self._threads: dict[tuple[str, str], deque[Bubble]] = {}
        self.outbox: deque[Bubble] = deque(maxlen=self._limits["push.outbox_rows"])
        self.dropped = 0  # rows the outbox could not keep: exactly-once checks must see that

    def add(
        self, account: str, citizen: str, direction: str, text: str, time: float, via: str, platform_id: str = "", **more: str
    ) -> Bubble:
        """Write one bubble and tell the page."""
        bubble = Bubble(next(self._ids), account, citizen, direction, clean(text), time, via, platform_id, **more)
        thread = self._threads.get((account, citizen))
        if thread is None:
            thread = self._threads[account, citizen] = deque(maxlen=self._limits["push.thread_bubbles"])
        thread.append(bubble)
        if direction == "out":
            self.dropped += len(self.outbox) == self.outbox.maxlen
            self.outbox.append(bubble)
        if self._hub.listened:
            self._hub.tell("bubble", bubble._asdict())
        return bubble

    def replace(self, account: str, citizen: str, platform_id: str, text: str) -> None:
        """An edited message: the phone shows the new text; the outbox keeps what was first sent."""
        thread = self._threads.get((account, citizen), deque())
        for place, bubble in enumerate(thread):
            if bubble.platform_id == platform_id and bubble.direction == "out":
                thread[place] = bubble._replace(text=text)
                self._hub.tell("edit", thread[place]._asdict())

    def thread(self, account: str, citizen: str) -> list[dict[str, Any]]:
        return [bubble._asdict() for bubble in self._threads.get((account, citizen), ())]

    def sent_by(self, account: str) -> list[Bubble]:
        """The outbox of one account, or of all when `account` is empty."""
        return [row for row in self.outbox if not account or row.account == account]

    def citizens(self, account: str, most: int = 50) -> list[str]:
        """Names with a thread on this account, newest thread last."""
        return [name for owner, name in self._threads if owner == account][-most:]
