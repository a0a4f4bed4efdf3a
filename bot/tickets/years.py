"""A year brought in late: open deadlines that reach into it are reckoned anew, each once, with a row on record.

Which tickets that concerns is written down first, with the deadline each had: what has another deadline by the time it is
reached was reckoned by the new calendar already, and is left alone. A process that dies goes on where it was.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from bot.audit.actions import Fact, record
from bot.deadlines.models import CalendarYear
from bot.deadlines.queries import forget, pack_of
from bot.deadlines.years import Change, change_of
from bot.tickets.clock import CLOCK_FIELDS, set_clock
from bot.tickets.models import OPEN_STATES, Pause, Rereckoning, Ticket
from bot.tickets.parts import literally
from policies.deadlines import effective, in_office_time, rereckoned
from policies.pauses import moved

TOGETHER = 100  # tickets in one transaction
AT_ONCE = 1000  # rows written in one statement
NONE_CONCERNED = -1
FIELDS = ("service_deadline", "deadline", *CLOCK_FIELDS)


def follow_years(now: datetime) -> int:
    """Go on with the oldest year whose tickets are not done. Returns how many tickets were listed or looked at."""
    year = CalendarYear.objects.filter(applied_at=None).order_by("pk").first()
    if year is None:
        return 0
    forget()  # this process may still hold the calendar from before
    change = change_of(year)
    return _go_on(year, change, now) if year.cursor else _list(year, change, now)


def _list(year: CalendarYear, change: Change, now: datetime) -> int:
    """Write down the open tickets whose deadline lies behind the first day that changed, as they were when the year came."""
    rows: list[Rereckoning] = []
    if change.first is not None:
        others = CalendarYear.objects.exclude(pk=year.pk).aggregate(at=Max("applied_at"))["at"]
        before = max(year.imported_at, others or year.imported_at)  # what the year before this one changed is still to be looked at
        due = Ticket.objects.filter(literally(OPEN_STATES), service_deadline__gte=change.first, updated_at__lte=before)
        found = due.order_by("pk").values_list("pk", "service_deadline")
        rows = [Rereckoning(year_id=year.pk, ticket_id=pk, service=service) for pk, service in found]
    with transaction.atomic():
        done = None if rows else now
        if CalendarYear.objects.filter(pk=year.pk, cursor=0).update(cursor=len(rows) or NONE_CONCERNED, applied_at=done):
            Rereckoning.objects.bulk_create(rows, AT_ONCE)
    return len(rows)


@transaction.atomic
def _go_on(year: CalendarYear, change: Change, now: datetime) -> int:
    rows = list(Rereckoning.objects.filter(year=year).order_by("pk").select_for_update(skip_locked=True)[:TOGETHER])
    if not rows:
        if not Rereckoning.objects.filter(year=year).exists():
            CalendarYear.objects.filter(pk=year.pk, applied_at=None).update(applied_at=now)
        return 0
    facts = _reckon({row.ticket_id: row.service for row in rows}, year, change, now)
    Rereckoning.objects.filter(pk__in=[row.pk for row in rows]).delete()
    if facts:
        record(now, *facts)
    return len(rows)


def _reckon(listed: dict[int, datetime], year: CalendarYear, change: Change, now: datetime) -> list[Fact]:
    tickets = Ticket.objects.filter(pk__in=listed, state__in=OPEN_STATES).select_related("conversation").order_by("pk")
    facts = []
    for ticket in tickets.select_for_update(of=("self",)):
        before = ticket.service_deadline
        if before != listed[ticket.pk] or not _move(ticket, change, now):
            continue
        set_clock(ticket, now)
        Ticket.objects.filter(pk=ticket.pk).update(updated_at=now, **{name: getattr(ticket, name) for name in FIELDS})
        detail = {"year": year.year, "from": before.isoformat(), "until": ticket.service_deadline.isoformat()}
        facts.append(Fact("system:calendar", "ticket.rereckoned", "ticket", ticket.number, ticket.department_id, detail))
    return facts


def _move(ticket: Ticket, change: Change, now: datetime) -> bool:
    """Reckon the ticket's deadline anew, and the one a pause goes back to. A deadline that is past, or would be, stays."""
    pack, since = pack_of(ticket.department_id), max(ticket.received_at, ticket.answered_at or ticket.received_at)
    if ticket.service_deadline <= now or not in_office_time(ticket.kind, pack):
        return False
    pause = Pause.objects.filter(ticket=ticket, ended_at=None).first()
    if pause is None:
        service = rereckoned(ticket.service_deadline, since, change.old, change.new)
    else:
        pause.service_before = rereckoned(pause.service_before, since, change.old, change.new)
        service = moved(pause.service_before, pause.began_at, pause.until, change.new)
    if service == ticket.service_deadline or service <= now:
        return False
    if pause is not None:
        pause.save(update_fields=["service_before"])
    ticket.service_deadline = service
    ticket.deadline = effective(service, ticket.conversation.window_until, ticket.received_at, pack)
    return True
