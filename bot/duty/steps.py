"""Verbs on a department's ladder."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from bot.audit.actions import Fact, record
from bot.conflict import Conflict
from bot.duty.book import forget
from bot.duty.models import Step as StepRow
from bot.staff.access import Actor
from bot.staff.actions import Invalid
from bot.staff.models import Department
from policies.ladder import Step, problems
from policies.roles import Right


@transaction.atomic
def set_ladder(actor: Actor, department: Department, steps: Sequence[Step], now: datetime, *, urgent: bool) -> None:
    """The department's tickets climb these steps from their next step on, and those of the departments below without their own.

    Raises Denied, Invalid (a ladder that could forget somebody).
    """
    actor.demand(Right.MANAGE_DUTY, department)
    if wrong := problems(steps):
        raise Invalid(wrong[0])
    Department.objects.select_for_update().get(pk=department.pk)
    StepRow.objects.filter(department=department, urgent=urgent).delete()
    rows = [
        StepRow(department=department, urgent=urgent, position=place, act=step.act, share=step.share, after_minutes=step.after_minutes)
        for place, step in enumerate(steps, 1)
    ]
    StepRow.objects.bulk_create(rows)
    forget()
    words = [[step.act.value, step.share, step.after_minutes] for step in steps]
    record(now, Fact(actor.username, "ladder.set", "department", department.code, department.pk, {"urgent": urgent, "steps": words}))


@transaction.atomic
def clear_ladder(actor: Actor, department: Department, now: datetime, *, urgent: bool) -> None:
    """Back to the ladder from above, or the default one. Raises Conflict if the department has none of its own."""
    actor.demand(Right.MANAGE_DUTY, department)
    if not StepRow.objects.filter(department=department, urgent=urgent).delete()[0]:
        raise Conflict("本部门没有自己的升级阶梯。")
    forget()
    record(now, Fact(actor.username, "ladder.cleared", "department", department.code, department.pk, {"urgent": urgent}))
