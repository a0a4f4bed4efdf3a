"""Verbs on the roster: shifts, absences, and who is asked when the roster is empty."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction

from bot.audit.actions import Fact, record
from bot.clock import BEIJING
from bot.conflict import Conflict, Denied
from bot.duty.models import Absence, Post, Shift
from bot.staff.access import Actor, actor_of
from bot.staff.actions import Invalid
from bot.staff.models import Assignment, Department, Person
from policies.ladder import BOUNDS
from policies.roles import Right, may

ONE_DAY = timedelta(days=1)


def able(department: Department) -> list[Person]:
    """Who may be on duty in the department: active people who may answer there, its own first, then those from above."""
    above = [part for part in department.path.split("/") if part]
    held = Assignment.objects.filter(department__code__in=above, department__is_active=True, person__is_active=True)
    roles: dict[Person, list[str]] = {}
    for row in sorted(held.select_related("person", "department"), key=lambda row: (-len(row.department.path), row.person.username)):
        roles.setdefault(row.person, []).append(row.role)
    return [person for person, own in roles.items() if may(own, Right.REPLY)]


@transaction.atomic
def add_shift(actor: Actor, department: Department, person: Person, starts_at: datetime, ends_at: datetime, now: datetime) -> Shift:
    """Put a person on duty for these hours. Raises Conflict where they are on duty there already, Denied, Invalid."""
    actor.demand(Right.MANAGE_DUTY, department)
    _check_able(person, department)
    _check_hours(starts_at, ends_at)
    Department.objects.select_for_update().get(pk=department.pk)  # two shifts of one person at the same moment: one after the other
    if _overlapping(department, person, starts_at, ends_at):
        raise Conflict("该人员在此时段已有值班。")
    made = Shift.objects.create(department=department, person=person, starts_at=starts_at, ends_at=ends_at)
    record(now, _fact(actor, "shift.added", department, person, starts_at, ends_at))
    return made


@dataclass(frozen=True, slots=True)
class Weekly:
    """The same hours on the same weekdays (0 = Monday) from a day to a day, in Beijing. An end before the beginning is the next morning."""

    first: date
    last: date
    weekdays: Collection[int]
    begins: time
    ends: time

    def hours(self) -> Iterator[tuple[datetime, datetime]]:
        """When each shift starts and ends."""
        for number in range((self.last - self.first).days + 1):
            day = self.first + ONE_DAY * number
            if day.weekday() in self.weekdays:
                until = day if self.ends > self.begins else day + ONE_DAY
                yield datetime.combine(day, self.begins, BEIJING), datetime.combine(until, self.ends, BEIJING)


@transaction.atomic
def add_weekly(actor: Actor, department: Department, person: Person, weekly: Weekly, now: datetime) -> int:
    """Many shifts at once; what overlaps with a shift of the same person is left out. Returns how many were made.

    Raises Denied, Invalid.
    """
    actor.demand(Right.MANAGE_DUTY, department)
    _check_able(person, department)
    most = BOUNDS["shifts_at_once"][1]
    if weekly.last < weekly.first or (weekly.last - weekly.first).days >= most or not weekly.weekdays:
        raise Invalid(f"请选择星期和起止日期，一次最多 {most} 天。")
    Department.objects.select_for_update().get(pk=department.pk)
    taken = list(Shift.objects.filter(department=department, person=person, ends_at__gt=now).values_list("starts_at", "ends_at"))
    rows: list[Shift] = []
    for starts_at, ends_at in weekly.hours():
        _check_hours(starts_at, ends_at)
        if ends_at > now and all(end <= starts_at or start >= ends_at for start, end in taken):
            taken.append((starts_at, ends_at))
            rows.append(Shift(department=department, person=person, starts_at=starts_at, ends_at=ends_at))
    if not rows:
        raise Invalid("这些日期里没有新的班次。")
    Shift.objects.bulk_create(rows)
    record(now, _fact(actor, "shift.added", department, person, rows[0].starts_at, rows[-1].ends_at, count=len(rows)))
    return len(rows)


@transaction.atomic
def remove_shift(actor: Actor, shift: Shift, now: datetime) -> None:
    """Take a shift off the roster; one under way ends now. Raises Conflict if it is over or gone."""
    actor.demand(Right.MANAGE_DUTY, shift.department)
    rows = Shift.objects.filter(pk=shift.pk, ends_at__gt=now)
    gone = rows.filter(starts_at__lt=now).update(ends_at=now) or rows.delete()[0]
    if not gone:
        raise Conflict("该班次已结束或已删除。")
    record(now, _fact(actor, "shift.removed", shift.department, shift.person, shift.starts_at, shift.ends_at))


@transaction.atomic
def give_shift(actor: Actor, shift: Shift, person: Person, now: datetime) -> None:
    """Somebody else takes the shift (换班); of one under way, what is left of it. Raises Conflict, Denied, Invalid."""
    if actor.person_id != shift.person_id:
        actor.demand(Right.MANAGE_DUTY, shift.department)
    _check_able(person, shift.department)
    Department.objects.select_for_update().get(pk=shift.department_id)
    row = Shift.objects.select_for_update().filter(pk=shift.pk, ends_at__gt=now, person=shift.person_id).first()
    if row is None:
        raise Conflict("该班次已结束或已删除。")
    starts = max(row.starts_at, now)
    if _overlapping(shift.department, person, starts, row.ends_at):
        raise Conflict("该人员在此时段已有值班。")
    ends = row.ends_at
    Shift.objects.filter(pk=row.pk, starts_at__lt=now).update(ends_at=now) or row.delete()
    Shift.objects.create(department=shift.department, person=person, starts_at=starts, ends_at=ends)
    record(now, _fact(actor, "shift.given", shift.department, person, starts, ends, earlier=shift.person.username))


@transaction.atomic
def add_absence(
    actor: Actor, person: Person, hours: tuple[datetime, datetime], deputy: Person | None, reason: str, now: datetime
) -> Absence:
    """A person is away and somebody stands in. Everybody may enter their own. Raises Denied, Invalid."""
    home = _may_send_away(actor, person)
    starts_at, ends_at = hours
    if ends_at <= starts_at or (ends_at - starts_at).days > BOUNDS["absence_days"][1]:
        raise Invalid("请检查起止时间。")
    if deputy is not None and (deputy.pk == person.pk or not deputy.is_active):
        raise Invalid("代班人须是另一位在岗人员。")
    made = Absence.objects.create(person=person, starts_at=starts_at, ends_at=ends_at, deputy=deputy, reason=reason.strip()[:100])
    stand_in = deputy.username if deputy else ""
    record(now, _fact(actor, "absence.added", home, person, starts_at, ends_at, deputy=stand_in))
    return made


@transaction.atomic
def end_absence(actor: Actor, absence: Absence, now: datetime) -> None:
    """The person is back, or does not go. Raises Conflict if it is over or gone."""
    home = _may_send_away(actor, absence.person)
    rows = Absence.objects.filter(pk=absence.pk, ends_at__gt=now)
    gone = rows.filter(starts_at__lt=now).update(ends_at=now) or rows.delete()[0]
    if not gone:
        raise Conflict("该请假已结束或已删除。")
    record(now, _fact(actor, "absence.ended", home, absence.person, absence.starts_at, absence.ends_at))


def _may_send_away(actor: Actor, person: Person) -> Department:
    """The department in which the person's absence is recorded. Raises Denied."""
    homes = list(Department.objects.filter(assignments__person=person).order_by("path").distinct())
    mine = [home for home in homes if actor.person_id == person.pk or actor.may(Right.MANAGE_DUTY, home)]
    if not mine:
        raise Denied("您没有此项权限。")
    return mine[0]


