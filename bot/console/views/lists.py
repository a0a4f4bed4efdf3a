"""Work lists: messages read as no question, and deliveries that need a person."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bot import clock
from bot.conflict import Conflict, Denied
from bot.console.forms import SettleForm
from bot.console.queries import deliveries_for
from bot.console.sentences import translate
from bot.console.session import ConsoleRequest
from bot.console.views.signin import safe_next
from bot.console.words import DELIVERY
from bot.learning.actions import question_after_all
from bot.outbox.models import Delivery
from bot.outbox.settling import retry, settle
from bot.staff.access import visible_to
from bot.tickets.dismissing import confirm
from bot.tickets.queries import dismissed_for, tickets_for
from policies.closing import DISMISSED_WITHIN
from policies.deliveries import NEEDS_PERSON
from policies.roles import Right

PAGE = 100


@require_safe
def dismissed(request: ConsoleRequest) -> HttpResponse:
    _demand(request, Right.CONFIRM_DISMISSED)
    rows = list(dismissed_for(request.actor)[: PAGE + 1])
    late = clock.now() - DISMISSED_WITHIN
    for row in rows:
        row.late = row.at < late  # type: ignore[attr-defined]
    context = {"rows": rows[:PAGE], "more": len(rows) > PAGE, "section": "dismissed", "corrects": request.actor.has(Right.CORRECT)}
    return render(request, "console/lists/dismissed.html", context)


@require_POST
def confirm_dismissed(request: ConsoleRequest) -> HttpResponse:
    _demand(request, Right.CONFIRM_DISMISSED)
    ids = [int(text) for text in request.POST.getlist("message") if text.isascii() and text.isdigit() and len(text) < 19]
    count = confirm(request.actor, ids[: PAGE * 2], clock.now())
    messages.success(request, _("已确认 %(count)s 条不是诉求。") % {"count": count})
    return redirect("dismissed")


@require_POST
def from_message(request: ConsoleRequest, pk: int) -> HttpResponse:
    message = get_object_or_404(dismissed_for(request.actor), pk=pk)
    try:
        made = question_after_all(request.actor, message, clock.now())
    except Conflict as conflict:
        messages.error(request, translate(str(conflict)))
        return redirect("dismissed")
    messages.success(request, _("已转为诉求单 %(number)s。") % {"number": made.number})
    seen = tickets_for(request.actor).filter(pk=made.pk).exists()
    return redirect("ticket", made.number) if seen else redirect("dismissed")


@require_safe
def deliveries(request: ConsoleRequest) -> HttpResponse:
    _demand(request, Right.SETTLE_DELIVERY)
    state, before = request.GET.get("state", ""), request.GET.get("before", "")
    found = deliveries_for(request.actor, state)
    if before.isascii() and before.isdigit() and len(before) < 19:
        found = found.filter(pk__lt=int(before))
    rows = list(found[: PAGE + 1])
    more = rows[PAGE - 1].pk if len(rows) > PAGE else ""
    states = [(name, DELIVERY[name]) for name in sorted(NEEDS_PERSON)]
    context = {"rows": [(row, DELIVERY[row.state]) for row in rows[:PAGE]], "more": more, "state": state, "states": states}
    return render(request, "console/lists/deliveries.html", {**context, "section": "deliveries"})


@require_POST
def settle_delivery(request: ConsoleRequest, pk: int) -> HttpResponse:
    row, form = _delivery(request, pk), SettleForm(request.POST)
    if form.is_valid():
        sent = form.cleaned_data["outcome"] == "sent"
        _try(request, lambda: settle(request.actor.username, row, sent=sent, note=form.cleaned_data["note"], now=clock.now()))
    return HttpResponseRedirect(safe_next(request))


@require_POST
def retry_delivery(request: ConsoleRequest, pk: int) -> HttpResponse:
    row = _delivery(request, pk)
    _try(request, lambda: retry(request.actor.username, row, clock.now()))
    return HttpResponseRedirect(safe_next(request))


def _delivery(request: ConsoleRequest, pk: int) -> Delivery:
    """A delivery the actor may settle: through its ticket's department, or through its account's."""
    of_tickets = Delivery.objects.filter(message__ticket__in=tickets_for(request.actor).values("pk"))
    of_accounts = visible_to(Delivery.objects.all(), request.actor, right=Right.SETTLE_DELIVERY, field="account__department")
    found = of_tickets.filter(pk=pk).first() or of_accounts.filter(pk=pk).first()
    row = found or get_object_or_404(Delivery.objects.none())
    row = Delivery.objects.select_related("account__department", "message__ticket__department").get(pk=row.pk)
    talked = getattr(row, "message", None)
    department = talked.ticket.department if talked and talked.ticket else row.account.department
    request.actor.demand(Right.SETTLE_DELIVERY, department)
    return row


def _try(request: ConsoleRequest, call: object) -> None:
    try:
        call()  # type: ignore[operator]
    except Conflict as conflict:
        messages.error(request, translate(str(conflict)))
    else:
        messages.success(request, _("已记录。"))


def _demand(request: ConsoleRequest, right: Right) -> None:
    if not request.actor.has(right):
        raise Denied("您没有此项权限。")
