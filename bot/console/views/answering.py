"""Writing a reply: drafts kept as they are typed, and the page where a department sets ready-made texts and reviews."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bot import clock
from bot.answering import canned, drafts, reviews
from bot.answering.models import Canned, Variable
from bot.conflict import Conflict, Denied
from bot.console.answering import advice
from bot.console.answeringforms import CannedForm, ReviewSwitchForm, VariableForm
from bot.console.queries import reply_window
from bot.console.sentences import translate
from bot.console.session import ConsoleRequest
from bot.staff.actions import Invalid
from bot.staff.models import Department
from bot.staff.queries import departments_for
from bot.tickets.queries import tickets_for
from nlu.subjects import all_subjects
from policies.canned import BUILT_IN
from policies.roles import Right


@require_POST
def draft(request: ConsoleRequest, number: str) -> HttpResponse:
    """Keep what is typed, and say what is to be looked at in it."""
    ticket, now, text = get_object_or_404(tickets_for(request.actor), number=number), clock.now(), request.POST.get("text", "")
    drafts.keep(request.actor, ticket, text, now)
    return render(
        request, "console/ticket/advice.html", {**advice(request.actor, ticket, reply_window(ticket, now), text), "ticket": ticket}
    )


@require_safe
def answering(request: ConsoleRequest) -> HttpResponse:
    """The settings of the department asked for (`?department=`), else of the highest one."""
    if not request.actor.has(Right.EDIT_CANNED):
        raise Denied("您没有此项权限。")
    mine = _mine(request)
    asked = request.GET.get("department", "")
    chosen = get_object_or_404(mine, code=asked) if asked else mine.first()
    return _page(request, chosen) if chosen else render(request, "console/nothing.html", status=404)


def _mine(request: ConsoleRequest) -> Any:
    return departments_for(request.actor, Right.EDIT_CANNED).filter(is_active=True)


def _page(request: ConsoleRequest, chosen: Department, **forms: Any) -> HttpResponse:
    switched, own = reviews.subjects_of(chosen), Canned.objects.filter(department=chosen)
    edited = own.filter(pk=request.GET["edit"]).first() if request.GET.get("edit", "").isdigit() else None
    filled = {"title": edited.title, "text": edited.text, "position": edited.position} if edited else None
    context = {
        "chosen": chosen,
        "departments": _mine(request),
        "subjects": [(key, switched.get(key, False)) for key in all_subjects()],
        "may_switch": request.actor.may(Right.SWITCH_REVIEWS, chosen),
        "texts": canned.texts_of(chosen),
        "own_variables": Variable.objects.filter(department=chosen).order_by("name"),
        "all_variables": canned.variables_of(chosen),
        "built_in": BUILT_IN,
        "form": CannedForm(initial=filled),
        "variable_form": VariableForm(),
        "section": "answering",
        **forms,
    }
    return render(request, "console/answering/page.html", context, status=422 if forms else 200)


@require_POST
def write_canned(request: ConsoleRequest, code: str) -> HttpResponse:
    chosen, form = get_object_or_404(_mine(request), code=code), CannedForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            canned.write(request.actor, chosen, data["title"], data["text"], int(data["position"]), clock.now())
            messages.success(request, _("已保存。"))
            return redirect(f"/answering/?department={code}")
        except Invalid as wrong:
            form.add_error(None, translate(str(wrong)))
    return _page(request, chosen, form=form)


@require_POST
def remove_canned(request: ConsoleRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Canned.objects.select_related("department").filter(department__in=_mine(request)), pk=pk)
    try:
        canned.remove(request.actor, row, clock.now())
        messages.success(request, _("已删除。"))
    except Conflict as gone:
        messages.error(request, str(gone))
    return redirect(f"/answering/?department={row.department.code}")


@require_POST
def set_variable(request: ConsoleRequest, code: str) -> HttpResponse:
    chosen, form = get_object_or_404(_mine(request), code=code), VariableForm(request.POST)
    if form.is_valid():
        try:
            canned.set_variable(request.actor, chosen, form.cleaned_data["name"], form.cleaned_data["value"], clock.now())
            messages.success(request, _("已保存。"))
            return redirect(f"/answering/?department={code}")
        except Invalid as wrong:
            form.add_error(None, translate(str(wrong)))
    return _page(request, chosen, variable_form=form)


@require_POST
def switch_review(request: ConsoleRequest, code: str) -> HttpResponse:
    chosen, form = get_object_or_404(_mine(request), code=code), ReviewSwitchForm(request.POST)
    if form.is_valid():
        on = form.cleaned_data["on"] == "1"
        reviews.switch(request.actor, chosen, form.cleaned_data["subject"], on, clock.now())
        messages.success(request, _("答复须由第二人审核。") if on else _("答复不再须第二人审核。"))
    return redirect(f"/answering/?department={code}")
