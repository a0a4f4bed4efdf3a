"""The duty roster of the city's days: who has which shift, and who is ill."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from bot.duty.models import Absence, Shift
from bot.staff.models import Department, Person
from policies.calendar import SHANGHAI, default_calendar
from tests.city.plan import Plan

DAY, NIGHT = (8.5, 20.5), (20.5, 32.5)  # hours of a day from its midnight
SICK_EVERY = 15  # one stretch of three days in so many
STRETCH = 3


@dataclass(frozen=True, slots=True)
class Watch:
    """One person's shift at a department's post."""

    department: str
    person: int
    begins: datetime
    ends: datetime


def is_day_off(plan: Plan, day: int) -> bool:
    return not default_calendar().is_working_day((plan.start + timedelta(days=day)).astimezone(SHANGHAI).date())


def is_sick(plan: Plan, person: int, now: datetime) -> bool:
    """Illness comes in stretches of three days."""
    return _is_sick(plan.seed, person, (now - plan.start) // timedelta(days=STRETCH))


@cache
def _is_sick(seed: int, person: int, stretch: int) -> bool:
    return random.Random(f"{seed} sick {person} {stretch}").random() < 1 / SICK_EVERY


def watches(plan: Plan, homes: Sequence[str]) -> Iterator[Watch]:
    """Every shift: one by day and one by night at each bureau and at the top; three by day where offices are closed."""
    of: dict[str, list[int]] = {}
    for person, home in enumerate(homes):
        if "-" not in home:
            of.setdefault(home, []).append(person)
    for day in range(plan.days):
        midnight = plan.start + timedelta(days=day)
        for department, people in of.items():
            crew = 3 if is_day_off(plan, day) and department != "root" else 1
            for place, hours in [(n, DAY) for n in range(crew)] + [(crew, NIGHT)]:
                person = people[(day * 2 + place) % len(people)]
                yield Watch(department, person, midnight + timedelta(hours=hours[0]), midnight + timedelta(hours=hours[1]))


def write(plan: Plan, homes: Sequence[str], departments: Mapping[str, Department]) -> None:
    """Shifts and absences as rows. Every other illness was not told to anybody."""
    people = list(Person.objects.order_by("username"))
    rows = {(row.department, row.person, row.begins): row for row in watches(plan, homes)}
    Shift.objects.bulk_create(
        Shift(department=departments[row.department], person=people[row.person], starts_at=row.begins, ends_at=row.ends)
        for row in rows.values()
    )
    away = []
    for person in range(len(homes)):
        for stretch in range(plan.days // STRETCH):
            if _is_sick(plan.seed, person, stretch) and (person + stretch) % 2:
                begins = plan.start + timedelta(days=stretch * STRETCH)
                deputy = people[(person + 1) % len(people)]
                away.append(Absence(person=people[person], starts_at=begins, ends_at=begins + timedelta(days=STRETCH), deputy=deputy))
    Absence.objects.bulk_create(away)
