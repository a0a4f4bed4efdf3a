"""What follows an answer: undelivered ones, call-backs, contributions, many tickets at once, reasons for a refusal."""

from collections.abc import Callable, Mapping

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bot import clock
from bot.closing import bulk, calling, joint, refusals
from bot.closing.models import Closing, Contribution, RefusalReason
from bot.closing.queries import undelivered_count, undelivered_for
from bot.conflict import Conflict, Denied
from bot.console.closingforms import AskForm, BulkForm, CallForm, GiveForm, ReasonForm
from bot.console.sentences import translate
from bot.console.session import ConsoleRequest
from bot.console.words import language
from bot.staff.access import visible_to
from bot.staff.actions import Invalid
from bot.staff.queries import departments_for
from bot.tickets.delivered import marked
from bot.tickets.paging import Wanted, page
from bot.tickets.queries import tickets_for
from policies.closing import REASONS
from policies.roles import Right
from policies.tickets import TicketState

PAGE = 100
BULK_STATES = (TicketState.ANSWERED, TicketState.WAITING, TicketState.CLAIMED, TicketState.REFUSAL_ASKED)


@require_safe
def undelivered(request: ConsoleRequest) -> HttpResponse:
    """Answers that wait for their citizens, the oldest first: for whoever would rather call."""
    _demand(request, Right.SEE_TICKETS)
    rows = list(undelivered_for(request.actor)[: PAGE + 1])
    context = {"rows": rows[:PAGE], "more": len(rows) > PAGE, "count": undelivered_count(request.actor), "tab": "undelivered"}
    return _render(request, "undelivered", context)


@require_safe
def callbacks(request: ConsoleRequest) -> HttpResponse:
    _demand(request, Right.CALL_BACK)
    context = {"rows": calling.to_call(request.actor)[:PAGE], "done": calling.called(request.actor)[:20], "tab": "callbacks"}
    return _render(request, "callbacks", context)


