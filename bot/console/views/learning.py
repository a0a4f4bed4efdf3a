"""How messages were read and ought to have been; the models that learn from it."""

import contextlib
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bot import clock
from bot.conflict import Conflict, Denied
from bot.console.figures import of_training, of_version
from bot.console.forms import ReadingForm
from bot.console.sentences import translate
from bot.console.session import ConsoleRequest
from bot.learning import queries, registry, training
from bot.learning.actions import Said, correct
from bot.learning.rasa import RasaError
from bot.staff.actions import Invalid, ensure_root
from bot.tickets.models import Message
from bot.tickets.queries import tickets_for
from policies.masking import mask
from policies.roles import Right

SHOWN = 20


@require_http_methods(["GET", "POST"])
def reading(request: ConsoleRequest, pk: int) -> HttpResponse:
    """The form that says how a message ought to have been read."""
    message = get_object_or_404(queries.correctable_for(request.actor), pk=pk)
    department = message.ticket.department if message.ticket else message.account.department
    request.actor.demand(Right.CORRECT, department)
    before = queries.correction_of(message)
    form = ReadingForm(request.POST if request.method == "POST" else None, initial=_initial(message, before))
    if request.method == "POST" and form.is_valid() and _said(request, message, form):
        return _back(request, message)
    text = message.text if request.actor.may(Right.REPLY, department) else mask(message.text)
    context = {"message": message, "text": text, "before": before, "form": form, "section": "tickets" if message.ticket else "dismissed"}
    return render(request, "console/learning/reading.html", context, status=422 if form.errors else 200)


def _initial(message: Message, before: Any) -> dict[str, Any]:
    read = before or message
    given = {"department": before.department, "answer": before.answer} if before else {}
    return {"intent": read.intent or message.intent, "subject": read.topic or read.subject, **given}


def _said(request: ConsoleRequest, message: Message, form: ReadingForm) -> bool:
    data = form.cleaned_data
    subject, _dot, own = data["subject"].partition(".")
    topic = data["subject"] if own else ""
    try:
        correct(request.actor, message, Said(data["intent"], subject, topic, data["department"], data["answer"]), clock.now())
    except (Invalid, Conflict) as wrong:
        form.add_error(None, translate(str(wrong)))
        return False
    return True


def _back(request: ConsoleRequest, message: Message) -> HttpResponse:
    messages.success(request, _("已更正，将用于下次训练。"))
    ticket = tickets_for(request.actor).filter(messages=message.pk).first()
    return HttpResponseRedirect(reverse("ticket", args=[ticket.number]) if ticket else reverse("dismissed"))


@require_safe
def learning(request: ConsoleRequest) -> HttpResponse:
    """The model in use, what it could learn, and the way back."""
    if not request.actor.has(Right.TRAIN_MODELS):
        raise Denied("您没有此项权限。")
    active = registry.active(clock.now())
    context = {
        "active": of_version(active, active.base),
        "new": queries.new_corrections(active),
        "current": of_training(queries.under_way()),
        "last": of_training(queries.trainings().filter(under_way=False).first()),
        "versions": [of_version(row, active.base) for row in queries.versions()[:SHOWN]],
        "corrections": queries.corrections_for(request.actor)[:SHOWN],
        "edits": request.actor.has(Right.EDIT_KNOWLEDGE),
        "decides": _decides(request),
        "section": "learning",
    }
    return render(request, "console/learning/page.html", context)


def _decides(request: ConsoleRequest) -> bool:
    """The model reads for every department, so only who stands above all of them changes it."""
    return request.actor.may(Right.TRAIN_MODELS, ensure_root(clock.now()))


@require_POST
def train(request: ConsoleRequest) -> HttpResponse:
    if not _decides(request):
        raise Denied("您没有此项权限。")
    try:
        training.ask(request.actor.username, clock.now())
    except Conflict as conflict:
        messages.error(request, translate(str(conflict)))
    return redirect("learning")


@require_safe
def progress(request: ConsoleRequest) -> HttpResponse:
    """How far the training is; a page that asks after its end is told to load itself anew."""
    if not request.actor.has(Right.TRAIN_MODELS):
        raise Denied("您没有此项权限。")
    current = of_training(queries.under_way())
    answer = render(request, "console/learning/progress.html", {"current": current, "decides": _decides(request)})
    if current is None:
        answer["HX-Refresh"] = "true"
    return answer


@require_POST
def cancel(request: ConsoleRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(_mine(request, queries.trainings()), pk=pk)
    with contextlib.suppress(Conflict):  # it has ended meanwhile, as the page shows
        training.cancel(request.actor.username, row, clock.now())
    return redirect("learning")


@require_POST
def return_to(request: ConsoleRequest, pk: int) -> HttpResponse:
    version = get_object_or_404(_mine(request, queries.versions()), pk=pk)
    try:
        registry.roll_back(request.actor.username, clock.now(), version)
    except (Conflict, RasaError) as wrong:
        messages.error(request, translate(str(wrong)))
        return redirect("learning")
    messages.success(request, _("已退回所选的模型。"))
    return redirect("learning")


def _mine(request: ConsoleRequest, rows: Any) -> Any:
    if not _decides(request):
        raise Http404
    return rows
