"""Files that go with a reply: added and taken away by their writer, read by colleagues and by the citizen."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from bot import clock
from bot.answering import files
from bot.answering.models import Upload
from bot.conflict import Conflict
from bot.console.sentences import translate
from bot.console.session import ConsoleRequest
from bot.staff.actions import Invalid
from bot.tickets.fetching import folder
from bot.tickets.models import Ticket
from bot.tickets.queries import tickets_for
from policies.answering import FILE_BYTES


def _ticket(request: ConsoleRequest, number: str) -> Ticket:
    return get_object_or_404(tickets_for(request.actor), number=number)


@require_POST
def upload(request: ConsoleRequest, number: str) -> HttpResponse:
    ticket, given, wrong = _ticket(request, number), request.FILES.get("file"), ""
    try:
        # One byte more than is allowed is enough to know that it is too much.
        files.add(request.actor, ticket, given.name or "" if given else "", given.read(FILE_BYTES + 1) if given else b"", clock.now())
    except (Conflict, Invalid) as no:
        wrong = translate(str(no))
    return _shown(request, ticket, wrong)


@require_POST
def remove(request: ConsoleRequest, number: str, pk: int) -> HttpResponse:
    ticket, wrong = _ticket(request, number), ""
    row = get_object_or_404(Upload.objects.select_related("ticket"), pk=pk, ticket=ticket)
    try:
        files.remove(request.actor, row, clock.now())
    except Conflict as no:
        wrong = translate(str(no))
    return _shown(request, ticket, wrong)


def _shown(request: ConsoleRequest, ticket: Ticket, wrong: str) -> HttpResponse:
    if not request.headers.get("HX-Request"):
        if wrong:
            messages.error(request, wrong)
        return HttpResponseRedirect(reverse("ticket", args=[ticket.number]))
    context: dict[str, Any] = {"ticket": ticket, "files": files.pending(request.actor.person_id, ticket), "file_wrong": wrong}
    return render(request, "console/ticket/files.html", context, status=422 if wrong else 200)


@require_safe
def file(request: ConsoleRequest, number: str, pk: int) -> HttpResponseBase:
    return served(get_object_or_404(Upload, pk=pk, ticket=_ticket(request, number)))


def served(row: Upload) -> HttpResponseBase:
    """The file as a download in which nothing can act."""
    path = (folder() / row.path).resolve()
    if not path.is_relative_to(folder().resolve()) or not path.is_file():
        raise Http404
    response = FileResponse(path.open("rb"), content_type=row.mime)
    response["Content-Disposition"] = content_disposition_header(True, row.name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
