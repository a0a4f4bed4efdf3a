"""The link in a message by which its receiver says that they saw it: signed, and good for a while only."""

from datetime import datetime

from django.conf import settings
from django.core.signing import BadSignature, Signer

from bot.paging.models import Attempt
from policies.paging import LINK_LIFE

_SALT = "huiyin.paging"


def link_of(attempt: Attempt) -> str:
    """The address that acknowledges what this attempt carries."""
    return f"{settings.PUBLIC_URL}/a/{_signer().sign(str(attempt.pk))}"


def attempt_of(token: str, now: datetime) -> Attempt | None:
    """The attempt a link belongs to; None for a forged, mutilated or old one."""
    try:
        pk = int(_signer().unsign(token[:200]))
    except (BadSignature, ValueError):
        return None
    found = Attempt.objects.select_related("person").filter(pk=pk, person__is_active=True).first()
    return found if found and found.at + LINK_LIFE > now else None


def _signer() -> Signer:
    return Signer(salt=_SALT, sep=".")  # a colon would end the link in some chat programs
