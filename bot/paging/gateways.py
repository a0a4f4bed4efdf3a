"""Verbs on gateways: the means by which a department's people can be called."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import Q, QuerySet

from bot.audit.actions import Fact, record
from bot.paging.models import Gateway
from bot.paging.registry import all_pagers
from bot.staff.access import Actor, visible_to
from bot.staff.actions import Invalid
from bot.staff.models import Assignment, Department
from bot.vault import Sealed, seal, unseal
from policies.facts import AccountFacts
from policies.roles import Right


def gateways_for(actor: Actor) -> QuerySet[Gateway]:
    """The gateways whose settings the actor may change."""
    return visible_to(Gateway.objects.select_related("department"), actor, right=Right.MANAGE_PAGING).order_by("department__path", "name")


def usable_by(person_id: int) -> QuerySet[Gateway]:
    """The gateways a person may have contact points at: those of their departments and of all above."""
    paths = Assignment.objects.filter(person=person_id, department__is_active=True).values_list("department__path", flat=True)
    wanted = Q(pk__in=[])
    for path in paths:
        names = path.strip("/").split("/")
        wanted |= Q(department__path__in=["/" + "/".join(names[:end]) + "/" for end in range(1, len(names) + 1)])
    return Gateway.objects.filter(wanted, is_active=True).order_by("name")


@transaction.atomic
def save_gateway(actor: Actor, row: Gateway | None, values: Mapping[str, Any], department: Department, now: datetime) -> Gateway:
    """Create a gateway, or change it. Absent credentials keep the stored ones. Raises Invalid, Denied.

    `values`: means, name, base_url, credentials.
    """
    actor.demand(Right.MANAGE_PAGING, department)
    credentials = {name: value for name, value in values["credentials"].items() if value}
    base_url = str(values["base_url"]).strip().rstrip("/")
    if row and base_url != row.base_url and not credentials:
        raise Invalid("更换接口地址时须重新填写凭据。")  # else a new address would be told the stored secrets
    means = row.means if row else str(values["means"])
    # Where the address stays, a field left empty keeps its stored value; at a new address all are entered anew.
    kept = stored(row) if row and base_url == row.base_url else {}
    facts = AccountFacts("", means, str(values["name"]).strip(), base_url=base_url, credentials={**kept, **credentials})
    _refuse_wrong(facts)
    sealed = seal(json.dumps(dict(facts.credentials), ensure_ascii=False))
    fields = {"name": facts.name, "department": department, "base_url": base_url, "credentials": sealed, "error": "", "paused_until": None}
    if row is None:
        made = Gateway.objects.create(means=means, created_at=now, **fields)
    else:
        Gateway.objects.filter(pk=row.pk).update(**fields)
        made = row
    detail = {"means": means, "name": facts.name, "credentials_changed": bool(credentials)}
    record(now, Fact(actor.username, "gateway.changed" if row else "gateway.created", "gateway", str(made.pk), department.pk, detail))
    return made


@transaction.atomic
def set_gateway_active(actor: Actor, row: Gateway, active: bool, now: datetime) -> None:
    """Take a gateway out of use, or back. Its contact points stay. Raises Denied."""
    actor.demand(Right.MANAGE_PAGING, row.department)
    if Gateway.objects.filter(pk=row.pk, is_active=not active).update(is_active=active, error="", paused_until=None):
        action = "gateway.activated" if active else "gateway.deactivated"
        record(now, Fact(actor.username, action, "gateway", str(row.pk), row.department_id, {"name": row.name}))


def stored(row: Gateway) -> dict[str, Any]:
    """The credentials there are; a store that cannot be opened any more counts as empty, so that it can be filled anew."""
    try:
        found = json.loads(unseal(row.credentials)) if row.credentials else {}
    except Sealed:
        return {}
    return found if isinstance(found, dict) else {}


def _refuse_wrong(facts: AccountFacts) -> None:
    pager = all_pagers().get(facts.platform)
    if pager is None:
        raise Invalid("没有这种呼叫方式。")
    if not facts.name or len(facts.name) > 100:
        raise Invalid("请填写名称，最多 100 字。")
    wrong = pager.validate(facts)
    if pager.base_url_required or facts.base_url:
        wrong += (
            [] if pager.base_url_required or _is_web(facts.base_url) else ["接口地址应以 http:// 或 https:// 开头 / http:// or https://"]
        )
    if wrong:
        raise Invalid("；".join(wrong))


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.query and (parts.port or 1) > 0
    except ValueError:
        return False
