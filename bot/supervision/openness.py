"""What a department shows to everybody about its answers (47号, facts 3.04): numbers, nobody's name, and no group that is too small."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from bot.audit.actions import Fact, record
from bot.channels.models import Account
from bot.staff.access import Actor, department_ids
from bot.staff.models import Department
from bot.supervision.figures import Case, Tally, cases, day_of, kept, tallies, total, undelivered
from bot.supervision.models import Kept, Openness
from policies.roles import Right
from policies.statistics import Period, periods, rules, shown

KEY = "public:"
OTHER = ""  # what is too small to stand by itself


def is_open(department: Department) -> bool:
    """Whether the page is there: as the department says, else the one above it, else the rule pack."""
    above = [department.path[: place + 1] for place, sign in enumerate(department.path) if sign == "/" and place]
    said = dict(Openness.objects.filter(department__path__in=above).values_list("department__path", "is_open"))
    return next((said[path] for path in reversed(above) if path in said), bool(rules()["public"]["open"]))


@transaction.atomic
def set_open(actor: Actor, department: Department, wanted: bool | None, now: datetime) -> None:
    """Switch a department's page on or off; None: as the department above. Raises Denied."""
    actor.demand(Right.MANAGE_DEPARTMENTS, department)
    if wanted is None:
        Openness.objects.filter(department=department).delete()
    else:
        Openness.objects.update_or_create(department=department, defaults={"is_open": wanted})
    said = "above" if wanted is None else "on" if wanted else "off"
    record(now, Fact(actor.username, "department.statistics_switched", "department", department.code, department.pk, {"page": said}))


def published(department: Department, now: datetime) -> Mapping[str, Any]:
    """The figures of the department and all below it. `refresh` makes them anew every hour; if it does not, whoever asks does."""
    return kept(f"{KEY}{department.pk}", 2 * _fresh(), now, lambda: _figures(department, now))


def refresh(now: datetime) -> int:
    """Make the figures of one page that was asked for once and is due, so that no reader waits for it. 1 = there may be more."""
    row = Kept.objects.filter(key__startswith=KEY, made_at__lte=now - _fresh()).order_by("made_at").first()
    if row is None:
        return 0
    department = Department.objects.filter(pk=row.key.removeprefix(KEY), is_active=True).first()
    if department is None or not is_open(department):
        Kept.objects.filter(pk=row.pk).delete()
    else:
        kept(row.key, _fresh(), now, lambda: _figures(department, now))
    return 1


def _fresh() -> timedelta:
    return timedelta(minutes=rules()["public"]["fresh_minutes"])


def _figures(department: Department, now: datetime) -> dict[str, Any]:
    wanted = periods(day_of(now))
    found = list(cases(department_ids([department.path]), min(period.since for period in wanted), 10 * rules()["own"]["most_tickets"]))
    held = undelivered(found)
    names = dict(Account.objects.filter(pk__in={case.account for case in found}).values_list("pk", "name"))
    return {"at": now.isoformat(), "periods": [_period(period, found, held, names, now) for period in wanted]}


def _period(period: Period, found: list[Case], held: set[int], names: Mapping[str, str], now: datetime) -> dict[str, Any]:
    least = rules()["public"]["least"]
    own = [case for case in found if period.since <= day_of(case.received_at) < period.until]
    made = {"name": period.name, "since": str(period.since), "until": str(period.until - timedelta(days=1)), "few": len(own) < least}
    if made["few"]:
        return made
    accounts = _groups(tallies(own, held, "account", now), least)
    return made | {
        "total": total(own, held, now).shown(least),
        "kinds": _groups(tallies(own, held, "kind", now), least),
        "accounts": [[names.get(name, ""), row] for name, row in accounts],
    }


def _groups(made: Mapping[str, Tally], least: int) -> list[tuple[str, dict[str, Any]]]:
    """Each group that is large enough, the largest first; the others together at the end."""
    alone = shown({name: tally.received for name, tally in made.items()}, least)
    together = Tally()
    for name, tally in made.items():
        if name not in alone:
            _join(together, tally)
    rows = [(name, made[name].shown(least)) for name in sorted(alone, key=lambda name: (-made[name].received, name))]
    return [*rows, (OTHER, together.shown(least))] if together.received else rows


def _join(whole: Tally, part: Tally) -> None:
    for column in fields(Tally):
        setattr(whole, column.name, getattr(whole, column.name) + getattr(part, column.name))
