"""The record of who did what."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bot.conflict import Denied
from bot.console.queries import record_for
from bot.console.session import ConsoleRequest
from policies.roles import Right

PAGE = 100


@require_safe
def record(request: ConsoleRequest) -> HttpResponse:
    if not request.actor.has(Right.SEE_AUDIT):
        raise Denied("您没有此项权限。")
    before, who, about = (request.GET.get(name, "").strip()[:150].replace("\x00", "") for name in ("before", "actor", "object"))
    start = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    rows = list(record_for(request.actor, start, who, about)[: PAGE + 1])
    more = rows[PAGE - 1].pk if len(rows) > PAGE else ""
    context = {"rows": rows[:PAGE], "more": more, "who": who, "about": about, "section": "record"}
    return render(request, "console/record.html", context)
