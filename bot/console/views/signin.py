"""Signing in and out, the second factor, passwords, and how a person likes the screen."""

from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import segno
from django.conf import settings
from django.contrib.auth import login as start_session
from django.contrib.auth import logout as end_session
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from bot import clock
from bot.console.citizen import SIGN_INS, allows
from bot.console.forms import CodeForm, PasswordForm, SignInForm
from bot.console.session import PENDING, SECOND, SEEN, ConsoleRequest, before_password, public, second_stamp
from bot.console.templatetags.huiyin import moment
from bot.staff import actions, signin
from bot.staff.models import Person

BACKEND = "bot.staff.signin.Backend"
PENDING_FOR = timedelta(minutes=10)


@public
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and (person := _password_right(request, form)):
        return _password_done(request, person)
    status = 401 if request.method == "POST" else 200
    idle = request.GET.get("idle") and request.method == "GET"
    context = {"form": form, "next": safe_next(request), "idle": idle, "minutes": settings.IDLE_MINUTES}
    context["demo_password"] = settings.DEMO_PASSWORD if settings.DEMO else ""
    return render(request, "console/signin/login.html", context, status=status)


def _password_right(request: HttpRequest, form: SignInForm) -> Person | None:
    """The person, or None with the reason on the form: the same for a wrong name and a wrong password."""
    if not allows(SIGN_INS, request):
        form.add_error(None, _("尝试过于频繁，请一分钟后再试。"))
        return None
    try:
        person = signin.check_password(form.cleaned_data["username"].strip(), form.cleaned_data["password"], clock.now())
    except signin.Locked as locked:
        form.add_error(None, _locked(locked))
        return None
    if person is None:
        form.add_error(None, _("用户名或密码不正确。"))
    return person


def _locked(locked: signin.Locked) -> str:
    return _("多次输入错误，已暂时锁定，%(until)s 后可再试。") % {"until": moment(locked.until)}


def _password_done(request: HttpRequest, person: Person) -> HttpResponse:
    address = safe_next(request)
    if not signin.needs_second_factor(person):
        return _signed_in(request, person, address)
    request.session.flush()
    request.session[PENDING] = {"person": person.pk, "at": clock.now().isoformat(), "next": address}
    return redirect("login-code")


def _signed_in(request: HttpRequest, person: Person, address: str) -> HttpResponse:
    now = clock.now()
    signin.signed_in(person, now)
    start_session(request, person, BACKEND)
    request.session.pop(PENDING, None)
    request.session[SECOND], request.session[SEEN] = second_stamp(person), now.isoformat()
    return HttpResponseRedirect(address)


def _pending(request: HttpRequest, now: datetime) -> Person | None:
    """Whose password was right a moment ago."""
    pending = request.session.get(PENDING)
    if not pending or now - datetime.fromisoformat(pending["at"]) > PENDING_FOR:
        return None
    return Person.objects.filter(pk=pending["person"], is_active=True).first()


@public
@never_cache
@require_http_methods(["GET", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    person = _pending(request, clock.now())
    if person is None:
        return redirect("login")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _code_right(person, form):
        person.refresh_from_db()
        return _signed_in(request, person, request.session[PENDING]["next"])
    context = {"form": form, **_enrolment(person)}
    return render(request, "console/signin/code.html", context, status=401 if form.errors else 200)


def _code_right(person: Person, form: CodeForm) -> bool:
    try:
        right = signin.check_totp(person, form.cleaned_data["code"], clock.now())
    except signin.Locked as locked:
        form.add_error(None, _locked(locked))
        return False
    if not right:
        form.add_error(None, _("验证码不正确或已用过，请输入最新的六位数字。"))
    return right


def _enrolment(person: Person) -> dict[str, str]:
    """The picture and key for the telephone, while the second factor is not yet proven once."""
    if person.totp_confirmed_at:
        return {}
    address = signin.totp_address(person) or signin.new_totp(person)
    key = parse_qs(urlsplit(address).query)["secret"][0]
    picture = segno.make(address, error="m").svg_data_uri(scale=5, border=3, dark="#10233f", light="#fff")
    return {"picture": picture, "key": " ".join(key[at : at + 4] for at in range(0, len(key), 4))}


@before_password
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def password(request: ConsoleRequest) -> HttpResponse:
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _changed(request, form):
        update_session_auth_hash(request, request.person)
        return redirect("queue")
    context = {"form": form, "must": request.person.must_change_password}
    return render(request, "console/signin/password.html", context, status=422 if form.errors else 200)


def _changed(request: ConsoleRequest, form: PasswordForm) -> bool:
    data, now = form.cleaned_data, clock.now()
    try:
        known = signin.check_password(request.person.username, data["current"], now)
        if known is None:
            form.add_error("current", _("当前密码不正确。"))
        elif data["current"] == data["new"]:
            form.add_error("new", _("新密码须与当前密码不同。"))
        else:
            actions.set_password(request.person.username, request.person, data["new"], now, by_self=True)
    except signin.Locked as locked:
        form.add_error(None, _locked(locked))
    except actions.Invalid as wrong:
        form.add_error("new", str(wrong))
    return not form.errors


@public
@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    end_session(request)
    return redirect("login")


@public
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    chosen = "en" if request.POST.get("language") == "en" else "zh-hans"
    if isinstance(request.user, Person):
        actions.set_preferences(request.user, language=chosen)
    response = HttpResponseRedirect(safe_next(request))
    response.set_cookie(settings.LANGUAGE_COOKIE_NAME, chosen, max_age=31_536_000, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
    return response


@before_password
@require_POST
def text_size(request: ConsoleRequest) -> HttpResponse:
    actions.set_preferences(request.person, large_text=request.POST.get("large") == "1")
    return HttpResponseRedirect(safe_next(request))


def safe_next(request: HttpRequest) -> str:
    """Where to go on: an address of our own, else the front page."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    mine = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return wanted if mine and wanted.startswith("/") else reverse("queue")
