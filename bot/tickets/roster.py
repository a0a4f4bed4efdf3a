"""An empty duty post is an alarm of its own: called about once, however long it lasts and however many tickets meet it."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction

from bot.audit.actions import Fact, record
from bot.deadlines.queries import calendar
from bot.duty.desk import Desk
from bot.duty.models import Gap, Post, Shift
from bot.staff.models import Department
from bot.tickets import calling
from policies.worktime import OfficeTime

LATELY = timedelta(days=30)  # a department whose last shift is longer ago no longer keeps a roster
WHO = "system:duty"


def open_gaps(empty: Mapping[int, bool], desk: Desk, now: datetime) -> list[Fact]:
    """Nobody is on duty in these departments (True: and an emergency asked). New gaps are called about; for the caller's record.

    At night an empty post is as it should be, unless there is an emergency or the post is one for day and night.
    """
    if not empty:
        return []
    always = set(Post.objects.filter(department__in=empty, round_the_clock=True).values_list("department_id", flat=True))
    known = set(Gap.objects.filter(department__in=empty, until=None).values_list("department_id", flat=True))
    office = OfficeTime(calendar()).is_open(now)
    wanted = [at for at, urgent in empty.items() if at not in known and (urgent or office or at in always)]
    rows = Department.objects.in_bulk(wanted)
    made = [rows[at] for at in sorted(wanted) if _opened(at, now)]
    for department in made:
        calling.call_about_gap(desk.head_line(department.pk), department, now, urgent=empty[department.pk])
    return [Fact(WHO, "duty.gap", "department", row.code, row.pk) for row in made]


def _opened(department_id: int, now: datetime) -> bool:
    """Whether this process is the one that noticed: the table holds one open gap for a department."""
    fresh = Gap(department_id=department_id, since=now)
    Gap.objects.bulk_create([fresh], ignore_conflicts=True)
    return Gap.objects.filter(department=department_id, until=None, since=now).exists()


def watch_roster(now: datetime) -> int:
    """Gaps that have ended are closed; where a department keeps a roster and nobody is on it, one is opened."""
    gaps = set(Gap.objects.filter(until=None).values_list("department_id", flat=True))
    kept = Shift.objects.filter(ends_at__gt=now - LATELY).order_by().values_list("department_id", flat=True).distinct()
    asked = gaps | set(Department.objects.filter(pk__in=kept, is_active=True).values_list("pk", flat=True))
    if not asked:
        return 0
    desk = Desk(now, asked)
    there = {at for at in asked if desk.covered(at)}
    _close(gaps & there, now)
    with transaction.atomic():
        facts = open_gaps(dict.fromkeys(asked - there - gaps, False), desk, now)
        if facts:
            record(now, *facts)
    return 0


def _close(departments: set[int], now: datetime) -> None:
    for row in Department.objects.filter(pk__in=departments).order_by("pk"):
        with transaction.atomic():
            if Gap.objects.filter(department=row, until=None).update(until=now):
                calling.settle_gap(row, now)
                record(now, Fact(WHO, "duty.gap_ended", "department", row.code, row.pk))
