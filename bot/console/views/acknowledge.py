"""The page behind the link of a message: what it is about, and one button. Programs that fetch links for a preview change nothing."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from bot import clock
from bot.console.citizen import LOOKS, WRONG, allows
from bot.console.session import public
from bot.paging.actions import acknowledge_attempt
from bot.paging.links import attempt_of
from bot.paging.models import Attempt, Page
from policies.paging import PageState

MOST = 50


@dataclass(frozen=True, slots=True)
class Shown:
    """What one message called for."""

    attempt: Attempt
    pages: list[Page]
    count: int
    waiting: int  # pages nobody has acknowledged and that are not done


@csrf_exempt  # no session is used: whoever holds the signed link may confirm, and nobody else can name it
@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def acknowledge(request: HttpRequest, token: str) -> HttpResponse:
    if not allows(LOOKS, request) or not allows(WRONG, request, use=False):
        return _page(request, {"too_many": True}, 429)
    attempt = attempt_of(token, clock.now())
    if attempt is None:
        allows(WRONG, request)
        return _page(request, {"wrong": True}, 404)
    if request.method == "POST":
        acknowledge_attempt(attempt, clock.now())
        return redirect("acknowledge", token)  # a reload shows, and does not ask again
    return _page(request, {"shown": _shown(attempt)}, 200)


def _shown(attempt: Attempt) -> Shown:
    rows = Page.objects.filter(attempts=attempt).select_related("department", "acknowledged_by").order_by("-urgent", "pk")
    waiting = rows.filter(state__in=(PageState.CALLING, PageState.EXHAUSTED, PageState.TOLD)).count()
    return Shown(attempt, list(rows[:MOST]), rows.count(), waiting)


def _page(request: HttpRequest, context: dict[str, object], status: int) -> HttpResponse:
    response = render(request, "console/paging/acknowledge.html", context, status=status)
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    if status == 429:
        response["Retry-After"] = "60"
    return response
