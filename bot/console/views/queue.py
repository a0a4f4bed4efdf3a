"""The queue: the list, its next pages, and rows that changed."""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from bot import clock
from bot.channels.queries import accounts_for
from bot.console.forms import FilterForm
from bot.console.frame import doors
from bot.console.incidents import with_incidents
from bot.console.live import newest_id
from bot.console.queries import cursor_of, groups, place_of
from bot.console.session import ConsoleRequest
from bot.console.words import STATES
from bot.staff.queries import departments_for
from bot.tickets.delivered import marked
from bot.tickets.paging import Wanted, matching, page
from policies.roles import Right

PAGE = 50
ROWS_AT_ONCE = 50


def wanted_of(request: ConsoleRequest) -> Wanted:
    """What the address narrows the list to; wrong values count as empty."""
    form = FilterForm(request.GET)
    form.is_valid()
    data = form.cleaned_data
    return Wanted(
        state=str(data.get("state")) if data.get("state") in STATES else "",
        account=data.get("account", ""),
        department=data.get("department", ""),
        owner=request.actor.person_id if data.get("owner") == "me" else None,
        overdue=data.get("overdue", False),
        text=data.get("q", "").replace("\x00", ""),
    )


def list_context(request: ConsoleRequest) -> dict[str, object]:
    """Everything the left pane shows. The record's id is read before the rows: what happens in between is told again."""
    after, now, wanted = newest_id(), clock.now(), wanted_of(request)
    rows = marked(with_incidents(page(request.actor, wanted, place_of(request.GET.get("after", "")), PAGE + 1, now)))
    more = cursor_of(rows[PAGE - 1], wanted) if len(rows) > PAGE else ""
    query = {key: value for key, value in request.GET.items() if key != "after" and value}
    return {
        "after": after,
        "wanted": wanted,
        "groups": groups(rows[:PAGE], request.actor, wanted, now, counted=not query and "after" not in request.GET)
        if wanted.is_queue
        else [],
        "rows": [] if wanted.is_queue else rows[:PAGE],
        "more": urlencode({**query, "after": more}) if more else "",
        "filters": urlencode(query),
        "filtered": bool(query),
        "states": STATES,
    }


def choices(request: ConsoleRequest) -> dict[str, object]:
    """What the filters can be set to."""
    return {
        "accounts": accounts_for(request.actor)[:300],
        "departments": departments_for(request.actor, Right.SEE_TICKETS)[:300],
    }


@require_safe
def queue(request: ConsoleRequest) -> HttpResponse:
    if not request.actor.has(Right.SEE_TICKETS):
        found = doors(request.actor)
        return redirect(found[0].view) if found else render(request, "console/nothing.html", status=403)
    return render(request, "console/queue/page.html", {**list_context(request), **choices(request), "section": "tickets"})


@require_safe
def more(request: ConsoleRequest) -> HttpResponse:
    return render(request, "console/queue/more.html", list_context(request))


@require_safe
def rows(request: ConsoleRequest) -> HttpResponse:
    """The rows of these tickets, as far as they belong to the list: the page puts them in place and drops the others."""
    now, wanted = clock.now(), wanted_of(request)
    numbers = list(dict.fromkeys(request.GET.getlist("n")))[:ROWS_AT_ONCE]
    return render(request, "console/queue/rows.html", {"rows": marked(with_incidents(matching(request.actor, wanted, numbers, now)))})


@require_safe
def row(request: ConsoleRequest, number: str) -> HttpResponse:
    """One ticket's row; 204 when it does not belong to the list."""
    found = marked(with_incidents(matching(request.actor, wanted_of(request), [number], clock.now())))
    return render(request, "console/queue/rows.html", {"rows": found}) if found else HttpResponse(status=204)
