"""Messages dismissed as no question that nobody confirmed for a day: who may confirm them is told, once a day."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import BooleanField, Count, Min
from django.db.models.expressions import RawSQL

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
    return sum(_remind(pk, count, oldest, now) for pk, count, oldest in overdue_by_department(now) if pk not in told)


def overdue_by_department(now: datetime) -> list[tuple[int, int, datetime]]:
    """(department, how many, the oldest) of messages read as no question that have waited longer than they may."""
    waiting = Message.objects.filter(RawSQL(DISMISSED, [], output_field=BooleanField()))  # noqa: S611
    late = waiting.filter(confirmed_by=None, at__lt=now - DISMISSED_WITHIN, at__gte=now - timedelta(days=400))
    counted = late.order_by().values("account__department").annotate(count=Count("pk"), oldest=Min("at"))
    return [(row["account__department"], row["count"], row["oldest"]) for row in counted]


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
