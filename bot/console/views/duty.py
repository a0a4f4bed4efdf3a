"""The duty roster: a month's table, shifts, absences, the post, hand-over."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from bot import clock
from bot.conflict import Conflict, Denied
from bot.console import dutyforms as f
from bot.console.ladder import steps_shown
from bot.console.roster import absences_of, month_of, present_of, staff_of
from bot.console.sentences import translate
from bot.console.session import ConsoleRequest
from bot.duty import actions
from bot.duty.models import Absence, Post, Shift
from bot.staff.actions import Invalid
from bot.staff.models import Department
from bot.staff.queries import departments_for
from bot.tickets.handing import hand_over as hand_over_tickets
from policies.roles import Right

FORMS = ("shift", "weekly", "absence", "post", "handover")
Said = str | Promise


def department_of(request: ConsoleRequest, code: str) -> Department:
    """The department, if its tickets are seen. Raises Http404."""
    return get_object_or_404(departments_for(request.actor, Right.SEE_TICKETS), code=code)


@require_safe
def duty(request: ConsoleRequest) -> HttpResponse:
    """The roster of the department asked for (`?department=`), else of the highest one the actor sees."""
    if not request.actor.has(Right.SEE_TICKETS):
        raise Denied("您没有此项权限。")
    asked = request.GET.get("department", "")
    row = department_of(request, asked) if asked else departments_for(request.actor, Right.SEE_TICKETS).first()
    return _page(request, row, {}) if row else render(request, "console/nothing.html", status=404)


@require_safe
def roster(request: ConsoleRequest, code: str) -> HttpResponse:
    return _page(request, department_of(request, code), {})


def _page(request: ConsoleRequest, row: Department, bound: dict[str, forms.Form]) -> HttpResponse:
    now, able = clock.now(), actions.able(row)
    made = {name: bound.get(name) or _form(request, row, name, None, able) for name in FORMS}
    context = {
        "row": row,
        "mine": departments_for(request.actor, Right.SEE_TICKETS),
        "month": month_of(row, request.GET.get("month", ""), now),
        "present": present_of(row, now),
        "absences": absences_of(row, now),
        "ladders": [(name, steps_shown(row.pk, urgent=name == "urgent")) for name in ("normal", "urgent")],
        "post": Post.objects.filter(department=row).select_related("head").first(),
        "give": f.GiveForm(staff=able),
        "forms": made,
        "opened": set(bound),
        "manages": request.actor.may(Right.MANAGE_DUTY, row),
        "me": request.actor.person_id,
        "now": now,
        "section": "duty",
    }
    return render(request, "console/duty/roster.html", context, status=422 if bound else 200)


def _form(request: ConsoleRequest, row: Department, name: str, data: Any, able: Any) -> forms.Form:
    staff = staff_of(row, request.actor) if name == "absence" else able
    kinds = {"shift": f.ShiftForm, "weekly": f.WeeklyForm, "absence": f.AbsenceForm, "post": f.PostForm, "handover": f.HandOverForm}
    initial: dict[str, Any] = {}
    if name == "post" and (post := Post.objects.filter(department=row).first()):
        initial = {"head": post.head_id, "when_empty": post.when_empty, "round_the_clock": post.round_the_clock}
    made: forms.Form = kinds[name](data, staff=staff, initial=initial, prefix=name)
    if name == "absence":  # whoever may answer here may stand in
        made.fields["deputy"].queryset = made.fields["deputy"].queryset | f.Person.objects.filter(pk__in=[one.pk for one in able])  # type: ignore[attr-defined]
    return made


def _done(request: ConsoleRequest, code: str, name: str, act: Callable[[Department, dict[str, Any]], Said]) -> HttpResponse:
    """Check the form, do it, say so; else the page again with what was written and what is wrong with it."""
    row = department_of(request, code)
    form = _form(request, row, name, request.POST, actions.able(row))
    if form.is_valid():
        try:
            messages.success(request, str(act(row, form.cleaned_data)))
        except (Conflict, Invalid) as no:
            form.add_error(None, translate(str(no)))
    return _page(request, row, {name: form}) if form.errors else redirect("roster", code)


@require_POST
def add_shift(request: ConsoleRequest, code: str) -> HttpResponse:
    def act(row: Department, data: dict[str, Any]) -> Said:
        actions.add_shift(request.actor, row, data["person"], data["starts_at"], data["ends_at"], clock.now())
        return _("已排班。")

    return _done(request, code, "shift", act)


@require_POST
def add_shifts(request: ConsoleRequest, code: str) -> HttpResponse:
    def act(row: Department, data: dict[str, Any]) -> Said:
        weekly = actions.Weekly(data["first"], data["last"], set(data["weekdays"]), data["begins"], data["ends"])
        made = actions.add_weekly(request.actor, row, data["person"], weekly, clock.now())
        return ngettext("已排 %(n)s 班。", "已排 %(n)s 班。", made) % {"n": made}

    return _done(request, code, "weekly", act)


@require_POST
def add_absence(request: ConsoleRequest, code: str) -> HttpResponse:
    def act(row: Department, data: dict[str, Any]) -> Said:
        hours = (data["starts_at"], data["ends_at"])
        actions.add_absence(request.actor, data["person"], hours, data["deputy"], data["reason"], clock.now())
        return _("已登记请假。")

    return _done(request, code, "absence", act)


@require_POST
def set_post(request: ConsoleRequest, code: str) -> HttpResponse:
    def act(row: Department, data: dict[str, Any]) -> Said:
        always = data["round_the_clock"]
        actions.set_post(request.actor, row, data["head"], data["when_empty"], round_the_clock=always, now=clock.now())
        return _("已保存。")

    return _done(request, code, "post", act)


@require_POST
def hand_over(request: ConsoleRequest, code: str) -> HttpResponse:
    def act(row: Department, data: dict[str, Any]) -> Said:
        count = hand_over_tickets(request.actor, row, data["person"], data["words"], clock.now())
        return str(_("已交接 %(n)s 张诉求单。")) % {"n": count}

    return _done(request, code, "handover", act)


@require_POST
def shift_act(request: ConsoleRequest, code: str, pk: int, verb: str) -> HttpResponse:
    row = department_of(request, code)
    shift = get_object_or_404(Shift.objects.select_related("department", "person"), pk=pk, department=row)
    form = f.GiveForm(request.POST, staff=actions.able(row))
    if verb not in ("remove", "give") or (verb == "give" and not form.is_valid()):
        raise Http404
    try:
        if verb == "remove":
            actions.remove_shift(request.actor, shift, clock.now())
        else:
            actions.give_shift(request.actor, shift, form.cleaned_data["person"], clock.now())
        messages.success(request, _("已取消该班次。") if verb == "remove" else _("已换班。"))
    except (Conflict, Invalid) as no:
        messages.error(request, translate(str(no)))
    return redirect("roster", code)


@require_POST
def end_absence(request: ConsoleRequest, code: str, pk: int) -> HttpResponse:
    row = department_of(request, code)
    absence = get_object_or_404(Absence.objects.select_related("person"), pk=pk, person__assignments__department=row)
    try:
        actions.end_absence(request.actor, absence, clock.now())
        messages.success(request, _("已销假。"))
    except Conflict as no:
        messages.error(request, translate(str(no)))
    return redirect("roster", code)
