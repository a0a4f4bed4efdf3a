"""Social accounts: how they are, their credentials, pausing, and asking the platform."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bot import clock
from bot.channels.actions import note_health, save_account, set_state
from bot.channels.models import Account, AccountState
from bot.channels.queries import accounts_for, facts_of, hook_of
from bot.channels.registry import connector_for
from bot.channels.shared import token_store
from bot.conflict import Conflict, Denied
from bot.console.accountform import AccountForm, platforms
from bot.console.queries import accounts_seen
from bot.console.sentences import translate
from bot.console.session import ConsoleRequest
from bot.staff.actions import Invalid
from bot.staff.queries import departments_for
from bot.vault import Sealed
from connectors.contract import Tools
from policies.facts import Health, HealthReport
from policies.roles import Right

CHECK_SECONDS = 4.0  # a person is waiting at the screen
PAGE = 200


@require_safe
def accounts(request: ConsoleRequest) -> HttpResponse:
    _demand(request, Right.SEE_ACCOUNTS)
    after = request.GET.get("after", "")[:64].replace("\x00", "")
    rows = list(accounts_seen(request.actor).filter(pk__gt=after).order_by("pk")[: PAGE + 1])
    context = {"rows": rows[:PAGE], "more": rows[PAGE - 1].pk if len(rows) > PAGE else "", "section": "accounts"}
    return render(
        request, "console/accounts/list.html", {**context, "manages": request.actor.has(Right.MANAGE_ACCOUNTS), "platforms": platforms()}
    )


@require_safe
def account(request: ConsoleRequest, pk: str) -> HttpResponse:
    row = get_object_or_404(accounts_seen(request.actor), pk=pk)
    context = {"row": row, "hook": hook_of(row), "manages": request.actor.may(Right.MANAGE_ACCOUNTS, row.department)}
    return render(request, "console/accounts/account.html", {**context, "section": "accounts"})


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def new(request: ConsoleRequest, platform: str) -> HttpResponse:
    _demand(request, Right.MANAGE_ACCOUNTS)
    if platform not in platforms():
        raise Http404
    departments = departments_for(request.actor, Right.MANAGE_ACCOUNTS)
    form = AccountForm(request.POST or None, platform=platform, departments=departments)
    if request.method == "POST" and form.is_valid() and (made := _saved(request, form)):
        return redirect("account", made.pk)
    context = {"form": form, "platform": platform, "section": "accounts"}
    return render(request, "console/accounts/edit.html", context, status=422 if form.errors else 200)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def edit(request: ConsoleRequest, pk: str) -> HttpResponse:
    row, departments = _managed(request, pk), departments_for(request.actor, Right.MANAGE_ACCOUNTS)
    start = {"name": row.name, "department": row.department.code, "kind": row.kind, "base_url": row.base_url}
    form = AccountForm(request.POST or None, initial=start, platform=row.platform, account=row, departments=departments)
    if request.method == "POST" and form.is_valid() and _saved(request, form):
        return redirect("account", row.pk)
    context = {"form": form, "row": row, "platform": row.platform, "section": "accounts"}
    return render(request, "console/accounts/edit.html", context, status=422 if form.errors else 200)


def _saved(request: ConsoleRequest, form: AccountForm) -> Account | None:
    try:
        values = form.values()
        if form.account is None and Account.objects.filter(pk=values["id"]).exists():
            raise Invalid("这个编号已被使用。")
        made = save_account(request.actor.username, values, form.cleaned_data["department"], clock.now())
    except (Invalid, Sealed) as wrong:
        form.add_error(None, translate(str(wrong)))
        return None
    messages.success(request, _("账号已保存。"))
    return made


def _managed(request: ConsoleRequest, pk: str) -> Account:
    row = get_object_or_404(accounts_seen(request.actor), pk=pk)
    request.actor.demand(Right.MANAGE_ACCOUNTS, row.department)
    return row


@require_POST
def pause(request: ConsoleRequest, pk: str) -> HttpResponse:
    row = _managed(request, pk)
    paused = request.POST.get("paused") == "1"
    state = AccountState.PAUSED if paused else AccountState.ACTIVE
    return _change(request, row, lambda: set_state(request.actor.username, row, state, "", clock.now()))


@require_POST
def check(request: ConsoleRequest, pk: str) -> HttpResponse:
    """Ask the platform now, for as long as a person waits."""
    row = get_object_or_404(accounts_for(request.actor, Right.SEE_ACCOUNTS), pk=pk)
    report = _asked(request, row, lambda tools: connector_for(row.platform).health(facts_of(row), tools))
    if report:
        note_health(row, report, clock.now())
    return redirect("account", row.pk)


@require_POST
def tell_hook(request: ConsoleRequest, pk: str) -> HttpResponse:
    """Tell the platform where to call us, where it has a call for that; else say what to enter where."""
    row = _managed(request, pk)
    _asked(request, row, lambda tools: connector_for(row.platform).hook_changed(facts_of(row), hook_of(row), tools))
    return redirect("account", row.pk)


def _asked(request: ConsoleRequest, row: Account, call: Callable[[Tools], HealthReport]) -> HealthReport | None:
    """What the platform said, shown to the person; None when it could not even be asked."""
    try:
        report = call(Tools(token_store(), clock.now(), timeout=CHECK_SECONDS))
    except (Sealed, KeyError):
        messages.error(request, _("凭据无法打开或平台不可用，请重新填写凭据。"))
        return None
    level = messages.SUCCESS if report.health == Health.OK else messages.WARNING
    messages.add_message(request, level, report.message or _("平台应答正常。"))
    return report


def _change(request: ConsoleRequest, row: Account, call: Callable[[], object]) -> HttpResponse:
    try:
        call()
    except Conflict as conflict:
        messages.error(request, translate(str(conflict)))
    else:
        messages.success(request, _("已记录。"))
    return redirect("account", row.pk)


def _demand(request: ConsoleRequest, right: Right) -> None:
    if not request.actor.has(right):
        raise Denied("您没有此项权限。")
