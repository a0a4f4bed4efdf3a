"""Which categories the machine answers by itself, with the threshold and what it was measured on."""

from collections import Counter
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bot import clock
from bot.console.knowledgeforms import SwitchForm
from bot.console.session import ConsoleRequest
from bot.console.views.knowledge import demand
from bot.knowledge import actions
from bot.knowledge.models import Entry
from bot.knowledge.queries import in_force, serving, switches_for, today, with_contradiction
from bot.staff.models import Department
from bot.staff.queries import departments_for
from nlu.subjects import all_subjects
from policies.knowledge import EVIDENCE, THRESHOLD
from policies.roles import Right


@require_safe
def answers(request: ConsoleRequest) -> HttpResponse:
    demand(request, Right.SEE_KNOWLEDGE)
    departments = list(departments_for(request.actor, Right.SEE_KNOWLEDGE).filter(is_active=True))
    chosen = next((row for row in departments if row.code == request.GET.get("department")), departments[0] if departments else None)
    context = {
        "departments": departments,
        "chosen": chosen,
        "rows": _rows(request, chosen) if chosen else [],
        "may_switch": bool(chosen and request.actor.may(Right.SWITCH_ANSWERS, chosen)),
        "edits": request.actor.has(Right.EDIT_KNOWLEDGE),
        "threshold": THRESHOLD,
        "evidence": EVIDENCE,
        "section": "knowledge",
    }
    return render(request, "console/knowledge/answers.html", context)


def _rows(request: ConsoleRequest, department: Department) -> list[dict[str, Any]]:
    """Every subject with its switch and how many entries could be given."""
    day = today(clock.now())
    usable = in_force(with_contradiction(Entry.objects.filter(department__in=serving(department)), day), day)
    counts = Counter(usable.filter(contradicted=False).values_list("subject", flat=True))
    switched = {row.subject: row for row in switches_for(request.actor).filter(department=department)}
    return [{"subject": key, "switch": switched.get(key), "entries": counts[key]} for key in all_subjects()]


@require_POST
def switch(request: ConsoleRequest) -> HttpResponse:
    demand(request, Right.SWITCH_ANSWERS)
    form = SwitchForm(request.POST, actor=request.actor)
    if not form.is_valid():
        messages.error(request, _("没有这个部门或主题，或您无权更改。"))
        return redirect("knowledge-answers")
    department, on = form.cleaned_data["department"], form.cleaned_data["on"]
    actions.switch(request.actor, department, form.cleaned_data["subject"], on, clock.now())
    messages.success(request, _("自动答复已开启。") if on else _("自动答复已关闭。"))
    return redirect(f"/knowledge/answers?department={department.code}")