@transaction.atomic
def set_post(actor: Actor, department: Department, head: Person | None, when_empty: str, *, round_the_clock: bool, now: datetime) -> None:
    """Who leads the department, and who is asked when its roster names nobody. Raises Denied, Invalid."""
    actor.demand(Right.MANAGE_DUTY, department)
    if head is not None:
        _check_able(head, department)
    if when_empty not in Post.WhenEmpty.values:
        raise Invalid("请选择无人值班时由谁办理。")
    fields = {"head": head, "when_empty": when_empty, "round_the_clock": round_the_clock}
    Post.objects.update_or_create(department=department, defaults=fields)
    detail = {"head": head.username if head else "", "when_empty": when_empty, "round_the_clock": round_the_clock}
    record(now, Fact(actor.username, "duty.post_set", "department", department.code, department.pk, detail))


def _check_able(person: Person, department: Department) -> None:
    if not person.is_active or not actor_of(person).may(Right.REPLY, department):
        raise Invalid("该人员不能在此部门答复市民，不能值班。")


def _check_hours(starts_at: datetime, ends_at: datetime) -> None:
    least, most = BOUNDS["shift_hours"]
    if not timedelta(hours=least) <= ends_at - starts_at <= timedelta(hours=most):
        raise Invalid(f"一个班次须在 {least} 至 {most} 小时之间。")


def _overlapping(department: Department, person: Person, starts_at: datetime, ends_at: datetime) -> bool:
    return Shift.objects.filter(department=department, person=person, ends_at__gt=starts_at, starts_at__lt=ends_at).exists()


def _fact(actor: Actor, action: str, department: Department, person: Person, start: datetime, end: datetime, **detail: object) -> Fact:
    hours = {"from": start.isoformat(), "until": end.isoformat()}
    return Fact(actor.username, action, "department", department.code, department.pk, {"person": person.username, **hours, **detail})
