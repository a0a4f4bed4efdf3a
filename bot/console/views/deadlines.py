"""期限: what a department sets for itself and those below it, and where it sends people for matters of the law."""

from collections.abc import Callable

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bot import clock
from bot.conflict import Denied
from bot.console.deadlineforms import LegalForm, TermForm
from bot.console.sentences import translate
from bot.console.session import ConsoleRequest
from bot.deadlines import actions, legal
from bot.deadlines.inherited import lines_of, ways_of
from bot.staff.actions import Invalid
from bot.staff.models import Department
from bot.staff.queries import departments_for
from policies.roles import Right


def demand(request: ConsoleRequest) -> None:
    """Raise Denied for who sets no deadlines anywhere."""
    if not request.actor.has(Right.MANAGE_DEADLINES):
        raise Denied("您没有此项权限。")


def _department(request: ConsoleRequest, code: str) -> Department:
    return get_object_or_404(departments_for(request.actor, Right.MANAGE_DEADLINES), code=code)


def _tried(form: Form, act: Callable[[], object]) -> bool:
    """Whether it was done; if not, the form says why."""
    if not form.is_valid():
        return False
    try:
        act()
    except Invalid as wrong:
        form.add_error(None, translate(str(wrong)))
        return False
    return True


@require_safe
def deadlines(request: ConsoleRequest) -> HttpResponse:
    """The pack of the department asked for (`?department=`), else of the highest one the actor may set."""
    demand(request)
    asked = request.GET.get("department", "")
    mine = departments_for(request.actor, Right.MANAGE_DEADLINES)
    row = _department(request, asked) if asked else mine.first()
    return _pack(request, row, TermForm()) if row else render(request, "console/nothing.html", status=404)


@require_http_methods(["GET", "POST"])
def pack(request: ConsoleRequest, code: str) -> HttpResponse:
    row = _department(request, code)
    if request.method == "GET":
        asked = [line for line in lines_of(row) if line.own.key == request.GET.get("key")]
        return _pack(request, row, TermForm.of(asked[0]) if asked else TermForm())
    form = TermForm(request.POST)
    if _tried(form, lambda: actions.set_term(request.actor, row, form.own(), clock.now())):
        messages.success(request, _("已保存，从下一条诉求起按此计算。"))
        return redirect("department-deadlines", code)
    return _pack(request, row, form)


def _pack(request: ConsoleRequest, row: Department, form: TermForm) -> HttpResponse:
    mine = departments_for(request.actor, Right.MANAGE_DEADLINES)
    context = {"row": row, "mine": mine, "lines": lines_of(row), "form": form, "section": "deadlines", "tab": "pack"}
    return render(request, "console/deadlines/pack.html", context, status=422 if form.errors else 200)


@require_POST
def clear(request: ConsoleRequest, code: str) -> HttpResponse:
    actions.clear_term(request.actor, _department(request, code), request.POST.get("key", ""), clock.now())
    messages.success(request, _("已恢复沿用上级。"))
    return redirect("department-deadlines", code)


@require_http_methods(["GET", "POST"])
def ways(request: ConsoleRequest, code: str) -> HttpResponse:
    row = _department(request, code)
    if request.method == "GET":
        asked = [way for way in ways_of(row) if way.route == request.GET.get("route")]
        return _ways(request, row, LegalForm.of(asked[0]) if asked else LegalForm())
    form = LegalForm(request.POST)
    if _tried(form, lambda: legal.set_route(request.actor, row, form.cleaned_data["route"], form.where(), clock.now())):
        messages.success(request, _("已保存，可在诉求单上写入答复。"))
        return redirect("legal-routes", code)
    return _ways(request, row, form)


def _ways(request: ConsoleRequest, row: Department, form: LegalForm) -> HttpResponse:
    mine = departments_for(request.actor, Right.MANAGE_DEADLINES)
    context = {"row": row, "mine": mine, "ways": ways_of(row), "form": form, "section": "deadlines", "tab": "legal"}
    return render(request, "console/deadlines/legal.html", context, status=422 if form.errors else 200)


@require_POST
def clear_way(request: ConsoleRequest, code: str) -> HttpResponse:
    legal.clear_route(request.actor, _department(request, code), request.POST.get("route", ""), clock.now())
    messages.success(request, _("已恢复沿用上级。"))
    return redirect("legal-routes", code)
