"""The staff's phones: what the pretend robots delivered, and who opens the link after how long, if at all."""

import heapq
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.paging.actions import acknowledge_attempt
from bot.paging.links import attempt_of
from bot.paging.models import Page
from bot.tickets.models import Ticket
from policies.tickets import OPEN
from tests.city.engine import City
from tests.city.people import Staff, is_lazy

LOOKED_BACK = timedelta(hours=3)  # after a crash, phones are looked through from here on


@dataclass(order=True, slots=True)
class Ring:
    """Somebody will open this link at this moment."""

    at: datetime
    number: int
    person: int = field(compare=False)
    token: str = field(compare=False)


class Phones:
    """Reads the robots' journal as it grows. Whoever opens an emergency also answers it."""

    def __init__(self, city: City, staff: Staff) -> None:
        self.city, self.staff, self._rings = city, staff, list[Ring]()
        self._numbers = {post.username: number for number, post in enumerate(staff.posts)}
        self._from = city.world.now - LOOKED_BACK
        self._seen = 0

    def next(self, now: datetime) -> datetime | None:
        return self._rings[0].at if self._rings else None

    def arrived(self) -> None:
        """What came in since the last look; called after every round of calls."""
        found = self.city.ask("/pages", {"since": self._seen})
        self._seen += len(found)
        for row in found:
            at = datetime.fromisoformat(row["at"])
            if at >= self._from:
                self._ring(at, row["to"], row["token"])

    def _ring(self, at: datetime, to: str, token: str) -> None:
        person = self._numbers.get(to)
        if person is None:
            return
        dice = random.Random(f"{self.city.plan.seed} {token}")
        there = self.staff.is_there(person, at)
        likely = (0.3 if is_lazy(person) else 0.85) if there else 0.2
        if dice.random() < likely:
            wait = timedelta(minutes=dice.uniform(0.3, 4) if there else dice.uniform(5, 50))
            heapq.heappush(self._rings, Ring(at + wait, len(self._rings), person, token))

    def run(self, now: datetime) -> int:
        """Links opened at this moment."""
        done = 0
        while self._rings and self._rings[0].at <= now:
            ring = heapq.heappop(self._rings)
            done += self._open(ring, now)
        return done

    def _open(self, ring: Ring, now: datetime) -> int:
        attempt = attempt_of(ring.token, now)
        if attempt is None or attempt.acknowledged_at is not None:
            return 0
        acknowledge_attempt(attempt, now)
        self.staff.done["acknowledged"] += 1
        about = Page.objects.filter(attempts=attempt, kind="ticket", urgent=True).values_list("key", flat=True)
        for ticket in Ticket.objects.filter(number__in=list(about), state__in=[state.value for state in OPEN]):
            self.staff.answer(ring.person, ticket, now)
        return 1
