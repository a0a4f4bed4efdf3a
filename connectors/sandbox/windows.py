"""Reply windows: what each act of a citizen lets the account send, and for how long."""

from dataclasses import dataclass, field
from enum import Enum


class Verdict(Enum):
    OPEN = "open"
    USED_UP = "used up"
    CLOSED = "closed"


@dataclass(slots=True)
class Windows:
    """One citizen's windows on one account, one per trigger.

    Counts of several open windows do not add up (wechat.md §3.3): a message sent is taken from each of them, so
    the largest decides; each keeps its own end.
    """

    open: dict[str, tuple[int, float]] = field(default_factory=dict)

    def trigger(self, name: str, count: int, seconds: float, now: float) -> None:
        """A citizen did something. `count` 0 = unlimited."""
        self.open[name] = (count if count else 1 << 30, now + seconds)

    def close(self) -> None:
        """Unfollowed: nothing may be sent."""
        self.open.clear()

    def verdict(self, now: float) -> Verdict:
        """May a message be sent now?"""
        left = self.left(now)
        return Verdict.CLOSED if left is None else Verdict.OPEN if left else Verdict.USED_UP

    def left(self, now: float) -> int | None:
        """How many messages may still be sent; None = no window is open."""
        return max((left for left, until in self.open.values() if until > now), default=None)

    def take(self, now: float) -> Verdict:
        """As `verdict`; when open, one message is used."""
        verdict = self.verdict(now)
        if verdict is Verdict.OPEN:
            self.open = {name: (max(left - 1, 0), until) for name, (left, until) in self.open.items() if until > now}
        return verdict
