"""The monthly self-test: on the first working day of a month each contact point gets a test page."""

from collections import Counter
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from bot.clock import BEIJING
from bot.paging.claiming import new_attempt
from bot.paging.models import Attempt, Contact
from bot.paging.registry import all_pagers
from policies.calendar import WorkingCalendar
from policies.paging import is_test_time

MINUTE = timedelta(minutes=1)
SHARE = 2  # of a gateway's pace the test takes one in so many: real pages come first


def claim_tests(limit: int, calendar: WorkingCalendar, now: datetime) -> list[Attempt]:
    """Begin test messages to contact points that had none this month; to be called and finished by the caller."""
    first = first_working_day(now, calendar)
    here = now.astimezone(BEIJING)
    if limit <= 0 or not is_test_time(now) or here.date() < first or not calendar.is_working_day(here.date()):
        return []
    start = datetime(first.year, first.month, 1, tzinfo=BEIJING)
    tested = Attempt.objects.filter(contact=OuterRef("pk"), test="monthly", at__gte=start)
    # Who came after the first working day was tested by hand or waits for the next month.
    begun = datetime(first.year, first.month, first.day, tzinfo=BEIJING)
    due = Contact.objects.filter(is_active=True, person__is_active=True, gateway__is_active=True, created_at__lt=begun)
    due = due.exclude(Exists(tested))
    return _claim(due, limit, now) if due.exists() else []


@transaction.atomic
def _claim(due: QuerySet[Contact], limit: int, now: datetime) -> list[Attempt]:
    rows = due.select_related("gateway", "person").order_by("pk").select_for_update(skip_locked=True, of=("self",))
    recent = Attempt.objects.filter(at__gt=now - MINUTE).values_list("gateway", flat=True)
    sent, begun = Counter(recent), list[Attempt]()
    for contact in rows:
        pager = all_pagers().get(contact.gateway.means)
        if len(begun) == limit:
            break
        if pager and sent[contact.gateway_id] * SHARE >= pager.per_minute:
            continue
        sent[contact.gateway_id] += 1
        begun.append(new_attempt(contact, now, test="monthly"))
    return Attempt.objects.bulk_create(begun)


def first_working_day(now: datetime, calendar: WorkingCalendar) -> date:
    """The first day of this month on which offices work."""
    day = now.astimezone(BEIJING).date().replace(day=1)
    while not calendar.is_working_day(day):
        day += timedelta(days=1)
    return day
