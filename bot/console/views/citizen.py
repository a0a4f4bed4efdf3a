"""The citizen's page: the code of a request shows how it stands."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from bot import clock
from bot.console.citizen import LOOKS, WRONG, allows, normal, progress
from bot.console.session import public
from bot.console.views.files import served


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
    found = progress(code, clock.now())
    row = next((one for answer in found.answers for one in answer.files if one.pk == pk), None) if found else None
    if row is None:
        allows(WRONG, request)
        return _page(request, {"wrong": True}, 404)
    return served(row)


def _page(request: HttpRequest, context: dict[str, object], status: int) -> HttpResponse:
    response = render(request, "console/citizen/page.html", context, status=status)
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    if status == 429:
        response["Retry-After"] = "60"
    return response
