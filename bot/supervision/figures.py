"""Figures about requests, counted from the requests themselves: never from what anybody reported, and never about one person.

Read by department and key, in an index, as far back as the period asks: what is older costs nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import batched
from typing import Any, NamedTuple

from django.db.models import Q

from bot.clock import BEIJING
from bot.outbox.models import Delivery
from bot.supervision.balance import midnight
from bot.supervision.models import Kept
from bot.tickets.models import Ticket
from policies.deliveries import DONE, DeliveryState
from policies.facts import Lane
from policies.statistics import bucket, percentile, rules
from policies.tickets import TicketState, fate

DAY = timedelta(days=1)
UNDELIVERED = sorted(frozenset(DeliveryState) - DONE)
FATES = {state.value: fate(state) for state in TicketState}
MOST_UNDELIVERED = 100_000
LOOKED_BACK = timedelta(days=92)  # an answer is looked for among the requests of a quarter


class Case(NamedTuple):
    """Of a request, what figures need."""

    pk: int
    state: str
    kind: str
    account: str
    received_at: datetime
    answered_at: datetime | None
    service_deadline: datetime

    @property
    def fate(self) -> str:
        return FATES[self.state]

    @property
    def hours(self) -> float | None:
        """From the citizen's message to the answer, day and night; None while there is none."""
        if self.fate != "answered" or self.answered_at is None:
            return None
        return max(0.0, (self.answered_at - self.received_at).total_seconds() / 3600)


@dataclass(slots=True)
class Tally:
    """Requests of one kind, of one account, or all of them."""

    received: int = 0
    open: int = 0
    answered: int = 0
    refused: int = 0
    merged: int = 0
    overdue: int = 0  # open and past the service deadline
    late: int = 0  # answered after it
    undelivered: int = 0  # answered, and the answer has not reached the citizen
    hours: list[float] = field(default_factory=list)

    def add(self, case: Case, undelivered: bool, now: datetime) -> None:
        """Count one more."""
        self.received += 1
        setattr(self, case.fate, getattr(self, case.fate) + 1)
        self.overdue += case.fate == "open" and case.service_deadline < now
        if (hours := case.hours) is not None:
            self.hours.append(hours)
            self.late += case.answered_at is not None and case.answered_at > case.service_deadline
            self.undelivered += undelivered

    def shown(self, least: int) -> dict[str, Any]:
        """As it is published; times only where so many answers stand behind them."""
        names = ("received", "open", "answered", "refused", "merged", "overdue", "late", "undelivered")
        ordered = sorted(self.hours) if len(self.hours) >= max(1, least) else []
        times = {"median": percentile(ordered, 0.5), "ninetieth": percentile(ordered, 0.9)}
        return {name: getattr(self, name) for name in names} | times


def cases(departments: Iterable[int], since: date, most: int, *, touched: date | None = None) -> Iterator[Case]:
    """Requests now in these departments that came in since the day (Beijing), each department's newest first; at most so many.

    `touched`: only those that came in or were answered since then.
    """
    first = Ticket.objects.filter(number__gte=f"{since - DAY:%Y%m%d}").order_by("number").values_list("pk", flat=True).first()
    if first is None:
        return
    begin = midnight(since)
    wanted = Q(received_at__gte=midnight(touched)) | Q(answered_at__gte=midnight(touched)) if touched else Q()
    columns = ("pk", "state", "kind", "account_id", "received_at", "answered_at", "service_deadline")
    for department in departments:
        rows = Ticket.objects.filter(wanted, department=department, pk__gte=first).order_by("-pk").values_list(*columns)
        for row in rows[:most].iterator(chunk_size=5000):
            most -= 1
            if row[4] >= begin:
                yield Case(*row)
        if most <= 0:
            return


def undelivered(found: Sequence[Case]) -> set[int]:
    """Keys of those of these requests with a person's answer that has not reached the citizen."""
    accounts = sorted({case.account for case in found})
    keys = set[int]()
    for some in batched(accounts, 500):
        rows = Delivery.objects.filter(account__in=some, state__in=UNDELIVERED, lane=Lane.HUMAN, message__ticket__isnull=False)
        keys.update(rows.values_list("message__ticket", flat=True)[:MOST_UNDELIVERED])
    return keys & {case.pk for case in found}


def tallies(found: Iterable[Case], held: set[int], by: str, now: datetime) -> dict[str, Tally]:
    """One tally for each value of "kind" or "account"."""
    made: dict[str, Tally] = defaultdict(Tally)
    for case in found:
        made[getattr(case, by)].add(case, case.pk in held, now)
    return made


def total(found: Iterable[Case], held: set[int], now: datetime) -> Tally:
    """One tally of all."""
    made = Tally()
    for case in found:
        made.add(case, case.pk in held, now)
    return made


def day_of(moment: datetime) -> date:
    """The day in Beijing."""
    return moment.astimezone(BEIJING).date()


def charted(departments: Sequence[int], now: datetime) -> dict[str, Any]:
    """A department's last days: received and answered by day, how long answers took, and when people write (weekday and hour)."""
    own, today = rules()["own"], day_of(now)
    since = today - DAY * (own["chart_days"] - 1)
    begin = midnight(since)
    found = list(cases(departments, since - LOOKED_BACK, own["most_tickets"], touched=since))
    received, per_day, times, heat = Counter[date](), Counter[date](), Counter[int](), Counter[tuple[int, int]]()
    spans = []
    for case in found:
        if case.received_at >= begin:
            local = case.received_at.astimezone(BEIJING)
            received[local.date()] += 1
            heat[local.weekday(), local.hour] += 1
        if case.answered_at and case.answered_at >= begin and (hours := case.hours) is not None:
            per_day[day_of(case.answered_at)] += 1
            times[bucket(hours)] += 1
            spans.append(hours)
    spans.sort()
    return {
        "days": [[str(day), received[day], per_day[day]] for day in (since + DAY * n for n in range(own["chart_days"]))],
        "times": [times[place] for place in range(len(rules()["buckets"]["hours"]) + 1)],
        "heat": [[heat[weekday, hour] for hour in range(24)] for weekday in range(7)],
        "median": percentile(spans, 0.5),
        "ninetieth": percentile(spans, 0.9),
        "cut": len(found) >= own["most_tickets"],
        "at": now.isoformat(),
    }


def kept(key: str, fresh: timedelta, now: datetime, make: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
    """Figures that are made at most once in `fresh`, whoever asks: one counts anew, the others meanwhile get what there is."""
    row = Kept.objects.filter(pk=key).first()
    if row and timedelta() <= now - row.made_at < fresh:
        return dict(row.figures)
    if row and not Kept.objects.filter(pk=key, made_at=row.made_at).update(made_at=now):
        return dict(row.figures)
    made = make()
    Kept.objects.update_or_create(pk=key, defaults={"made_at": now, "figures": made})
    return made
