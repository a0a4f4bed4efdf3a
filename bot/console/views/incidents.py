"""Incidents: the list, hottest first; one with its tickets, its replies to all and their progress; and what people do with them."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bot import clock
from bot.conflict import Conflict, Denied
from bot.console.forms import NothingForm, NumberForm, ReplyAllForm
from bot.console.incidents import acts, context_of, progress_of
from bot.console.live import newest_id
from bot.console.once import Repeated, take
from bot.console.sentences import translate
from bot.console.session import ConsoleRequest
from bot.console.views.signin import safe_next
from bot.incidents import actions, answering
from bot.incidents.models import Incident
from bot.incidents.queries import ended, hottest, incident_of, incidents_for, shown, tickets_in
from bot.staff.access import Actor
from bot.staff.actions import Invalid
from bot.staff.queries import departments_for
from bot.tickets.models import Ticket
from bot.tickets.queries import tickets_for
from policies.roles import Right

PAGE = 60


def _list(request: ConsoleRequest) -> dict[str, Any]:
    """What the list shows; the record's id is read first, so that what happens meanwhile is told again."""
    if not request.actor.has(Right.SEE_TICKETS):
        raise Denied("您没有此项权限。")
    after, now, text = newest_id(), clock.now(), request.GET.get("text", "").replace("\x00", "").strip()[:60]
    department, over = request.GET.get("department", "")[:64], "ended" in request.GET
    found = ended(request.actor) if over else hottest(request.actor, department, text)
    rows = shown(found[: PAGE + 1], now)
    return {"after": after, "rows": rows[:PAGE], "more": len(rows) > PAGE, "ended": over, "department": department, "text": text}


@require_safe
def incidents(request: ConsoleRequest) -> HttpResponse:
    departments = departments_for(request.actor, Right.SEE_TICKETS)[:300]
    return render(request, "console/incidents/list.html", {**_list(request), "departments": departments, "section": "incidents"})


@require_safe
def rows(request: ConsoleRequest) -> HttpResponse:
    return render(request, "console/incidents/rows.html", _list(request))


def _found(actor: Actor, number: str) -> Incident:
    return get_object_or_404(incidents_for(actor), number=number)


@require_safe
def incident(request: ConsoleRequest, number: str) -> HttpResponse:
    return _page(request, number, 200)


def _page(request: ConsoleRequest, number: str, status: int, **more: Any) -> HttpResponse:
    row = _found(request.actor, number)
    context = {"after": newest_id(), **context_of(request.actor, row, clock.now())}
    return render(request, "console/incidents/incident.html", {**context, **more, "section": "incidents"}, status=status)


@require_safe
def progress(request: ConsoleRequest, number: str) -> HttpResponse:
    row = _found(request.actor, number)
    return render(request, "console/incidents/progress.html", {"incident": row, "progress": progress_of(row)})


@require_POST
def reply(request: ConsoleRequest, number: str) -> HttpResponse:
    row, form = _found(request.actor, number), ReplyAllForm(request.POST)
    if not form.is_valid():
        return _page(request, number, 422, refused=_("请填写内容。"), typed=request.POST.get("text", ""))
    data, only = form.cleaned_data, None
    if "only" in request.POST:
        only = list(tickets_in(row).filter(number__in=request.POST.getlist("only")[:500]).values_list("pk", flat=True))
    choice = answering.Choice(data["colleagues"], data["answered"], only)
    return _do(request, row, lambda: answering.start(request.actor, row, data["text"], choice, clock.now()), _("答复已开始发送。"))


@require_POST
def act(request: ConsoleRequest, number: str, name: str) -> HttpResponse:
    row, known = _found(request.actor, number), acts()
    if name not in known:
        raise Http404
    form = (NumberForm if known[name].asks else NothingForm)(request.POST)
    if not form.is_valid():
        return _page(request, number, 422, refused=_("请填写编号。"))
    given = str(form.cleaned_data.get("number", "")).strip()
    return _do(request, row, lambda: known[name].run(request.actor, row, given, clock.now()), str(known[name].done))


@require_POST
def same_event(request: ConsoleRequest, number: str) -> HttpResponse:
    """From a ticket's page: the event it tells of is this incident, or the one of this other ticket."""
    ticket = get_object_or_404(tickets_for(request.actor), number=number)
    form = NumberForm(request.POST)
    given = form.cleaned_data["number"].strip() if form.is_valid() else ""
    try:
        _join(request.actor, ticket, given)
    except (Conflict, Denied, Invalid) as no:
        messages.error(request, translate(str(no)))
    else:
        messages.success(request, _("已归入事件。"))
    return HttpResponseRedirect(reverse("ticket", args=[number]))


def _join(actor: Actor, ticket: Ticket, given: str) -> None:
    row, other = incidents_for(actor).filter(number=given).first(), tickets_for(actor).filter(number=given).first()
    row = row or (incident_of(other) if other else None)
    if row is not None:
        actions.add(actor, row, ticket, clock.now())
    elif other is not None:
        actions.found(actor, other, ticket, clock.now())
    else:
        raise Invalid("没有这个编号的事件，或您无权查看。")


def _do(request: ConsoleRequest, row: Incident, deed: Callable[[], object], done: str) -> HttpResponse:
    """Once per form, in one transaction; a refusal is told on the page, with what was typed."""
    try:
        with transaction.atomic():
            if token := request.POST.get("token", ""):
                take(request.actor.person_id, token, clock.now())
            deed()
    except Repeated:
        pass  # sent twice by the same form: it is done, once
    except (Conflict, Denied, Invalid) as no:
        status = {Conflict: 409, Denied: 403}.get(type(no), 422)
        return _page(request, row.number, status, refused=translate(str(no)), typed=request.POST.get("text", ""))
    messages.success(request, done)
    here = reverse("incident", args=[row.number])
    return HttpResponseRedirect(safe_next(request) if "next" in request.POST else f"{here}?sent=1" if "text" in request.POST else here)
