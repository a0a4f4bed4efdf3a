"""The balance 平衡: the badge on every page, the table, one account's day, and what a person does about a difference."""

from collections.abc import Callable
from datetime import date

from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bot import clock
from bot.channels.models import Account
from bot.closing.queries import undelivered_count
from bot.conflict import Conflict, Denied
from bot.console import ledger, sheets
from bot.console.sentences import translate
from bot.console.session import ConsoleRequest
from bot.staff.actions import Invalid
from bot.supervision import mending
from bot.supervision.balance import count, current
from bot.supervision.models import AccountDay, Watch
from policies.roles import Right

PAGE = 100
EXPORTED = 20_000
BADGE_SECONDS = 30


@require_safe
def badge(request: ConsoleRequest) -> HttpResponse:
    """Today's balance. Every open page asks for it, so the answer is kept for a moment."""
    _demand(request)
    day = clock.now().astimezone(clock.BEIJING).date()
    key = f"balance:{day}:{','.join(request.actor.paths())}"
    found = cache.get(key)
    if found is None:
        found = current(request.actor, day=day), ledger.differing(request.actor).count()
        cache.set(key, found, BADGE_SECONDS)
    today, standing = found
    context = {"balance": today, "done": today.received - today.difference, "standing": standing}
    return render(request, "console/balance/badge.html", context)


@require_safe
def table(request: ConsoleRequest) -> HttpResponse:
    """Each account's days."""
    _demand(request)
    wanted = ledger.wanted_of(request.GET)
    rows = list(ledger.after(ledger.days(request.actor, wanted), request.GET.get("after", ""))[: PAGE + 1])
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    context = {"rows": rows[:PAGE], "more": f"{last.day}~{last.account_id}" if last else "", "wanted": wanted, "section": "work"}
    context |= {"sum": current(request.actor, account=wanted.account), "differing": ledger.differing(request.actor)}
    context["waiting"] = undelivered_count(request.actor, account=wanted.account)
    context |= {"watch": Watch.objects.first(), "accounts": ledger.accounts_watched(request.actor), "query": _query(request)}
    return render(request, "console/balance/table.html", context)


@require_safe
def day(request: ConsoleRequest, account: str, day: str) -> HttpResponse:
    """Where every message of one account's day is; those without a place first."""
    row, when = _account_day(request, account, day)
    place, start = request.GET.get("place", ""), request.GET.get("after", "")
    key = int(start) if start.isascii() and start.isdigit() and len(start) < 19 else 0
    shown = ledger.messages_of(request.actor, row, when, place, key, PAGE + 1)
    lost = [] if key else [one for name in ("lost", "broken") for one in ledger.messages_of(request.actor, row, when, name, 0, PAGE)]
    context = {"account": row, "day": when, "balance": count(row.pk, when), "lost": lost, "shown": shown[:PAGE], "place": place}
    context |= {"more": shown[PAGE - 1].row.pk if len(shown) > PAGE else "", "places": ledger.PLACES.items(), "section": "work"}
    gone = context["balance"].difference - sum(one.place == "lost" for one in lost)  # type: ignore[attr-defined]
    return render(
        request, "console/balance/day.html", {**context, "gone": gone, "mends": request.actor.may(Right.MEND_BALANCE, row.department)}
    )


@require_safe
def export(request: ConsoleRequest) -> HttpResponse:
    """The table as xlsx, as far as it is narrowed."""
    _demand(request)
    rows = ledger.days(request.actor, ledger.wanted_of(request.GET))[:EXPORTED]
    head = [_("日期"), _("账号"), _("部门"), _("收到"), _("待办"), _("已答复"), _("不予受理"), _("已合并"), _("非诉求"), _("差额")]
    cells = (
        [str(row.day), row.account.name, row.account.department.name, *map(str, _figures(row))] for row in rows.iterator(chunk_size=1000)
    )
    answer = HttpResponse(sheets.write(_("平衡"), head, cells), content_type=sheets.XLSX)
    answer["Content-Disposition"] = 'attachment; filename="balance.xlsx"'
    return answer


def _figures(row: AccountDay) -> list[int]:
    return [row.received, row.open, row.answered, row.refused, row.merged, row.dismissed, row.difference]


@require_POST
def read_again(request: ConsoleRequest, account: str, day: str) -> HttpResponse:
    row, when = _account_day(request, account, day)
    typed = request.POST.get("message", "")
    key = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else 0
    _try(request, lambda: mending.read_again(request.actor, row, key, clock.now()), _("已重新读取，稍后就有去处。"))
    return redirect("balance-day", row.pk, str(when))


@require_POST
def explain(request: ConsoleRequest, account: str, day: str) -> HttpResponse:
    row, when = _account_day(request, account, day)
    _try(request, lambda: mending.explain(request.actor, row, when, request.POST.get("words", ""), clock.now()), _("已记录说明。"))
    return redirect("balance-day", row.pk, str(when))


def _try(request: ConsoleRequest, call: Callable[[], object], done: str) -> None:
    try:
        call()
    except (Conflict, Invalid) as refusal:
        messages.error(request, translate(str(refusal)))
    else:
        messages.success(request, done)


def _account_day(request: ConsoleRequest, account: str, day: str) -> tuple[Account, date]:
    when = ledger.day_of(day)
    if when is None or not 2000 < when.year < 9999:
        raise Http404
    return get_object_or_404(ledger.accounts_watched(request.actor), pk=account), when


def _query(request: ConsoleRequest) -> str:
    asked = request.GET.copy()
    asked.pop("after", None)
    return asked.urlencode()


def _demand(request: ConsoleRequest) -> None:
    if not request.actor.has(Right.SEE_BALANCE):
        raise Denied("您没有此项权限。")
