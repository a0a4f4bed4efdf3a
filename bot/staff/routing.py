"""Departments' tables of who is competent for what (部门分工): reading them for a ticket, changing them, taking in a list."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property

from django.db import transaction
from django.db.models import QuerySet

from bot.audit.actions import Fact, record
from bot.staff.access import Actor
from bot.staff.actions import Invalid
from bot.staff.models import Department, Route
from nlu.subjects import all_subjects, name, topics
from policies.facts import Understanding
from policies.roles import Right
from policies.routing import department_for


class Tables:
    """The routes that count for some departments: their own and those of every department above them."""

    def __init__(self, departments: Iterable[Department]) -> None:
        self._paths = {row.pk: [code for code in reversed(row.path.split("/")) if code] for row in departments}

    @cached_property
    def _routes(self) -> tuple[Mapping[str, Mapping[str, str]], Mapping[str, int]]:
        """By department, who is competent for which label; and the keys of those. Read when somebody asks first."""
        tables: dict[str, dict[str, str]] = {}
        keys: dict[str, int] = {}
        rows = Route.objects.filter(
            department__code__in={code for path in self._paths.values() for code in path}, competent__is_active=True
        )
        for code, label, competent, key in rows.values_list("department__code", "label", "competent__code", "competent"):
            tables.setdefault(code, {})[label] = competent
            keys[competent] = key
        return tables, keys

    def department(self, reading: Understanding, pk: int) -> int:
        """The key of the department competent for a message to the accounts of department `pk`; itself where no route says otherwise."""
        path, (tables, keys) = self._paths[pk], self._routes
        routed = department_for(reading, path[0], [tables.get(code, {}) for code in path])
        return keys.get(routed.department, pk) if routed.label else pk


def suggested(department: Department, subject: str, topic: str = "") -> Department | None:
    """Where a person who says what a ticket to this department's account is about ought to send it; None: no route says."""
    said = Understanding("", 1.0, subject, 1.0, "person", topic=topic, topic_confidence=1.0)
    found = Tables([department]).department(said, department.pk)
    return Department.objects.get(pk=found) if found != department.pk else None


def reachable(department: Department) -> QuerySet[Department]:
    """Who may be named competent: every department in use below the one above this department, and the one above itself."""
    top = department.path.rsplit("/", 2)[0] + "/" if department.path.count("/") > 2 else department.path
    return Department.objects.filter(path__startswith=top, is_active=True).order_by("path")


def routes_of(department: Department) -> QuerySet[Route]:
    """The department's own rows."""
    return Route.objects.filter(department=department).select_related("competent")


def inherited(department: Department) -> list[Route]:
    """The rows of departments above that count here, since no nearer row speaks of their label; the nearest first."""
    above = [code for code in reversed(department.path.split("/")) if code][1:]
    rows = list(Route.objects.filter(department__code__in=above).select_related("competent", "department"))
    rows.sort(key=lambda row: above.index(row.department.code))
    taken = set(routes_of(department).values_list("label", flat=True))
    found = []
    for row in rows:
        if row.label not in taken:
            taken.add(row.label)
            found.append(row)
    return sorted(found, key=lambda row: row.label)


@transaction.atomic
def set_route(actor: Actor, department: Department, label: str, competent: Department, now: datetime) -> Route:
    """Say who is competent; a second saying replaces the first. Raises Denied, Invalid."""
    actor.demand(Right.MANAGE_DEPARTMENTS, department)
    if label not in all_subjects() and label not in topics():
        raise Invalid("没有这个主题，请从列表中选择。")
    if not reachable(department).filter(pk=competent.pk).exists():
        raise Invalid("只能指定本部门上级之内、在用的部门。")
    row, made = Route.objects.update_or_create(department=department, label=label, defaults={"competent": competent})
    detail = {"label": label, "competent": competent.code}
    record(now, Fact(actor.username, "route.set" if made else "route.changed", "department", department.code, department.pk, detail))
    return row


@transaction.atomic
def remove_route(actor: Actor, department: Department, label: str, now: datetime) -> bool:
    """Take a row away: the subject's general row, a row above, or the account's own department counts again. False: it was gone."""
    actor.demand(Right.MANAGE_DEPARTMENTS, department)
    deleted, _ = Route.objects.filter(department=department, label=label).delete()
    if deleted:
        record(now, Fact(actor.username, "route.removed", "department", department.code, department.pk, {"label": label}))
    return bool(deleted)


def take_in(actor: Actor, department: Department, rows: Iterable[Mapping[str, str]], now: datetime) -> tuple[int, list[str]]:
    """Set every good row of a list; how many, and a line of words for each bad one. An empty department removes the row."""
    actor.demand(Right.MANAGE_DEPARTMENTS, department)
    labels = _labels()
    known = {key: row for row in reachable(department) for key in (row.name, row.code)}
    saved, problems = 0, []
    for number, row in enumerate(rows, start=2):  # the first line of a sheet is its header
        said, who = row.get("subject", "").strip(), row.get("department", "").strip()
        label, competent = labels.get(said, ""), known.get(who)
        if not label:
            problems.append(f"第 {number} 行：没有主题“{said[:40]}”。")
        elif not who:
            saved += remove_route(actor, department, label, now)
        elif competent is None:
            problems.append(f"第 {number} 行：没有可指定的部门“{who[:40]}”。")
        else:
            set_route(actor, department, label, competent, now)
            saved += 1
    return saved, problems


def _labels() -> dict[str, str]:
    """What a list may call a subject or topic: its id, or its Chinese name where no other has the same."""
    ids = [*all_subjects(), *topics()]
    names = [name(label) for label in ids]
    return {**{word: label for word, label in zip(names, ids, strict=True) if names.count(word) == 1}, **{label: label for label in ids}}
