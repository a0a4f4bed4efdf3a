"""The tree of departments."""

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from bot import clock
from bot.conflict import Denied
from bot.console.forms import DepartmentForm, RenameForm
from bot.console.sentences import translate
from bot.console.session import ConsoleRequest
from bot.staff import actions
from bot.staff.queries import departments_for
from policies.roles import Right


@require_http_methods(["GET", "POST"])
def departments(request: ConsoleRequest) -> HttpResponse:
    if not request.actor.has(Right.MANAGE_DEPARTMENTS):
        raise Denied("您没有此项权限。")
    mine = departments_for(request.actor, Right.MANAGE_DEPARTMENTS)
    form = DepartmentForm(request.POST or None, departments=mine)
    if request.method == "POST" and form.is_valid() and _created(request, form):
        return redirect("departments")
    rows = mine.annotate(people=Count("assignments__person", distinct=True), held=Count("accounts", distinct=True))
    tops = min((row.path.count("/") for row in rows), default=2)
    context = {"rows": [(row, "i" * (row.path.count("/") - tops)) for row in rows], "form": form, "section": "departments"}
    return render(request, "console/departments/tree.html", context, status=422 if form.errors else 200)


def _created(request: ConsoleRequest, form: DepartmentForm) -> bool:
    data = form.cleaned_data
    try:
        actions.create_department(request.actor.username, data["code"].strip(), data["name"], data["parent"], clock.now())
    except actions.Invalid as wrong:
        form.add_error(None, translate(str(wrong)))
        return False
    messages.success(request, _("部门已建立。"))
    return True


@require_POST
def rename(request: ConsoleRequest, code: str) -> HttpResponse:
    row = get_object_or_404(departments_for(request.actor, Right.MANAGE_DEPARTMENTS), code=code)
    form = RenameForm(request.POST)
    if form.is_valid():
        actions.rename_department(request.actor.username, row, form.cleaned_data["name"], clock.now())
        messages.success(request, _("已改名。"))
    else:
        messages.error(request, _("请填写部门名称。"))
    return redirect("departments")
