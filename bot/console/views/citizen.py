"""The citizen's page: the code of a request shows how it stands."""

import contextlib
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from bot import clock
from bot.closing.actions import close_by_citizen
from bot.closing.rating import rate
from bot.conflict import Conflict
from bot.console.citizen import LOOKS, SAYS, WRONG, allows, found, normal, progress
from bot.console.closingforms import RatingForm
from bot.console.session import public
from bot.console.views.files import served
from bot.tickets.models import Ticket


@public
@never_cache
@require_safe
def ask(request: HttpRequest) -> HttpResponse:
    """The form; a code typed into it becomes an address, so that it can be kept."""
    typed = request.GET.get("code", "")
    if typed.strip():
        return redirect("progress", (normal(typed) or "-").lower())
    return _page(request, {}, 200)


@public
@never_cache
@require_safe
def show(request: HttpRequest, code: str) -> HttpResponse:
    if not allows(LOOKS, request) or not allows(WRONG, request, use=False):
        return _page(request, {"too_many": True}, 429)
    found = progress(code, clock.now())
    if found is None:
        allows(WRONG, request)
        return _page(request, {"wrong": True}, 404)
    return _page(request, {"progress": found}, 200)


@public
@never_cache
@require_safe
def file(request: HttpRequest, code: str, pk: int) -> HttpResponseBase:
    """A file that came with an answer, for whoever has the code of the request."""
    if not allows(LOOKS, request) or not allows(WRONG, request, use=False):
        return _page(request, {"too_many": True}, 429)
    shown = progress(code, clock.now())
    row = next((one for answer in shown.answers for one in answer.files if one.pk == pk), None) if shown else None
    if row is None:
        allows(WRONG, request)
        return _page(request, {"wrong": True}, 404)
    return served(row)


@public
@never_cache
@require_POST
def settled(request: HttpRequest, code: str) -> HttpResponse:
    """The citizen says that the matter is settled."""
    return _pressed(request, code, lambda ticket: close_by_citizen(ticket, clock.now()))


@public
@never_cache
@require_POST
def rating(request: HttpRequest, code: str) -> HttpResponse:
    form = RatingForm(request.POST)
    if not form.is_valid():
        return _pressed(request, code, None)
    data = form.cleaned_data
    return _pressed(request, code, lambda ticket: rate(ticket, data["score"], data["reason"], clock.now()))


def _pressed(request: HttpRequest, code: str, do: Callable[[Ticket], object] | None) -> HttpResponse:
    """Do what was pressed, as seldom as people press; a second press finds it done and shows how it stands."""
    if not allows(SAYS, request) or not allows(WRONG, request, use=False):
        return _page(request, {"too_many": True}, 429)
    pair = found(code)
    if pair is None:
        allows(WRONG, request)
        return _page(request, {"wrong": True}, 404)
    if do is None:
        return _page(request, {"progress": progress(code, clock.now()), "incomplete": True}, 422)
    with contextlib.suppress(Conflict):
        do(pair[1])
    return redirect("progress", code)


def _page(request: HttpRequest, context: dict[str, object], status: int) -> HttpResponse:
    response = render(request, "console/citizen/page.html", context, status=status)
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "same-origin"  # no other site learns the code; without any, browsers send the form from nowhere
    if status == 429:
        response["Retry-After"] = "60"
    return response
