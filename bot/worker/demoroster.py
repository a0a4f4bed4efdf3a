"""The demo's duty roster: somebody is there whenever a visitor looks."""

from datetime import datetime, timedelta

from bot.clock import BEIJING
from bot.duty.models import Shift
from bot.staff.models import Department, Person

AHEAD = 60  # days
ROSTER = (
    ("root", ("leader",), 0, 24),
    ("health", ("health1", "health2"), 8, 20),
    ("water", ("water1",), 8, 20),
    ("education", ("education1",), 8, 20),
)


def seed_roster(now: datetime) -> None:
    """Shifts for two months, people in turn by the day; a department that has shifts ahead keeps them."""
    today = now.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
    for code, people, begin, end in ROSTER:
        department = Department.objects.get(code=code)
        if Shift.objects.filter(department=department, ends_at__gt=now).exists():
            continue
        turns = [Person.objects.get(username=name) for name in people]
        days = [today + timedelta(days=number) for number in range(AHEAD)]
        rows = [
            Shift(
                department=department,
                person=turns[number % len(turns)],
                starts_at=day + timedelta(hours=begin),
                ends_at=day + timedelta(hours=end),
            )
            for number, day in enumerate(days)
        ]
        Shift.objects.bulk_create(rows)
