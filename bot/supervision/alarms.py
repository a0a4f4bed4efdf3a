"""Differences in the balance: each is recorded once, paged once, and ended by a count that comes out even."""

import logging
from collections.abc import Mapping
from datetime import date, datetime

from bot.audit.actions import Fact, record
from bot.channels.models import Account
from bot.paging.actions import About, page, settle
from bot.staff.models import Assignment, Department
from bot.supervision.balance import Balance
from bot.supervision.models import Imbalance
from policies.roles import RIGHTS, Right, Role

log = logging.getLogger(__name__)
SYSTEM = "system:supervision"
KIND = "balance"


def standing() -> list[tuple[str, date]]:
    """The accounts and days that did not come out even when they were counted last."""
    return list(Imbalance.objects.filter(ended_at=None).values_list("account_id", "day"))


def judge(counted: Mapping[tuple[str, date], Balance], now: datetime) -> None:
    """Raise and end alarms after a count. Runs inside the caller's transaction."""
    known = {(row.account_id, row.day): row for row in Imbalance.objects.filter(ended_at=None)}
    facts = []
    for pair, found in counted.items():
        row = known.get(pair)
        if found.difference and (row is None or row.difference != found.difference):
            facts.append(_raise(pair, found, row, now))
        elif row is not None and found.difference:
            Imbalance.objects.filter(pk=row.pk).update(seen_at=now)
        elif row is not None:
            facts.append(_end(row, now))
    if facts:
        record(now, *facts)


def _raise(pair: tuple[str, date], found: Balance, row: Imbalance | None, now: datetime) -> Fact:
    account, day = Account.objects.select_related("department").get(pk=pair[0]), pair[1]
    log.critical("balance of %s on %s differs by %s", account.pk, day, found.difference, extra={"balance": dict(found.as_dict())})
    if row is None:
        Imbalance.objects.create(account=account, day=day, difference=found.difference, since=now, seen_at=now)
    else:
        Imbalance.objects.filter(pk=row.pk).update(difference=found.difference, seen_at=now)
    if row is None or abs(found.difference) > abs(row.difference):  # one that shrinks is being mended: nobody is called again
        words = f"收支不平：{account.name} {day}，收到 {found.received} 条，有 {abs(found.difference)} 条去向不明，请立即核查。"
        settle(KIND, key_of(pair), now)
        page(administrators(account.department), About(KIND, key_of(pair), account.department_id, path_of(pair)), words, now, urgent=True)
    return _fact("balance.differed", pair, account.department_id, difference=found.difference, received=found.received)


def _end(row: Imbalance, now: datetime) -> Fact:
    Imbalance.objects.filter(pk=row.pk).update(ended_at=now, seen_at=now)
    pair = (row.account_id, row.day)
    settle(KIND, key_of(pair), now)
    department = Account.objects.values_list("department_id", flat=True).get(pk=row.account_id)
    return _fact("balance.evened", pair, department, since=row.since.isoformat())


def _fact(action: str, pair: tuple[str, date], department: int, **detail: object) -> Fact:
    return Fact(SYSTEM, action, KIND, key_of(pair), department, detail)


def key_of(pair: tuple[str, date]) -> str:
    """Names an account's day on record and on pages."""
    return f"{pair[0]}:{pair[1]}"


def path_of(pair: tuple[str, date]) -> str:
    """The page of an account's day."""
    return f"/balance/{pair[0]}/{pair[1]}"


def administrators(department: Department) -> list[int]:
    """Whom a difference calls: administrators here and above, the nearest first; where there are none, whoever watches the balance."""
    rows = Assignment.objects.filter(person__is_active=True, department__is_active=True, department__path__in=_above(department))
    rows = rows.order_by("-department__path", "person_id")
    roles = [{Role.ADMIN}, {role for role in Role if Right.MEND_BALANCE in RIGHTS[role]}]
    for wanted in roles:
        found = list(dict.fromkeys(rows.filter(role__in=wanted).values_list("person_id", flat=True)))
        if found:
            return found
    return []


def _above(department: Department) -> list[str]:
    parts = department.path.strip("/").split("/")
    return ["/" + "/".join(parts[: count + 1]) + "/" for count in range(len(parts))]
