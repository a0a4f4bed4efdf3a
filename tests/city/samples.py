"""One line an hour of the city's time: what the charts are drawn from."""

from collections import Counter
from datetime import datetime

from bot.outbox.models import Delivery
from bot.outbox.queries import doubtful
from bot.tickets.models import Ticket
from bot.tickets.paging import is_open
from tests.city.engine import City, Engine, hourly
from tests.city.people import Staff
from tests.city.sweeps import Ladder


class Samples:
    """Writes them. What staff did and what the engine spent since the last line goes with each."""

    def __init__(self, city: City, staff: Staff, ladder: Ladder) -> None:
        self.city, self.staff, self.ladder = city, staff, ladder
        self._spent: Counter[str] = Counter()
        self._held_last: int | None = None

    def _held(self, now: datetime) -> int:
        """Counted every six hours only: it reads the whole outbox."""
        if self._held_last is None or now.hour % 6 == 0:
            self._held_last = Delivery.objects.filter(state="held").count()
        return self._held_last

    def next(self, now: datetime) -> datetime | None:
        return hourly(now)

    def run(self, now: datetime, engine: Engine) -> int:
        """One line. Looking is no work done."""
        open_ones = Ticket.objects.filter(is_open())
        spent = {name: round(seconds - self._spent[name], 4) for name, seconds in engine.spent.items()}
        self._spent = Counter(engine.spent)
        self.city.world.note(
            "samples",
            at=now,
            open=open_ones.count(),
            overdue=open_ones.filter(deadline__lt=now).count(),
            held=self._held(now),
            unknown=Delivery.objects.filter(doubtful(), state="unknown").count(),
            said=self.city.world.acknowledged,
            late=self.ladder.asked(),
            done=dict(self.staff.done),
            spent=spent,
        )
        self.staff.done.clear()
        return 0
