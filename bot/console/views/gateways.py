"""The gateways by which staff are called; their credentials are never shown again."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bot import clock
from bot.conflict import Denied
from bot.console import pagingforms
from bot.console.pagingforms import GatewayForm
from bot.console.sentences import translate
from bot.console.session import ConsoleRequest
from bot.paging.gateways import gateways_for, save_gateway, set_gateway_active
from bot.paging.models import Gateway
from bot.staff.actions import Invalid
from bot.staff.queries import departments_for
from policies.roles import Right


@require_safe
def gateways(request: ConsoleRequest) -> HttpResponse:
    _demand(request)
    context = {"rows": gateways_for(request.actor), "means": pagingforms.means(), "section": "paging"}
    return render(request, "console/paging/gateways.html", context)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def new(request: ConsoleRequest, means: str) -> HttpResponse:
    _demand(request)
    if means not in pagingforms.means():
        raise Http404
    form = GatewayForm(request.POST or None, means=means, departments=departments_for(request.actor, Right.MANAGE_PAGING))
    if request.method == "POST" and form.is_valid() and _saved(request, None, means, form):
        return redirect("gateways")
    context = {"form": form, "means": means, "label": pagingforms.means()[means], "section": "paging"}
    return render(request, "console/paging/gateway.html", context, status=422 if form.errors else 200)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def edit(request: ConsoleRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(gateways_for(request.actor), pk=pk)
    if row.means not in pagingforms.means():
        raise Http404
    start = {"name": row.name, "department": row.department.code, "base_url": row.base_url}
    departments = departments_for(request.actor, Right.MANAGE_PAGING)
    form = GatewayForm(request.POST or None, initial=start, means=row.means, row=row, departments=departments)
    if request.method == "POST" and form.is_valid() and _saved(request, row, row.means, form):
        return redirect("gateways")
    context = {"form": form, "row": row, "label": pagingforms.means()[row.means], "section": "paging"}
    return render(request, "console/paging/gateway.html", context, status=422 if form.errors else 200)


def _saved(request: ConsoleRequest, row: Gateway | None, means: str, form: GatewayForm) -> bool:
    data = form.cleaned_data
    values = {"means": means, "name": data["name"], "base_url": data["base_url"], "credentials": form.credentials()}
    try:
        save_gateway(request.actor, row, values, data["department"], clock.now())
    except Invalid as wrong:
        form.add_error(None, translate(str(wrong)))
        return False
    messages.success(request, _("通道已保存。人员可在“我的联系方式”里使用它。"))
    return True


@require_POST
def use(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Take a gateway out of use, or back."""
    row = get_object_or_404(gateways_for(request.actor), pk=pk)
    set_gateway_active(request.actor, row, request.POST.get("active") == "1", clock.now())
    messages.success(request, _("已记录。"))
    return redirect("gateways")


def _demand(request: ConsoleRequest) -> None:
    if not request.actor.has(Right.MANAGE_PAGING):
        raise Denied("您没有此项权限。")
