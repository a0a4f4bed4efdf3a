"""A department's statistics for everybody."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_datetime
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe
from limits import parse

from bot import clock
from bot.console.citizen import allows
from bot.console.session import ConsoleRequest, public
from bot.staff.models import Department
from bot.staff.queries import departments_for
from bot.supervision.openness import is_open, published, set_open
from policies.roles import Right
from policies.statistics import rules

MINUTE = "{}/minute"
BELOW = 200


@public
@cache_control(private=True, max_age=300)
@require_safe
def department(request: HttpRequest, code: str) -> HttpResponse:
    """Numbers of the department and all below it; a page that is switched off is as if it had never been."""
    if not allows(parse(MINUTE.format(rules()["public"]["looks_per_minute"])), request):
        response = render(request, "console/open/page.html", {"too_many": True}, status=429)
        response["Retry-After"] = "60"
        return response
    row = get_object_or_404(Department, code=code, is_active=True)
    if not is_open(row):
        raise Http404
    found = published(row, clock.now())
    below = [one for one in row.children.filter(is_active=True).order_by("path")[:BELOW] if is_open(one)]
    context = {"department": row, "found": found, "at": parse_datetime(found["at"]), "below": below, "least": rules()["public"]["least"]}
    return render(request, "console/open/page.html", context)


@require_POST
def switch(request: ConsoleRequest, code: str) -> HttpResponse:
    """A department's page on, off, or as the department above has it."""
    row = get_object_or_404(departments_for(request.actor, Right.MANAGE_DEPARTMENTS), code=code)
    wanted = {"on": True, "off": False}.get(request.POST.get("page", ""))
    set_open(request.actor, row, wanted, clock.now())
    return redirect("departments")
