"""Who is signed in, fully: password, second factor, not idle. Pages and live updates ask the same question here."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import get_user, logout
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation

from bot import clock
from bot.conflict import Denied
from bot.staff.access import Actor, actor_of
from bot.staff.models import Person
from policies.lockout import idle_expired
from policies.roles import NEEDS_SECOND_FACTOR

SEEN = "seen"  # when the person last did something
SECOND = "second"  # which enrolment of the second factor was proven in this session
PENDING = "pending"  # the password was right, the second factor is still to come
TOUCH_AFTER = timedelta(seconds=30)  # a session row is not written for every click
BACKGROUND = "HTTP_X_BACKGROUND"  # header of requests a page makes by itself: they do not keep a session alive


@dataclass(frozen=True, slots=True)
class Standing:
    """How far somebody is signed in. `lacks`: "" = fully, else "signin", "second" or "password"."""

    lacks: str
    person: Person | None = None
    actor: Actor | None = None


class ConsoleRequest(HttpRequest):
    """A request that came past the guard."""

    actor: Actor
    person: Person


def public[V: Callable[..., Any]](view: V) -> V:
    """Mark a view of the console that needs no sign-in."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def before_password[V: Callable[..., Any]](view: V) -> V:
    """Mark a view that is open to those who must first change their password."""
    view.is_before_password = True  # type: ignore[attr-defined]
    return view


def standing_of(session: SessionBase, now: datetime) -> Standing:
    """The standing of the person behind a session. Reads only."""
    request = HttpRequest()
    request.session = session
    person = get_user(request)
    if not isinstance(person, Person) or _idle(session, now):
        return Standing("signin")
    actor = actor_of(person)
    demanded = person.totp_confirmed_at is not None or any(grant.role in NEEDS_SECOND_FACTOR for grant in actor.grants)
    if demanded and (session.get(SECOND) or "never") != second_stamp(person):
        return Standing("second", person)
    return Standing("password" if person.must_change_password else "", person, actor)


def second_stamp(person: Person) -> str:
    """Names one enrolment: resetting the second factor ends what sessions proved before."""
    return person.totp_confirmed_at.isoformat() if person.totp_confirmed_at else ""


def _idle(session: SessionBase, now: datetime) -> bool:
    seen = session.get(SEEN)
    return not seen or idle_expired(datetime.fromisoformat(seen), now, settings.IDLE_MINUTES)


class SessionGuard:
    """Lets nobody into the console who is not fully signed in; `public` views are open. Other apps guard themselves."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any) -> HttpResponse | None:
        if not getattr(view, "__module__", "").startswith("bot.console") or getattr(view, "is_public", False):
            return None
        now = clock.now()
        standing = standing_of(request.session, now)
        if standing.lacks == "signin" or standing.person is None:
            return _to_sign_in(request)
        if standing.lacks == "second":
            return _to_second_factor(request, standing.person, now)
        translation.activate(standing.person.language)
        if standing.lacks == "password" and not getattr(view, "is_before_password", False):
            return _go(request, reverse("password"))
        request.actor, request.person = standing.actor, standing.person  # type: ignore[attr-defined]
        request.user = standing.person  # asked for later it would be looked up against a password that may have changed meanwhile
        _touch(request, now)
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A right that is missing is a page in words."""
        if not isinstance(error, Denied):
            return None
        return render(request, "403.html", {"words": str(error)}, status=403)


def _touch(request: HttpRequest, now: datetime) -> None:
    if request.META.get(BACKGROUND):
        return
    seen = request.session.get(SEEN)
    if not seen or now - datetime.fromisoformat(seen) > TOUCH_AFTER:
        request.session[SEEN] = now.isoformat()


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    was_in = SEEN in request.session
    if was_in:
        logout(request)
    query = {"idle": "1"} if was_in else {}
    if request.method == "GET" and request.path != "/" and not request.headers.get("HX-Request"):
        query["next"] = request.get_full_path()
    return _go(request, reverse("login") + (f"?{urlencode(query)}" if query else ""))


def _to_second_factor(request: HttpRequest, person: Person, now: datetime) -> HttpResponse:
    logout(request)
    request.session[PENDING] = {"person": person.pk, "at": now.isoformat(), "next": request.path if request.method == "GET" else "/"}
    return _go(request, reverse("login-code"))


def _go(request: HttpRequest, address: str) -> HttpResponse:
    """A redirect that a part of a page turns into one of the whole page.

    What a page asks for by itself carries nobody away from what they are writing: its banner says that they must sign in again.
    """
    if request.META.get(BACKGROUND):
        return HttpResponse(status=401)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)
