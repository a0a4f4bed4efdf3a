"""The record of who did what, and the balance badge."""

from django.core.cache import cache
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bot import clock
from bot.conflict import Denied
from bot.console.queries import record_for
from bot.console.session import ConsoleRequest
from bot.supervision.balance import current
from policies.roles import Right

PAGE = 100
BADGE_SECONDS = 30


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


@require_safe
def balance(request: ConsoleRequest) -> HttpResponse:
    """Today's balance. Every open page asks for it, so the answer is kept for a moment."""
    if not request.actor.has(Right.SEE_BALANCE):
        raise Denied("您没有此项权限。")
    day = clock.now().astimezone(clock.BEIJING).date()
    key = f"balance:{day}:{','.join(request.actor.paths())}"
    found = cache.get(key)
    if found is None:
        found = current(request.actor, day=day)
        cache.set(key, found, BADGE_SECONDS)
    return render(request, "console/balance.html", {"balance": found, "done": found.received - found.difference})
