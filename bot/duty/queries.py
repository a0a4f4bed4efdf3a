"""Asking the roster: who is on duty, who stands above, whom to call, and which steps a department's tickets climb."""

from datetime import datetime

from bot.duty.book import forget, ladder_of, line
from bot.duty.desk import Desk
from bot.staff.models import Person
from policies.ladder import Step

__all__ = ["chain", "duty_or_above", "forget", "head_of", "ladder_of", "line", "on_duty", "steps_of"]


def on_duty(department_id: int, now: datetime) -> Person | None:
    """Who is on this department's roster now; the deputy of who is away. None: nobody, whatever the departments above have."""
    return _person(next(iter(Desk(now, [department_id]).on_duty(department_id)), None))


def duty_or_above(department_id: int, now: datetime) -> tuple[Person | None, int]:
    """Who is on duty for this department, and in which department they were found: its own, or the nearest above it.

    Where no roster up to the root names anybody it is the nearest head. (None, root) only where nobody there may answer.
    """
    found = next(iter(Desk(now, [department_id]).duty_line(department_id)), None)
    return (_person(found[0]), found[1]) if found else (None, line(department_id)[-1])


def head_of(department_id: int, now: datetime) -> Person | None:
    """Who leads this department now."""
    return _person(next(iter(Desk(now, [department_id]).heads(department_id)), None))


def chain(department_id: int, now: datetime) -> list[int]:
    """Ids of the people to call about a matter of this department, nearest first. Empty only where nobody up to the root may answer."""
    return Desk(now, [department_id]).chain(department_id)


def steps_of(department_id: int, *, urgent: bool = False) -> tuple[Step, ...]:
    """The steps this department's tickets climb: its own, inherited from above, or the default pack's."""
    return ladder_of(department_id, urgent=urgent).steps


def _person(key: int | None) -> Person | None:
    return None if key is None else Person.objects.get(pk=key)
