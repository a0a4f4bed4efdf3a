"""What citizens do besides writing: some of them rate what was closed, and are not always content."""

import random
from datetime import datetime, timedelta

from bot.closing.models import Closing
from bot.closing.rating import rate
from bot.conflict import Conflict
from tests.city.engine import City, hourly
from tests.city.people import Staff

RATING = 0.12  # share of closings that are rated
SCORES = (5, 5, 5, 5, 4, 4, 4, 3, 2, 1)


class Raters:
    """Once an hour, those whose requests were closed in the hour before."""

    def __init__(self, city: City, staff: Staff) -> None:
        self.city, self.done = city, staff.done

    def next(self, now: datetime) -> datetime | None:
        return hourly(now)

    def run(self, now: datetime) -> int:
        """How many rated."""
        count = 0
        for row in Closing.objects.filter(at__gt=now - timedelta(hours=1), at__lte=now, rating=None).select_related("ticket"):
            dice = random.Random(f"{self.city.plan.seed} rating {row.pk}")
            if dice.random() < RATING:
                count += self._rate(row, dice, now)
        return count

    def _rate(self, row: Closing, dice: random.Random, now: datetime) -> int:
        score = dice.choice(SCORES)
        try:
            rate(row.ticket, score, "问题还在" if score < 3 else "", now)
        except Conflict:  # reopened meanwhile
            return 0
        self.done["rated well" if score > 2 else "rated badly"] += 1
        return 1
