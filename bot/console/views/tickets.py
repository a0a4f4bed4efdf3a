"""One ticket: its page, and everything that is done on it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bot import clock
from bot.answering import drafts
from bot.answering.checking import Doubt
from bot.conflict import Conflict, Denied
from bot.console.answering import editor, ready_texts, waits_for_review
from bot.console.clocks import clocks
from bot.console.ending import ending
from bot.console.forms import TransferForm
from bot.console.ladder import climb_of
from bot.console.once import Repeated, new_token
from bot.console.queries import bubbles, competent_elsewhere, history, reply_window, siblings
from bot.console.sentences import translate
from bot.console.session import ConsoleRequest
from bot.console.verbs import VERBS, carry_out, offered
from bot.console.views.queue import choices, list_context
from bot.incidents.queries import incident_of, suggested
from bot.staff.access import Actor
from bot.staff.actions import Invalid
from bot.tickets.models import Ticket
from bot.tickets.queries import tickets_for
from policies.roles import Right


def pane_context(request: ConsoleRequest, ticket: Ticket, **more: Any) -> dict[str, Any]:
    """Everything the middle and right panes show."""
    now, competent, event = clock.now(), competent_elsewhere(ticket), incident_of(ticket)
    window = reply_window(ticket, now)
    return {
        "ticket": ticket,
        "bubbles": bubbles(request.actor, ticket),
        "window": window,
        "ready": ready_texts(request.actor, ticket, now),
        **editor(request.actor, ticket, window, now, more.get("typed", {})),
        "history": history(ticket.number),
        "event": event,
        "offer": suggested(ticket, event),
        "may_move": request.actor.may(Right.MERGE, ticket.department),
        "siblings": siblings(request.actor, ticket),
        "climb": climb_of(ticket),
        "offered": offered(request.actor, ticket, now),
        "token": new_token(),
        "competent": competent,
        "transfer_form": TransferForm(initial={"department": competent}),
        **clocks(ticket, now),
        **ending(request.actor, ticket, now),
        "now": now,
        "section": "tickets",
        **more,
    }


def _ticket(actor: Actor, number: str) -> Ticket:
    return get_object_or_404(tickets_for(actor).select_related("merged_into", "refuse_asked_by"), number=number)


@require_safe
def ticket(request: ConsoleRequest, number: str) -> HttpResponse:
    return _page(request, pane_context(request, _ticket(request.actor, number)), 200)


def _page(request: ConsoleRequest, context: dict[str, Any], status: int) -> HttpResponse:
    """The whole page, or only its panes where the page asked for those."""
    if _wants_part(request):
        return render(request, "console/ticket/pane.html", context, status=status)
    full = {**list_context(request), **choices(request), **context}
    return render(request, "console/ticket/page.html", full, status=status)


def _wants_part(request: HttpRequest) -> bool:
    return bool(request.headers.get("HX-Request")) and not request.headers.get("HX-History-Restore-Request")


@require_POST
def act(request: ConsoleRequest, number: str, name: str) -> HttpResponse:
    if name not in VERBS:
        raise Http404
    row, verb, form = _ticket(request.actor, number), VERBS[name], VERBS[name].form(request.POST)
    if not form.is_valid():
        return _refused(request, row, name, " ".join(str(error) for errors in form.errors.values() for error in errors), 422)
    try:
        carry_out(verb, request.actor, row, form.cleaned_data, request.POST.get("token", ""), clock.now())
    except Doubt as doubt:
        found = {"findings": doubt.findings, "accepted": doubt.accepted}
        return _refused(request, row, name, translate(str(doubt)), 422, **found)
    except Conflict as conflict:
        return _refused(request, row, name, translate(str(conflict)), 409)
    except Denied as denied:
        return _refused(request, row, name, translate(str(denied)), 403)
    except Invalid as wrong:
        return _refused(request, row, name, translate(str(wrong)), 422)
    except Repeated:
        pass  # sent twice by the same form: it is done, once
    return _done(request, number, name)


def _done(request: ConsoleRequest, number: str, name: str) -> HttpResponse:
    row = tickets_for(request.actor).select_related("merged_into", "refuse_asked_by").filter(number=number).first()
    done = _("已提交审核，第二人同意后发出。") if name == "reply" and row and waits_for_review(row) else str(VERBS[name].done)
    if _wants_part(request):
        if row is None:
            return render(request, "console/ticket/gone.html", {"done": done, "sent": name, "number": number})
        return render(request, "console/ticket/pane.html", pane_context(request, row, done=done, sent=name))
    messages.success(request, done)
    return HttpResponseRedirect(reverse("ticket", args=[number]) if row else reverse("queue"))


def _refused(request: ConsoleRequest, row: Ticket, name: str, words: str, status: int, **found: Any) -> HttpResponse:
    """The page as things stand now, with the reason, and with everything that was typed."""
    now_row = tickets_for(request.actor).select_related("merged_into", "refuse_asked_by").filter(pk=row.pk).first() or row
    if name == "reply" and request.actor.may(Right.REPLY, now_row.department):
        drafts.keep(request.actor, now_row, request.POST.get("text", ""), clock.now())
    typed = {"verb": name, "text": request.POST.get("text", ""), "reason": request.POST.get("reason", ""), **found}
    return _page(request, pane_context(request, now_row, refused=words, typed=typed), status)