@require_POST
def call(request: ConsoleRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(visible_to(Closing.objects.all(), request.actor, right=Right.CALL_BACK), pk=pk)
    form = CallForm(request.POST)
    form.is_valid()
    data = form.cleaned_data
    return _then(
        request,
        "callbacks",
        lambda: calling.note_call(request.actor, row, data.get("result", ""), data.get("note", ""), clock.now()),
    )


@require_safe
def contributions(request: ConsoleRequest) -> HttpResponse:
    """What my departments are asked to contribute."""
    _demand(request, Right.REPLY)
    return _render(request, "contributions", {"rows": joint.asked_of(request.actor)[:PAGE], "now": clock.now(), "tab": "contributions"})


@require_POST
def give(request: ConsoleRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(visible_to(Contribution.objects.all(), request.actor, right=Right.REPLY), pk=pk)
    form = GiveForm(request.POST)
    text = form.cleaned_data["text"] if form.is_valid() else ""
    return _then(request, "contributions", lambda: joint.give(request.actor, row, text, clock.now()))


@require_POST
def ask(request: ConsoleRequest, number: str) -> HttpResponse:
    """The lead asks other departments."""
    ticket, form = get_object_or_404(tickets_for(request.actor), number=number), AskForm(request.POST)
    chosen = list(form.cleaned_data["departments"]) if form.is_valid() else []
    text = form.cleaned_data.get("question", "")
    return _then(request, "ticket", lambda: joint.ask(request.actor, ticket, chosen, text, clock.now()), number)


@require_POST
def withdraw(request: ConsoleRequest, number: str, pk: int) -> HttpResponse:
    ticket = get_object_or_404(tickets_for(request.actor), number=number)
    row = get_object_or_404(Contribution, pk=pk, ticket=ticket)
    return _then(request, "ticket", lambda: joint.withdraw(request.actor, row, clock.now()), number)


@require_safe
def many(request: ConsoleRequest) -> HttpResponse:
    """A list with boxes: one verb for many tickets, each by its own rules."""
    _demand(request, Right.CLAIM)
    return _many(request, [])


@require_POST
def do_many(request: ConsoleRequest) -> HttpResponse:
    _demand(request, Right.CLAIM)
    form = BulkForm(request.POST)
    form.is_valid()
    order = bulk.Order(
        **{name: form.cleaned_data.get(name) or "" for name in ("verb", "text", "reason")}, department=form.cleaned_data.get("department")
    )
    try:
        return _many(request, bulk.each(request.actor, request.POST.getlist("n"), order, clock.now()))
    except Invalid as wrong:
        messages.error(request, translate(str(wrong)))
        return _many(request, [])


def _many(request: ConsoleRequest, done: list[bulk.Done]) -> HttpResponse:
    state = request.GET.get("state", "")
    state = state if state in BULK_STATES else TicketState.ANSWERED
    rows = marked(page(request.actor, Wanted(state=state), None, bulk.MOST, clock.now()))
    reasons = [(code, names[language()]) for code, names in REASONS.items()]
    context = {"rows": rows, "done": [(one, translate(one.refused)) for one in done], "state": state, "states": BULK_STATES}
    return _render(request, "many", {**context, "form": BulkForm(), "reasons": reasons, "tab": "many"})


@require_safe
def reasons(request: ConsoleRequest) -> HttpResponse:
    _demand(request, Right.SET_CLOSING)
    own = visible_to(RefusalReason.objects.filter(is_active=True).select_related("department"), request.actor, right=Right.SET_CLOSING)
    departments = departments_for(request.actor, Right.SET_CLOSING)
    pack = [(code, names[language()]) for code, names in REASONS.items()]
    context = {"own": own.order_by("department__path", "pk"), "pack": pack, "form": ReasonForm(departments=departments), "tab": "reasons"}
    return _render(request, "reasons", context)


@require_POST
def add_reason(request: ConsoleRequest) -> HttpResponse:
    form = ReasonForm(request.POST, departments=departments_for(request.actor, Right.SET_CLOSING))
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return redirect("refusal-reasons")
    data = form.cleaned_data
    return _then(
        request, "refusal-reasons", lambda: refusals.add_reason(request.actor, data["department"], data["code"], data["label"], clock.now())
    )


@require_POST
def drop_reason(request: ConsoleRequest, pk: int) -> HttpResponse:
    rows = visible_to(RefusalReason.objects.select_related("department"), request.actor, right=Right.SET_CLOSING)
    row = get_object_or_404(rows, pk=pk)
    return _then(request, "refusal-reasons", lambda: refusals.drop_reason(request.actor, row, clock.now()))


def _render(request: ConsoleRequest, name: str, context: Mapping[str, object]) -> HttpResponse:
    tabs = [
        ("undelivered", _("尚未送达"), Right.SEE_TICKETS),
        ("callbacks", _("电话回访"), Right.CALL_BACK),
        ("contributions", _("协办"), Right.REPLY),
        ("many", _("批量办理"), Right.CLAIM),
        ("reasons", _("不予受理的理由"), Right.SET_CLOSING),
    ]
    names = {"many": "many-tickets", "reasons": "refusal-reasons"}
    shown = [(tab, label, reverse(names.get(tab, tab))) for tab, label, right in tabs if request.actor.has(right)]
    return render(request, f"console/closing/{name}.html", {**context, "tabs": shown, "section": "closing"})


def _then(request: ConsoleRequest, view: str, do: Callable[[], object], *args: str) -> HttpResponse:
    try:
        do()
    except (Conflict, Denied, Invalid) as no:
        messages.error(request, translate(str(no)))
    else:
        messages.success(request, _("已记录。"))
    return HttpResponseRedirect(reverse(view, args=args))


def _demand(request: ConsoleRequest, right: Right) -> None:
    if not request.actor.has(right):
        raise Denied("您没有此项权限。")
