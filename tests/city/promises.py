"""The invariants of the ladder and of paging: overdue means somebody else, and whoever is called is called until it arrives."""

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from bot.deadlines.queries import calendar
from bot.duty.desk import Desk
from bot.paging.models import OPEN_STATES as CALLING
from bot.paging.models import Attempt, Page
from bot.tickets.clock import its_ladder, way_of
from bot.tickets.models import Ticket
from bot.tickets.paging import is_open
from policies.ladder import due

if TYPE_CHECKING:
    from tests.city.invariants import Judge, Looked

LATE = timedelta(seconds=60)
TOLD = 10


def owned(judge: "Judge", now: datetime) -> "Looked":
    """Every open ticket has a deadline, and an owner who works here or a department whose duty post resolves to somebody."""
    rows = Ticket.objects.filter(is_open())
    gone = rows.filter(Q(owner__is_active=False) | Q(owner=None, department__is_active=False) | Q(deadline=None))
    wrong = [f"{number} has nobody or no deadline" for number in gone.values_list("number", flat=True)[:TOLD]]
    posts = set(rows.filter(owner=None).order_by().values_list("department", flat=True).distinct())
    desk = Desk(now, posts)
    wrong += [f"the duty post of department {at} resolves to nobody" for at in posts if not desk.duty_line(at)]
    return rows.count(), wrong


def climbs(judge: "Judge", now: datetime) -> "Looked":
    """No open ticket whose next step is due for longer than a minute, or without a next step; and none below the rung it should be on.

    The second is reckoned anew from the rule, not from the moment that is kept with the ticket. A message that its platform
    handed over late may bring a ticket that is due already: its minute begins when it is there.
    """
    rows = Ticket.objects.filter(is_open(), updated_at__lte=now - LATE)
    late = rows.filter(Q(next_step_at__lte=now - LATE) | Q(next_step_at=None))
    wrong = [f"{row.number} ({row.state}) did not climb: due {row.next_step_at}, rung {row.rung}" for row in late[:TOLD]]
    pressing = rows.filter(Q(deadline__lte=now - LATE) | Q(urgent=True), paused_until=None)
    looked = 0
    for row in pressing.select_related("department")[:500]:
        looked += 1
        steps = [step for step in due(its_ladder(row), way_of(row), calendar(), row.rung, now - LATE) if not step.again]
        if steps:
            wrong.append(f"{row.number} is on rung {row.rung}, {steps[-1].number} was due at {steps[-1].moment}")
    return rows.count() + looked, wrong


def pages_arrive(judge: "Judge", now: datetime) -> "Looked":
    """Every open page goes on in time or is a visible alarm; none ended as told without a message that left; none is left in the air."""
    going = Page.objects.filter(state__in=CALLING)
    wrong = [f"page {row.pk} ({row}) stands still since {row.next_at}" for row in going.filter(next_at__lte=now - LATE)[:TOLD]]
    sent = Attempt.objects.filter(pages=OuterRef("pk"), state="sent")
    recent = Page.objects.all() if judge.since is None else Page.objects.filter(at__gte=judge.since - timedelta(hours=1))
    wrong += [f"page {row.pk} ({row}) is told, and no message left" for row in recent.filter(state="told").exclude(Exists(sent))[:TOLD]]
    wrong += [
        f"page {row.pk} ({row}) was acknowledged by nobody" for row in recent.filter(state="acknowledged", acknowledged_by=None)[:TOLD]
    ]
    hidden = going.filter(state="exhausted", alarm_at=None)
    wrong += [f"page {row.pk} ({row}) reached nobody, and no alarm says so" for row in hidden[:TOLD]]
    flying = Attempt.objects.filter(ended_at=None, lease_until__lte=now - LATE)
    wrong += [f"attempt {row.pk} is in the air since {row.at}" for row in flying[:TOLD]]
    if judge.final:
        wrong += _heard(judge)
    return recent.count() + going.count(), wrong


def _heard(judge: "Judge") -> list[str]:
    """What counts as sent came to a phone: the robots' own journal against the attempts."""
    phones = Counter(row["to"] for row in judge.city.world.notes("phones"))
    said = Counter(Attempt.objects.filter(state="sent").values_list("person__username", flat=True))
    return [f"{name}: {count} messages count as sent, {phones[name]} came" for name, count in said.items() if phones[name] < count]
