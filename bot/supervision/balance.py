"""The balance (promise 2): what came in against what became of it, counted from two different tables."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Q, QuerySet

from bot.clock import BEIJING
from bot.inbox.models import Inbound
from bot.staff.access import Actor, visible_to
from policies.tickets import TicketState, fate


@dataclass(frozen=True, slots=True)
class Balance:
    """received = open + answered + refused + merged + dismissed; `arriving` is the part of open that is stored but not yet read."""

    received: int
    open: int
    answered: int
    refused: int
    merged: int
    dismissed: int
    arriving: int = 0

    @property
    def difference(self) -> int:
        """Anything but 0 is an alarm."""
        return self.received - (self.open + self.answered + self.refused + self.merged + self.dismissed)

    def as_dict(self) -> Mapping[str, int]:
        """The fields of the API."""
        return {**asdict(self), "difference": self.difference}


def balance(inbound: QuerySet[Inbound]) -> Balance:
    """The balance over these rows: one statement, so that nothing moves between two counts."""
    told = Q(state=Inbound.State.HANDLED)
    fates = {
        name: Count("pk", filter=told & Q(message__ticket__state__in=[state for state in TicketState if fate(state) == name]))
        for name in ("open", "answered", "refused", "merged")
    }
    dismissed = Count("pk", filter=told & Q(message__isnull=False, message__ticket__isnull=True))
    found = inbound.aggregate(received=Count("pk"), arriving=Count("pk", filter=~told), dismissed=dismissed, **fates)
    return Balance(**{**found, "open": found["open"] + found["arriving"]})


def current(actor: Actor | None = None, *, account: str = "", day: date | None = None) -> Balance:
    """The balance of what the actor sees (None: of everything), of one account or one day (Beijing) where given."""
    inbound = Inbound.objects.filter(counted=True)
    if account:
        inbound = inbound.filter(account=account)
    if actor is not None:
        inbound = visible_to(inbound, actor, field="account__department")
    if day is not None:
        start = datetime.combine(day, time(), BEIJING)
        inbound = inbound.filter(received_at__gte=start, received_at__lt=start + timedelta(days=1))
    return balance(inbound)


def concerned(limit: int = 50) -> list[int]:
    """Ids of handled inbound messages that have no place anywhere: what an alarm has to show."""
    lost = Inbound.objects.filter(Q(message=None), counted=True, state=Inbound.State.HANDLED)
    return list(lost.values_list("pk", flat=True)[:limit])
