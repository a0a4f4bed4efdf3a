"""The promise's own sweeps under the city's clock: the ladder, the roster, pauses, pages, the watch over the balance."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache

from bot.channels.shared import DatabaseTokens
from bot.closing.actions import close_due
from bot.closing.announcing import announce_held
from bot.paging.calling import sweep as call_people
from bot.paging.models import Attempt, Page
from bot.supervision.watching import look
from bot.tickets.climbing import climb, repair
from bot.tickets.models import OPEN_STATES, Pause, Ticket
from bot.tickets.parts import literally
from bot.tickets.pausing import end_pauses
from bot.tickets.roster import watch_roster
from tests.city.asked import Rows, first
from tests.city.engine import Job, hourly

MOMENT = timedelta(milliseconds=1)
ANNOUNCED_EVERY = timedelta(minutes=30)
BALANCE_EVERY = timedelta(hours=4)  # in production every minute: the looks are the same, there are fewer


class Ladder:
    """The sweep of the ladder, and by how many seconds it was late at worst since somebody asked."""

    def __init__(self) -> None:
        self.worst = 0.0

    def climb(self, now: datetime) -> int:
        """A step is late from its moment on, or from the moment at which the ticket was there."""
        if (oldest := _oldest_steps().values()) and oldest[0][0] <= now:
            self.worst = max(self.worst, (now - max(oldest[0])).total_seconds())
        return climb(now)

    def asked(self) -> float:
        """The worst, which is then forgotten."""
        worst, self.worst = self.worst, 0.0
        return round(worst, 3)


def sweeps(ladder: Ladder, after_calls: Callable[[], None]) -> list[Job]:
    """Jobs in the order in which a work process comes to them. `after_calls`: somebody's phone may have rung."""
    tokens = DatabaseTokens()

    def page(now: datetime) -> int:
        done = 0
        while (due := _next_page(now)) and due <= now and (count := call_people(now, tokens)):
            done += count
        if done:
            after_calls()
        return done

    return [
        Job("standing", lambda now: _pause_ends(), end_pauses),
        Job("climbing", _next_step, ladder.climb),
        Job("climbing", hourly, repair),
        Job("climbing", hourly, watch_roster),
        Job("paging", _next_page, page),
        Job("closing", lambda now: _closes(), close_due),
        Job("closing", lambda now: _every(now, ANNOUNCED_EVERY), announce_held),
        Job("watching", lambda now: _every(now, BALANCE_EVERY), _watch),
    ]


def _watch(now: datetime) -> int:
    while look(now, at_start=True):
        pass
    return 1  # it may have called somebody


def _every(now: datetime, pause: timedelta) -> datetime:
    """The next multiple of this pause since midnight."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + pause * ((now - midnight) // pause + 1)


@cache
def _oldest_steps() -> Rows[Ticket]:
    rows = Ticket.objects.filter(literally(OPEN_STATES), next_step_at__isnull=False).order_by("next_step_at", "pk")
    return Rows(rows.values_list("next_step_at", "updated_at")[:1])


def _next_step(now: datetime) -> datetime | None:
    oldest = _oldest_steps().values()
    return oldest[0][0] if oldest else None


_pause_ends = first(lambda: Pause.objects.filter(ended_at=None).order_by("until").values_list("until", flat=True))
_closes = first(
    lambda: Ticket.objects.filter(state="answered", close_at__isnull=False).order_by("close_at", "pk").values_list("close_at", flat=True)
)
_page_due = first(lambda: Page.objects.filter(next_at__isnull=False).order_by("next_at").values_list("next_at", flat=True))
_call_lost = first(lambda: Attempt.objects.filter(ended_at__isnull=True).order_by("lease_until").values_list("lease_until", flat=True))


def _next_page(now: datetime) -> datetime | None:
    return min((moment for moment in (_page_due(), _call_lost()) if moment), default=None)
