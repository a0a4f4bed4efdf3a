"""日历: the years of holidays and the office hours of the installation. Whoever sets deadlines sees them, the top department sets them."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bot import clock
from bot.console.deadlineforms import HoursForm, YearForm
from bot.console.sentences import translate
from bot.console.session import ConsoleRequest
from bot.console.views.deadlines import demand
from bot.console.yearpicture import holidays_of, picture
from bot.deadlines.actions import import_year, read_year, set_hours
from bot.deadlines.models import CalendarYear, OfficeHours
from bot.deadlines.queries import calendar_in_force, missing_years, own_years
from bot.staff.access import Actor
from bot.staff.actions import Invalid, ensure_root
from bot.staff.queries import departments_for
from policies.calendar import SHANGHAI, default_calendar, shipped
from policies.roles import Right


def may_set(actor: Actor) -> bool:
    """Whether the actor sets what counts for the whole installation."""
    return actor.may(Right.MANAGE_DEADLINES, ensure_root(clock.now()))


@require_safe
def calendar(request: ConsoleRequest) -> HttpResponse:
    """One year as picture and table (`?year=`), the office hours, and the door for a new year."""
    demand(request)
    asked = request.GET.get("year", "")
    return _page(request, int(asked) if asked.isdecimal() and len(asked) == 4 else None)


def _page(request: ConsoleRequest, year: int | None, hours: HoursForm | None = None, years: YearForm | None = None) -> HttpResponse:
    now, in_force, known = clock.now(), calendar_in_force(), {**shipped(), **own_years()}
    missing = missing_years(now)
    shown = year if year in known else _nearest(known, now.astimezone(SHANGHAI).year)
    context: dict[str, Any] = {
        "years": sorted({*known, *missing}),
        "missing": missing,
        "shown": shown,
        "arrangement": known[shown],
        "holidays": holidays_of(known[shown]),
        "months": picture(shown, known[shown], in_force),
        "imported": CalendarYear.objects.filter(year=shown, current=True).first(),
        "hours": in_force.hours,
        "hours_set": OfficeHours.objects.order_by("-pk").first(),
        "hours_form": hours or HoursForm.of(in_force.hours),
        "year_form": years or YearForm(),
        "may_set": may_set(request.actor),
    }
    wrong = bool((hours and hours.errors) or (years and years.errors))
    row = departments_for(request.actor, Right.MANAGE_DEADLINES).first()
    more = {"section": "deadlines", "tab": "calendar", "row": row}
    return render(request, "console/deadlines/calendar.html", {**context, **more}, status=422 if wrong else 200)


def _nearest(known: Mapping[int, Any], year: int) -> int:
    return year if year in known else max(known)


@require_POST
def preview(request: ConsoleRequest) -> HttpResponse:
    """The year that would be brought in, as picture and table, with the difference it makes."""
    demand(request)
    form = YearForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, None, years=form)
    text = form.given()
    try:
        found = read_year(text)
    except Invalid as wrong:
        form.add_error(None, translate(str(wrong)))
        return _page(request, None, years=form)
    others = {**own_years(), found["year"]: found}
    context = {"found": found, "text": text, "holidays": holidays_of(found), "before": {**shipped(), **own_years()}.get(found["year"])}
    months = picture(found["year"], found, default_calendar(others.values()))
    more = {"months": months, "may_set": may_set(request.actor), "section": "deadlines", "tab": "calendar"}
    return render(request, "console/deadlines/preview.html", {**context, **more})


@require_POST
def bring(request: ConsoleRequest) -> HttpResponse:
    demand(request)
    try:
        row = import_year(request.actor, request.POST.get("text", ""), clock.now())
    except Invalid as wrong:
        messages.error(request, translate(str(wrong)))
        return redirect("working-calendar")
    messages.success(request, _("已导入 %(year)s 年的节假日安排，跨入该年的未办结期限随之重算。") % {"year": row.year})
    return redirect(reverse("working-calendar", query={"year": row.year}))


@require_POST
def hours(request: ConsoleRequest) -> HttpResponse:
    demand(request)
    form = HoursForm(request.POST)
    if not form.is_valid():
        return _page(request, None, hours=form)
    try:
        set_hours(request.actor, form.sittings(), form.cleaned_data["source"], clock.now())
    except Invalid as wrong:
        form.add_error(None, translate(str(wrong)))
        return _page(request, None, hours=form)
    messages.success(request, _("已保存，从下一条诉求起按此计算。"))
    return redirect("working-calendar")
