"""The duty roster as its page shows it: a month of one department, and who is there now."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db.models import QuerySet

from bot.clock import BEIJING
from bot.deadlines.queries import calendar
from bot.duty.desk import Desk
from bot.duty.models import Absence, Gap, Shift
from bot.staff.access import Actor
from bot.staff.models import Department, Person
from policies.roles import Right


@dataclass(slots=True)
class Day:
    """One day of the month. `open`: offices work; `bare`: and nobody is on duty on it."""

    date: date
    open: bool
    today: bool
    shifts: list[Shift] = field(default_factory=list)

    @property
    def bare(self) -> bool:
        return self.open and not self.shifts


@dataclass(frozen=True, slots=True)
class Month:
    """A month of a department's roster."""

    first: date
    days: list[Day]

    @property
    def name(self) -> str:
        return f"{self.first:%Y-%m}"

    @property
    def before(self) -> str:
        return f"{self.first - timedelta(days=1):%Y-%m}"

    @property
    def after(self) -> str:
        return f"{self.first + timedelta(days=31):%Y-%m}"


def month_of(department: Department, text: str, now: datetime) -> Month:
    """The month asked for ("2026-11"), else the present one; a shift stands on each day that it touches."""
    first = _first(text, now)
    last = (first + timedelta(days=32)).replace(day=1)
    begin, end = (datetime.combine(day, time(), BEIJING) for day in (first, last))
    shifts = (
        Shift.objects.filter(department=department, ends_at__gt=begin, starts_at__lt=end).select_related("person").order_by("starts_at")
    )
    today, office = now.astimezone(BEIJING).date(), calendar()
    days = [first + timedelta(days=number) for number in range((last - first).days)]
    made = {day: Day(day, office.is_working_day(day), day == today) for day in days}
    for shift in shifts.order_by("starts_at"):
        day = shift.starts_at.astimezone(BEIJING).date()
        until = (shift.ends_at - timedelta(microseconds=1)).astimezone(BEIJING).date()
        while day <= until:
            if day in made:
                made[day].shifts.append(shift)
            day += timedelta(days=1)
    return Month(first, list(made.values()))


def _first(text: str, now: datetime) -> date:
    try:
        asked = datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007  (a month has no zone)
    except ValueError:
        asked = now.astimezone(BEIJING).date()
    return asked.replace(day=1) if 2000 <= asked.year <= 2100 else now.astimezone(BEIJING).date().replace(day=1)


@dataclass(frozen=True, slots=True)
class Present:
    """Who would be asked now: those on duty here, else whoever is found above, and everybody who would be called in turn."""

    here: list[Person]
    instead: Person | None
    where: Department | None
    chain: list[Person]
    gap: Gap | None


def present_of(department: Department, now: datetime) -> Present:
    """Who is there at this moment."""
    desk = Desk(now, [department.pk])
    line, here, chain = desk.duty_line(department.pk), desk.on_duty(department.pk), desk.chain(department.pk)
    people = Person.objects.in_bulk({*here, *chain, *(person for person, _ in line[:1])})
    gap = Gap.objects.filter(department=department, until=None).first()
    instead, where = (None, None) if here or not line else (people[line[0][0]], Department.objects.get(pk=line[0][1]))
    return Present([people[pk] for pk in here], instead, where, [people[pk] for pk in chain], gap)


def absences_of(department: Department, now: datetime) -> QuerySet[Absence]:
    """Present and coming absences of people with a role in this department."""
    staff = Person.objects.filter(assignments__department=department).values("pk")
    return Absence.objects.filter(person__in=staff, ends_at__gt=now).select_related("person", "deputy").order_by("starts_at")


def staff_of(department: Department, actor: Actor) -> Sequence[Person]:
    """Whose absence the actor may enter here: everybody's of the department with the right, else their own."""
    if actor.may(Right.MANAGE_DUTY, department):
        return list(Person.objects.filter(assignments__department=department, is_active=True).distinct())
    return list(Person.objects.filter(pk=actor.person_id))
