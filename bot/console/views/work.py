"""我的工作, 本部门 and its charts; each as xlsx too."""

from collections.abc import Iterable, Sequence

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from bot import clock
from bot.conflict import Denied
from bot.console import ownwork, sheets
from bot.console.diagrams import diagrams, tables
from bot.console.session import ConsoleRequest
from bot.console.templatetags.huiyin import moment, word
from bot.console.words import DELIVERY
from bot.deadlines.queries import calendar
from bot.staff.models import Department
from policies.roles import Right
from policies.statistics import rules


@require_safe
def mine(request: ConsoleRequest) -> HttpResponse:
    """What waits for me."""
    _demand(request)
    now = clock.now()
    found = ownwork.mine(request.actor, now)
    undelivered = [(row, DELIVERY[row.state]) for row in found.undelivered]
    return render(request, "console/work/mine.html", {"mine": found, "undelivered": undelivered, "now": now, "section": "work"})


@require_safe
def ours(request: ConsoleRequest) -> HttpResponse:
    """What waits for a department."""
    row, now = _department(request), clock.now()
    found = ownwork.ours(request.actor, row, calendar(), now)
    context = {"department": row, "choices": ownwork.choices(request.actor), "ours": found, "section": "work"}
    context["settles"] = request.actor.has(Right.SETTLE_DELIVERY)
    return render(request, "console/work/ours.html", context)


@require_safe
def charts(request: ConsoleRequest) -> HttpResponse:
    """How a department's days went."""
    row, now = _department(request), clock.now()
    figures = ownwork.pictures(row, now)
    context = {"department": row, "choices": ownwork.choices(request.actor), "figures": figures, "at": parse_datetime(figures["at"])}
    return render(request, "console/work/charts.html", {**context, "diagrams": diagrams(figures), "section": "work"})


@require_safe
def export_mine(request: ConsoleRequest) -> HttpResponse:
    _demand(request)
    found = ownwork.mine(request.actor, clock.now())
    head = [_("编号"), _("首行"), _("状态"), _("账号"), _("部门"), _("期限")]
    cells = (
        [row.number, row.first_line, str(word(row.state, "state")), row.account.name, row.department.name, moment(row.deadline)]
        for row in found.rows
    )
    return _file("my-work", _("我的工作"), head, cells)


@require_safe
def export_ours(request: ConsoleRequest) -> HttpResponse:
    """Workload by name."""
    row, now = _department(request), clock.now()
    until = calendar().add_working_hours(now, rules()["own"]["soon_hours"])
    cells = (
        [one.person.name, one.person.username, str(one.open), str(one.soon), str(one.overdue)] for one in ownwork.loads(row, until, now)
    )
    return _file("workload", _("工作量"), [_("姓名"), _("用户名"), _("在办"), _("四小时内到期"), _("已超期")], cells)


@require_safe
def export_chart(request: ConsoleRequest, name: str) -> HttpResponse:
    """The table behind one picture."""
    found = {table.name: table for table in tables(ownwork.pictures(_department(request), clock.now()))}.get(name)
    if found is None:
        raise Http404
    return _file(name, str(found.title), [str(cell) for cell in found.head], ([str(cell) for cell in line] for line in found.rows))


def _file(name: str, title: str, head: Sequence[str], cells: Iterable[Sequence[str]]) -> HttpResponse:
    answer = HttpResponse(sheets.write(title, head, cells), content_type=sheets.XLSX)
    answer["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return answer


def _department(request: ConsoleRequest) -> Department:
    _demand(request)
    row = ownwork.chosen(request.actor, request.GET.get("department", "").replace("\x00", "")[:64])
    if row is None:
        raise Http404
    return row


def _demand(request: ConsoleRequest) -> None:
    if not request.actor.has(Right.SEE_TICKETS):
        raise Denied("您没有此项权限。")
