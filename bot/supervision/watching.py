"""The watch over the balance, every minute and at start: what it costs grows with what happened, not with what is stored.

Counted anew at each look: today and yesterday; every earlier day in which a message is unread, a ticket changed or a difference
stands; and of all the others so many, the longest uncounted first. Why: docs/decisions/0017.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Min, Q

from bot.clock import BEIJING
from bot.inbox.models import Inbound
from bot.supervision.alarms import judge, standing
from bot.supervision.balance import COLUMNS, Balance, by_account, changed_tickets, days_of, never_less, received_on, unread
from bot.supervision.models import AccountDay, Watch
from policies.statistics import rules

DAY = timedelta(days=1)
DAYS_AT_ONCE = 60  # of the past, kept for the first time in one look
type Pair = tuple[str, date]


@dataclass(slots=True)
class Look:
    """One look: what was counted, and where the watch stands afterwards."""

    watch: Watch
    now: datetime
    counted: dict[Pair, Balance]
    more: bool = False  # there is more to do at once


def look(now: datetime, *, at_start: bool = False) -> int:
    """Count what may have changed, keep it, and raise or end alarms. 1 = there is more to do at once, else 0.

    `at_start`: look whether or not another process has just done so.
    """
    watch = _turn(now, at_start)
    if watch is None:
        return 0
    one = Look(watch, now, {})
    _recent(one)
    _changed(one)
    _again(one)
    with transaction.atomic():
        _keep(one.counted, now)
        judge(one.counted, now)
        watch.checked_at, watch.next_at = now, now if one.more else watch.next_at
        watch.save()
    return int(one.more)


def _turn(now: datetime, at_start: bool) -> Watch | None:
    """The watch, if it is this process's turn. A next look further ahead than any (the clock was set back) does not hold."""
    every = timedelta(seconds=rules()["balance"]["every_seconds"])
    watch, _ = Watch.objects.get_or_create(pk=1)
    due = at_start or watch.next_at is None or not now < watch.next_at <= now + every
    taken = due and Watch.objects.filter(pk=1, next_at=watch.next_at).update(next_at=now + every)
    if not taken:
        return None
    if watch.seen_at is None:
        watch.seen_at = now - timedelta(seconds=rules()["balance"]["settles_seconds"])  # all before is counted from now on
    watch.next_at = now + every
    return watch


def _recent(one: Look) -> None:
    """The days that are over are kept one after the other; yesterday and today are counted every time."""
    today, budget = _day(one.now), rules()["balance"]["verified_at_once"] * 5
    day = one.watch.kept_before or min(_first_day(), today - DAY)
    for _ in range(DAYS_AT_ONCE):
        if day >= today - DAY or budget <= 0:
            break
        found = _count(one, day, None)
        budget -= sum(row.received for row in found.values())
        day += DAY
    one.more, one.watch.kept_before = day < today - DAY, day
    for recent in (today - DAY, today):
        _count(one, recent, None)


def _first_day() -> date:
    first = Inbound.objects.filter(counted=True).aggregate(first=Min("received_at"))["first"]  # asked once in a house's life
    return _day(first) if first else date.max


def _changed(one: Look) -> None:
    """Days behind us in which something changed, is unread, or does not come out even."""
    limits = rules()["balance"]
    tickets = changed_tickets(one.watch, limits["changed_at_once"])
    settled = [place for place in tickets if place[0] <= one.now - timedelta(seconds=limits["settles_seconds"])]
    _count_pairs(one, {*days_of(tickets), *unread(), *standing()})
    if settled:
        one.watch.seen_at, one.watch.seen_id = settled[-1]
    one.more = one.more or len(settled) == limits["changed_at_once"]


def _again(one: Look) -> None:
    """Of the days nothing is known to have changed in, the longest uncounted: what no time of a change tells is found here."""
    limits = rules()["balance"]
    hours = timedelta(minutes=limits["open_again_minutes"]), timedelta(hours=limits["closed_again_hours"])
    for which, age in zip((Q(open__gt=0), Q()), hours, strict=True):
        budget = limits["verified_at_once"]
        rows = AccountDay.objects.filter(which, counted_at__lt=one.now - age).order_by("counted_at")
        pairs = []
        for account, day, received in rows.values_list("account_id", "day", "received")[: limits["changed_at_once"]]:
            if budget <= 0:
                break
            pairs.append((account, day))
            budget -= received
        _count_pairs(one, pairs)


def _count_pairs(one: Look, pairs: Iterable[Pair]) -> None:
    wanted = defaultdict(set)
    for account, day in pairs:
        if (account, day) not in one.counted:
            wanted[day].add(account)
    for day, accounts in wanted.items():
        _count(one, day, sorted(accounts))


def _count(one: Look, day: date, accounts: list[str] | None) -> dict[str, Balance]:
    found = never_less(by_account(received_on(accounts, day, day + DAY)), accounts, day)
    one.counted |= {(account, day): row for account, row in found.items()}
    return found


def _keep(counted: dict[Pair, Balance], now: datetime) -> None:
    rows = [AccountDay(account_id=account, day=day, counted_at=now, **asdict(row)) for (account, day), row in counted.items()]
    AccountDay.objects.bulk_create(
        rows, batch_size=500, update_conflicts=True, unique_fields=["account", "day"], update_fields=[*COLUMNS, "counted_at"]
    )


def _day(moment: datetime) -> date:
    return moment.astimezone(BEIJING).date()
