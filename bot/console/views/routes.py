"""Who is competent for what: a department's table of routes (部门分工)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bot import clock
from bot.conflict import Denied
from bot.console import sheets
from bot.console.forms import RouteForm
from bot.console.sentences import translate
from bot.console.session import ConsoleRequest
from bot.staff import routing
from bot.staff.actions import Invalid
from bot.staff.models import Department
from bot.staff.queries import departments_for
from nlu.subjects import name
from policies.roles import Right

COLUMNS = {"主题": "subject", "subject": "subject", "主管部门": "department", "department": "department"}


def _department(request: ConsoleRequest, code: str) -> Department:
    return get_object_or_404(departments_for(request.actor, Right.MANAGE_DEPARTMENTS), code=code)


@require_safe
def routes(request: ConsoleRequest) -> HttpResponse:
    """The table of the department asked for (`?department=`), else of the highest one the actor manages."""
    if not request.actor.has(Right.MANAGE_DEPARTMENTS):
        raise Denied("您没有此项权限。")
    asked = request.GET.get("department", "")
    mine = departments_for(request.actor, Right.MANAGE_DEPARTMENTS)
    row = _department(request, asked) if asked else mine.first()
    return _page(request, row, RouteForm(department=row)) if row else render(request, "console/nothing.html", status=404)


@require_http_methods(["GET", "POST"])
def table(request: ConsoleRequest, code: str) -> HttpResponse:
    row = _department(request, code)
    form = RouteForm(request.POST or None, department=row)
    if request.method == "POST" and form.is_valid() and _said(request, row, form):
        return redirect("department-routes", code)
    return _page(request, row, form)


def _page(request: ConsoleRequest, row: Department, form: RouteForm) -> HttpResponse:
    mine = departments_for(request.actor, Right.MANAGE_DEPARTMENTS)
    context = {"row": row, "mine": mine, "own": routing.routes_of(row), "above": routing.inherited(row), "form": form, "section": "routes"}
    return render(request, "console/departments/routes.html", context, status=422 if form.errors else 200)


def _said(request: ConsoleRequest, row: Department, form: RouteForm) -> bool:
    data = form.cleaned_data
    try:
        routing.set_route(request.actor, row, data["label"], data["competent"], clock.now())
    except Invalid as wrong:
        form.add_error(None, translate(str(wrong)))
        return False
    messages.success(request, _("已保存，从下一条诉求起按此分派。"))
    return True


@require_POST
def remove(request: ConsoleRequest, code: str) -> HttpResponse:
    routing.remove_route(request.actor, _department(request, code), request.POST.get("label", ""), clock.now())
    messages.success(request, _("已删除，此主题不再另行分派。"))
    return redirect("department-routes", code)


@require_POST
def take_in(request: ConsoleRequest, code: str) -> HttpResponse:
    row, file = _department(request, code), request.FILES.get("file")
    try:
        content = file.read(sheets.MOST_BYTES + 1) if file else b""
        saved, problems = routing.take_in(request.actor, row, sheets.read(content, COLUMNS), clock.now())
    except Invalid as wrong:
        messages.error(request, translate(str(wrong)))
        return redirect("department-routes", code)
    messages.success(request, _("已导入 %(n)s 行。") % {"n": saved})
    for problem in problems[:20]:
        messages.error(request, translate(problem))
    return redirect("department-routes", code)


@require_safe
def export(request: ConsoleRequest, code: str) -> HttpResponse:
    row = _department(request, code)
    rows = [(one.label, name(one.label), one.competent.code, one.competent.name) for one in routing.routes_of(row)]
    content = sheets.write("routes", ("subject", "名称", "department", "部门名称"), rows)
    return HttpResponse(
        content, content_type=sheets.XLSX, headers={"Content-Disposition": f'attachment; filename="routes-{row.code}.xlsx"'}
    )
