"""Why a request is not accepted: from a list, the rule pack's and the department's own."""

import re
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from bot.audit.actions import Fact, record
from bot.closing.models import RefusalReason
from bot.conflict import Conflict
from bot.staff.access import Actor
from bot.staff.actions import Invalid
from bot.staff.models import Department
from bot.tickets import actions
from bot.tickets.models import Ticket
from policies.closing import OTHER, REASONS, reason_of
from policies.roles import Right

CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
LABEL_LONGEST = 60


def own_reasons(department: Department) -> QuerySet[RefusalReason]:
    """The reasons this department and those above it have added, in use."""
    parts = department.path.strip("/").split("/")
    paths = ["/" + "/".join(parts[:depth]) + "/" for depth in range(1, len(parts) + 1)]
    return (
        RefusalReason.objects.filter(department__path__in=paths, is_active=True)
        .select_related("department")
        .order_by("department__path", "pk")
    )


def choices_for(department: Department, language: str) -> list[tuple[str, str]]:
    """(code, words) of every reason the department may give, "other" last."""
    pack = [(code, names[language]) for code, names in REASONS.items() if code != OTHER]
    return [*pack, *((row.code, row.label) for row in own_reasons(department)), (OTHER, REASONS[OTHER][language])]


def ask(actor: Actor, ticket: Ticket, reason: str, text: str, now: datetime) -> Ticket:
    """Propose a refusal for a reason given by code or in words; the second person decides. Raises Conflict, Denied, Invalid."""
    code, words = reason_of(reason, own_reasons(ticket.department).values_list("code", "label"))
    if not code:
        raise Invalid("请选择不予受理的理由。")
    if code == OTHER and words != REASONS[OTHER]["zh"]:
        words = f"{REASONS[OTHER]['zh']}：{words}"
    return actions.ask_refusal(actor, ticket, words, text, now)


@transaction.atomic
def add_reason(actor: Actor, department: Department, code: str, label: str, now: datetime) -> RefusalReason:
    """Add a reason of the department's own. Raises Conflict, Denied, Invalid."""
    actor.demand(Right.SET_CLOSING, department)
    code, label = code.strip().lower(), " ".join(label.replace("\x00", "").split())
    if not CODE.fullmatch(code):
        raise Invalid("理由代码只能用小写字母、数字、- 和 _，最长 40 位。")
    if not label or len(label) > LABEL_LONGEST:
        raise Invalid("请填写理由（最长 60 字）。")
    if reason_of(code)[0] != OTHER or code == OTHER:
        raise Conflict("已有这个理由。")
    try:
        with transaction.atomic():
            row, _ = RefusalReason.objects.update_or_create(department=department, code=code, defaults={"label": label, "is_active": True})
    except IntegrityError:
        raise Conflict("已有这个理由。") from None
    record(now, Fact(actor.username, "refusal_reason.added", "department", department.code, department.pk, {"code": code, "note": label}))
    return row


@transaction.atomic
def drop_reason(actor: Actor, row: RefusalReason, now: datetime) -> None:
    """Take a reason out of use; what was refused for it stays as it is. Raises Conflict, Denied."""
    actor.demand(Right.SET_CLOSING, row.department)
    if not RefusalReason.objects.filter(pk=row.pk, is_active=True).update(is_active=False):
        raise Conflict("该理由已停用。")
    record(now, Fact(actor.username, "refusal_reason.dropped", "department", row.department.code, row.department_id, {"code": row.code}))
