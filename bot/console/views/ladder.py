"""A department's ladder: what it is, in words, and its own steps."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bot import clock
from bot.conflict import Conflict
from bot.console.dutyforms import step_rows, steps_of
from bot.console.ladder import steps_shown
from bot.console.sentences import translate
from bot.console.session import ConsoleRequest
from bot.console.views.duty import department_of
from bot.duty import steps
from bot.duty.models import Step
from bot.duty.queries import ladder_of
from bot.staff.actions import Invalid
from bot.staff.models import Department
from bot.staff.queries import departments_for
from policies.roles import Right

KINDS = ("normal", "urgent")


@require_safe
def ladder(request: ConsoleRequest, code: str) -> HttpResponse:
    return _page(request, department_of(request, code))


def _page(request: ConsoleRequest, row: Department, kind: str = "", rows: object = None, wrong: str = "") -> HttpResponse:
    own = set(Step.objects.filter(department=row).values_list("urgent", flat=True))
    shown = []
    for name in KINDS:
        urgent = name == "urgent"
        table = rows if name == kind else step_rows(ladder_of(row.pk, urgent=urgent), name)
        shown.append((name, steps_shown(row.pk, urgent=urgent), urgent in own, table, wrong if name == kind else ""))
    context = {"row": row, "ladders": shown, "mine": departments_for(request.actor, Right.SEE_TICKETS), "section": "duty"}
    manages = request.actor.may(Right.MANAGE_DUTY, row)
    return render(request, "console/duty/ladder.html", {**context, "manages": manages}, status=422 if kind else 200)


def _is_urgent(kind: str) -> bool:
    if kind not in KINDS:
        raise Http404
    return kind == "urgent"


@require_POST
def set_ladder(request: ConsoleRequest, code: str, kind: str) -> HttpResponse:
    row, urgent = department_of(request, code), _is_urgent(kind)
    rows, wrong = step_rows(ladder_of(row.pk, urgent=urgent), kind, request.POST), _("请检查标出的各项。")
    if rows.is_valid():
        try:
            steps.set_ladder(request.actor, row, steps_of(rows), clock.now(), urgent=urgent)
            messages.success(request, _("已保存，从各诉求单的下一步起按此升级。"))
            return redirect("ladder", code)
        except Invalid as no:
            wrong = translate(str(no))
    return _page(request, row, kind, rows, wrong)


@require_POST
def clear_ladder(request: ConsoleRequest, code: str, kind: str) -> HttpResponse:
    row = department_of(request, code)
    try:
        steps.clear_ladder(request.actor, row, clock.now(), urgent=_is_urgent(kind))
        messages.success(request, _("已恢复沿用上级或默认的升级阶梯。"))
    except Conflict as no:
        messages.error(request, translate(str(no)))
    return redirect("ladder", code)
