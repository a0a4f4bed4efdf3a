"""Messages dismissed as no question that nobody confirmed for a day: who may confirm them is told, once a day."""

from datetime import datetime

from django.db import transaction
from django.db.models import BooleanField, Count, Min
from django.db.models.expressions import RawSQL

from bot.channels.models import Account
from bot.clock import BEIJING
from bot.closing.models import Reminder
from bot.closing.people import holders
from bot.paging.actions import About, page
from bot.staff.models import Department
from bot.tickets.models import Message
from policies.closing import DISMISSED_WITHIN
from policies.roles import Right

KIND = "dismissed"
DISMISSED = """ "tickets_message"."direction" = 'citizen' AND "tickets_message"."ticket_id" IS NULL """.strip()
FROM_HOUR = 9  # Beijing: nobody is told at midnight of what waited all day


def remind_dismissed(now: datetime) -> int:
    """Tell, for each department with unconfirmed messages older than a day, who may confirm them; how many departments were told."""
    today = now.astimezone(BEIJING)
    if today.hour < FROM_HOUR:
        return 0
    told = set(Reminder.objects.filter(kind=KIND, day=today.date()).values_list("department", flat=True))
    late: dict[int, tuple[int, datetime]] = {}
    for account in Account.objects.exclude(department__in=told).only("pk", "department"):
        count, oldest = _late(account, now)
        if count:
            before = late.get(account.department_id, (0, oldest))
            late[account.department_id] = (before[0] + count, min(before[1], oldest))
    return sum(_remind(pk, count, oldest, now) for pk, (count, oldest) in late.items())


def _late(account: Account, now: datetime) -> tuple[int, datetime]:
    """How many messages to the account wait longer than they may for a person to confirm that they are none, and since when."""
    waiting = Message.objects.filter(RawSQL(DISMISSED, [], output_field=BooleanField()), account=account)  # noqa: S611
    found = waiting.filter(confirmed_by=None, at__lt=now - DISMISSED_WITHIN).aggregate(count=Count("pk"), oldest=Min("at"))
    return int(found["count"]), found["oldest"] or now


@transaction.atomic
def _remind(department_id: int, count: int, oldest: datetime, now: datetime) -> int:
    day = now.astimezone(BEIJING).date()
    _, fresh = Reminder.objects.get_or_create(kind=KIND, department_id=department_id, day=day)
    if not fresh:
        return 0
    department = Department.objects.get(pk=department_id)
    days = max(1, (now - oldest).days)
    words = f"{department.name} 有 {count} 条“不是诉求”的消息待人确认，最早的已等 {days} 天。"
    people = holders(Right.CONFIRM_DISMISSED, department)
    page(people, About(KIND, f"{department.code}:{day}", department.pk, "/dismissed/"), words, now, insist=False)
    return 1
