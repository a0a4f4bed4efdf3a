"""Bearer tokens: each acts as one person, in one role, in one department."""

from django.http import HttpRequest
from ninja.security import HttpBearer

from bot import clock
from bot.staff.access import Actor, actor_of_token
from bot.staff.actions import token_for


class Bearer(HttpBearer):
    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        found = token_for(token, clock.now()) if len(token) <= 200 else None
        return actor_of_token(found) if found else None


def actor_of(request: HttpRequest) -> Actor:
    """Who calls."""
    actor = request.auth  # type: ignore[attr-defined]
    assert isinstance(actor, Actor)  # noqa: S101  (ninja has refused everybody else)
    return actor
