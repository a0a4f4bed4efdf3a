"""Pages 呼叫 as those see them who watch over them, and one's own contact points."""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bot import clock
from bot.channels.shared import token_store
from bot.conflict import Conflict, Denied
from bot.console.pagingforms import ContactForm
from bot.console.sentences import translate
from bot.console.session import ConsoleRequest
from bot.paging import contacts
from bot.paging.actions import acknowledge
from bot.paging.calling import call
from bot.paging.finishing import finish
from bot.paging.gateways import usable_by
from bot.paging.models import Attempt, Contact, Page
from bot.paging.queries import attempts_of, failing_contacts, own_pages, pages_for, people_of, unreachable_people
from bot.staff.actions import Invalid
from policies.facts import Result
from policies.paging import PageState, arrived
from policies.roles import Right

PAGE = 50
TEST_SECONDS = 4.0  # a person is waiting at the screen


@require_safe
def pages(request: ConsoleRequest) -> HttpResponse:
    if not request.actor.has(Right.SEE_PAGING):
        raise Denied("您没有此项权限。")
    state, before = request.GET.get("state", ""), request.GET.get("before", "")
    rows = pages_for(request.actor).order_by("-pk")
    rows = rows.filter(state=state) if state in set(PageState) else rows
    found = list((rows.filter(pk__lt=int(before)) if before.isdecimal() and len(before) < 19 else rows)[: PAGE + 1])
    context: dict[str, object] = {
        "rows": _with_people(found[:PAGE]),
        "more": found[PAGE - 1].pk if len(found) > PAGE else "",
        "state": state,
    }
    if not before and not state:
        context |= {"failing": failing_contacts(request.actor, clock.now()), "unreachable": unreachable_people(request.actor)[:PAGE]}
    return render(request, "console/paging/pages.html", {**context, "states": list(PageState), "section": "paging"})


@require_safe
def page(request: ConsoleRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(pages_for(request.actor), pk=pk)
    ((_row, people),) = _with_people([row])
    may = request.actor.person_id in row.people and row.state in ("calling", "exhausted")
    context = {"row": row, "people": people, "attempts": attempts_of(row)[:500], "may_acknowledge": may, "section": "paging"}
    return render(request, "console/paging/page.html", context)


def _with_people(rows: list[Page]) -> list[tuple[Page, list[str]]]:
    known = people_of(rows)
    return [(row, [known[person].name for person in row.people if person in known]) for row in rows]


@require_POST
def confirm(request: ConsoleRequest) -> HttpResponse:
    """Acknowledge pages by which one was called."""
    asked = {int(value) for value in request.POST.getlist("page")[:200] if value.isdecimal() and len(value) < 19}
    own = list(own_pages(request.actor).filter(pk__in=asked).values_list("pk", flat=True))
    done = acknowledge(request.actor.person_id, request.actor.username, own, clock.now(), via="console")
    messages.success(request, _("已确认 %(n)s 件呼叫；仍须办理。") % {"n": done})
    return redirect("contacts")


@require_safe
def own(request: ConsoleRequest) -> HttpResponse:
    rows = [(row, row.attempts.exclude(test="").order_by("-pk").first()) for row in contacts.contacts_of(request.actor)]
    context = {"rows": rows, "gateways": usable_by(request.actor.person_id), "pages": own_pages(request.actor)[:200], "section": "contacts"}
    return render(request, "console/paging/contacts.html", context)


@sensitive_post_parameters("address")
@require_http_methods(["GET", "POST"])
def add(request: ConsoleRequest, gateway: int) -> HttpResponse:
    way = get_object_or_404(usable_by(request.actor.person_id), pk=gateway)
    form = ContactForm(request.POST or None, gateway=way, initial={"order": len(contacts.contacts_of(request.actor)) + 1})
    if request.method == "POST" and _saved(form, lambda now: contacts.add_contact(request.actor, way, **form.cleaned_data, now=now)):
        messages.success(request, _("已保存。请点“测试”确认能收到。"))
        return redirect("contacts")
    context = {"form": form, "gateway": way, "section": "contacts"}
    return render(request, "console/paging/contact.html", context, status=422 if form.errors else 200)


def _contact(request: ConsoleRequest, pk: int) -> Contact:
    return get_object_or_404(contacts.contacts_of(request.actor), pk=pk)


@sensitive_post_parameters("address")
@require_http_methods(["GET", "POST"])
def edit(request: ConsoleRequest, pk: int) -> HttpResponse:
    row = _contact(request, pk)
    form = ContactForm(request.POST or None, gateway=row.gateway, row=row, initial={"order": row.order, "quiet": row.quiet})
    if request.method == "POST" and _saved(form, lambda now: contacts.change_contact(request.actor, row, **form.cleaned_data, now=now)):
        messages.success(request, _("已保存。"))
        return redirect("contacts")
    context = {"form": form, "gateway": row.gateway, "row": row, "section": "contacts"}
    return render(request, "console/paging/contact.html", context, status=422 if form.errors else 200)


def _saved(form: ContactForm, do: Callable[[datetime], object]) -> bool:
    if not form.is_valid():
        return False
    try:
        do(clock.now())
    except Invalid as wrong:
        form.add_error("address", translate(str(wrong)))
        return False
    return True


@require_POST
def remove(request: ConsoleRequest, pk: int) -> HttpResponse:
    contacts.remove_contact(request.actor, _contact(request, pk), clock.now())
    messages.success(request, _("联系方式已删除。"))
    return redirect("contacts")


@require_POST
def test(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Send a test page now, and say truly how it ended."""
    try:
        attempt = contacts.begin_test(request.actor, _contact(request, pk), clock.now())
    except Conflict as soon:
        messages.warning(request, translate(str(soon)))
        return redirect("contacts")
    result = call(attempt, attempt.at, token_store(), timeout=min(TEST_SECONDS, settings.PLATFORM_TIMEOUT))
    finish(attempt, result, clock.now())
    _tell(request, attempt, result)
    return redirect("contacts")


def _tell(request: ConsoleRequest, attempt: Attempt, result: Result) -> None:
    if arrived(result.outcome):
        messages.success(request, _("平台已接收测试呼叫（%(to)s）。收到后请点开链接确认。") % {"to": attempt.hint or attempt.means})
    else:
        messages.error(request, _("测试呼叫没有送出：%(error)s（%(code)s）") % {"error": result.error, "code": result.code})
