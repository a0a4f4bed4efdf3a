"""Staff: people, their roles, passwords, second factors and tokens."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bot import clock
from bot.conflict import Conflict, Denied
from bot.console.forms import NewPasswordForm, PersonForm, RoleForm, TokenForm
from bot.console.sentences import translate
from bot.console.session import ConsoleRequest
from bot.staff import actions
from bot.staff.actions import Invalid
from bot.staff.models import Assignment, Person, Token
from bot.staff.queries import departments_for, may_manage, people_for
from policies.roles import Right, Role

PAGE = 100


@require_safe
def people(request: ConsoleRequest) -> HttpResponse:
    _demand(request, Right.SEE_STAFF)
    text, after = request.GET.get("q", "").strip()[:100].replace("\x00", ""), request.GET.get("after", "")[:150].replace("\x00", "")
    found = people_for(request.actor).prefetch_related("assignments__department").filter(username__gt=after)
    if text:
        found = found.filter(username__icontains=text) | found.filter(name__icontains=text)
    rows = list(found[: PAGE + 1])
    context = {"rows": rows[:PAGE], "more": rows[PAGE - 1].username if len(rows) > PAGE else "", "q": text, "section": "people"}
    return render(request, "console/people/list.html", {**context, "manages": request.actor.has(Right.MANAGE_STAFF)})


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def new(request: ConsoleRequest) -> HttpResponse:
    _demand(request, Right.MANAGE_STAFF)
    form = PersonForm(request.POST or None, departments=departments_for(request.actor, Right.MANAGE_STAFF))
    if request.method == "POST" and form.is_valid():
        try:
            made = _create(request, form)
        except Invalid as wrong:
            form.add_error(None, translate(str(wrong)))
        else:
            return redirect("person", made.pk)
    return render(request, "console/people/new.html", {"form": form, "section": "people"}, status=422 if form.errors else 200)


def _create(request: ConsoleRequest, form: PersonForm) -> Person:
    data, now, who = form.cleaned_data, clock.now(), request.actor.username
    return actions.hire(who, (data["username"], data["name"], data["password"]), data["department"], Role(data["role"]), now)


def _person(request: ConsoleRequest, pk: int) -> Person:
    return get_object_or_404(people_for(request.actor), pk=pk)


@never_cache
@require_safe
def person(request: ConsoleRequest, pk: int) -> HttpResponse:
    return _page(request, _person(request, pk), 200)


def _page(request: ConsoleRequest, row: Person, status: int, **more: object) -> HttpResponse:
    departments = departments_for(request.actor, Right.MANAGE_STAFF)
    assignments = Assignment.objects.filter(person=row).select_related("department").order_by("department__path", "role")
    context = {
        "row": row,
        "assignments": assignments,
        "tokens": Token.objects.filter(person=row).select_related("department").order_by("-pk")[:100],
        "role_form": RoleForm(departments=departments),
        "token_form": TokenForm(assignments=assignments),
        "password_form": NewPasswordForm(),
        "manages": may_manage(request.actor, row) and request.actor.has(Right.MANAGE_STAFF),
        "is_self": row.pk == request.actor.person_id,
        "section": "people",
        **more,
    }
    return render(request, "console/people/person.html", context, status=status)


def _managed(request: ConsoleRequest, pk: int) -> Person:
    """A person the actor may change: seen, and without roles beyond the actor's own departments."""
    row = _person(request, pk)
    _demand(request, Right.MANAGE_STAFF)
    if not may_manage(request.actor, row):
        raise Denied("该人员的角色超出您的管理范围。")
    return row


def _change(request: ConsoleRequest, row: Person, call: Callable[[], object], done: str) -> HttpResponse:
    """Do it, and show the page again with how it went."""
    try:
        call()
    except (Conflict, Invalid) as refused:
        return _page(request, row, 409 if isinstance(refused, Conflict) else 422, refused=translate(str(refused)))
    messages.success(request, done)
    return redirect("person", row.pk)


@require_POST
def give_role(request: ConsoleRequest, pk: int) -> HttpResponse:
    row = _managed(request, pk)
    form = RoleForm(request.POST, departments=departments_for(request.actor, Right.MANAGE_STAFF))
    if not form.is_valid():
        return _page(request, row, 422, role_form=form)
    if row.pk == request.actor.person_id:
        raise Denied("不能更改自己的角色。")
    department, role = form.cleaned_data["department"], Role(form.cleaned_data["role"])
    return _change(request, row, lambda: actions.assign(request.actor.username, row, department, role, clock.now()), _("角色已授予。"))


@require_POST
def take_role(request: ConsoleRequest, pk: int, assignment: int) -> HttpResponse:
    row = _managed(request, pk)
    held = get_object_or_404(Assignment.objects.select_related("person"), pk=assignment, person=row)
    if row.pk == request.actor.person_id:
        raise Denied("不能更改自己的角色。")
    return _change(request, row, lambda: actions.unassign(request.actor.username, held, clock.now()), _("角色已收回。"))


@sensitive_post_parameters()
@require_POST
def reset_password(request: ConsoleRequest, pk: int) -> HttpResponse:
    row, form = _managed(request, pk), NewPasswordForm(request.POST)
    if not form.is_valid():
        return _page(request, row, 422, password_form=form)
    word, who = form.cleaned_data["password"], request.actor.username
    return _change(
        request, row, lambda: actions.set_password(who, row, word, clock.now(), by_self=False), _("密码已重置，下次登录时须更改。")
    )


@require_POST
def reset_second_factor(request: ConsoleRequest, pk: int) -> HttpResponse:
    row = _managed(request, pk)
    return _change(
        request,
        row,
        lambda: actions.reset_second_factor(request.actor.username, row, clock.now()),
        _("第二因素已重置，下次登录时重新绑定。"),
    )


@require_POST
def set_active(request: ConsoleRequest, pk: int) -> HttpResponse:
    row, active = _managed(request, pk), request.POST.get("active") == "1"
    if row.pk == request.actor.person_id:
        raise Denied("不能停用自己。")
    done = _("已启用。") if active else _("已停用，其令牌已全部吊销。")
    return _change(request, row, lambda: actions.set_active(request.actor.username, row, active, clock.now()), done)


@never_cache
@require_POST
def make_token(request: ConsoleRequest, pk: int) -> HttpResponse:
    """The token is in this one answer and nowhere else."""
    row = _managed(request, pk)
    form = TokenForm(request.POST, assignments=Assignment.objects.filter(person=row).select_related("department"))
    if not form.is_valid():
        return _page(request, row, 422, token_form=form)
    held = get_object_or_404(Assignment.objects.select_related("department"), pk=form.cleaned_data["assignment"], person=row)
    label, now = form.cleaned_data["label"], clock.now()
    plain = actions.create_token(request.actor.username, row, held.department, Role(held.role), label, now)
    return _page(request, row, 200, new_token=plain)


@require_POST
def revoke_token(request: ConsoleRequest, pk: int, token: int) -> HttpResponse:
    row = _managed(request, pk)
    held = get_object_or_404(Token.objects.select_related("person"), pk=token, person=row)
    return _change(request, row, lambda: actions.revoke_token(request.actor.username, held, clock.now()), _("令牌已吊销。"))


def _demand(request: ConsoleRequest, right: Right) -> None:
    if not request.actor.has(right):
        raise Denied("您没有此项权限。")
