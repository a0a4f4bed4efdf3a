"""Setting where a legal route begins, department by department."""

from dataclasses import fields, replace
from datetime import datetime

from django.db import transaction

from bot.audit.actions import Fact, record
from bot.deadlines.actions import reason_given
from bot.deadlines.models import LegalRoute
from bot.staff.access import Actor
from bot.staff.actions import Invalid
from bot.staff.models import Department
from policies.legal import ROUTES, Where
from policies.roles import Right

TEXT_MAX = 1000
_MOST = {"office": 200, "address": 300, "phone": 100, "hours": 200, "url": 500, "text": TEXT_MAX, "source": 300}


@transaction.atomic
def set_route(actor: Actor, department: Department, route: str, where: Where, now: datetime) -> LegalRoute:
    """Say where a route begins, for the department and those below it. Raises Denied, Invalid."""
    actor.demand(Right.MANAGE_DEADLINES, department)
    if route not in ROUTES:
        raise Invalid("没有这一法定途径。")
    where = _clean(where)
    said = {field.name: getattr(where, field.name) for field in fields(where)}
    values = {**said, "set_by": actor.username, "set_at": now}
    row, made = LegalRoute.objects.update_or_create(department=department, route=route, defaults=values)
    action = "legal_route.set" if made else "legal_route.changed"
    record(now, Fact(actor.username, action, "department", department.code, department.pk, {"route": route, **said}))
    return row


@transaction.atomic
def clear_route(actor: Actor, department: Department, route: str, now: datetime) -> bool:
    """Take the department's own word away: the one above counts again. False: there was none. Raises Denied."""
    actor.demand(Right.MANAGE_DEADLINES, department)
    deleted, _ = LegalRoute.objects.filter(department=department, route=route).delete()
    if deleted:
        record(now, Fact(actor.username, "legal_route.cleared", "department", department.code, department.pk, {"route": route}))
    return bool(deleted)


def _clean(where: Where) -> Where:
    """The same without blanks around. Raises Invalid."""
    kept = {name: getattr(where, name).replace("\x00", "").strip() for name in _MOST}
    if not kept["office"]:
        raise Invalid("请填写受理单位。")
    for name, most in _MOST.items():
        if len(kept[name]) > most:
            raise Invalid(f"内容过长（{len(kept[name])} 字），最多 {most} 字。")
    if kept["url"] and not kept["url"].startswith(("https://", "http://")):
        raise Invalid("网址应以 http:// 或 https:// 开头。")
    return replace(where, **{**kept, "source": reason_given(kept["source"])})
