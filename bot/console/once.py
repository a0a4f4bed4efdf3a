"""A form is taken once: its token is a row, written in the same transaction as what the form does."""

import secrets
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from bot.channels.models import SharedValue

KEPT = timedelta(days=2)


class Repeated(Exception):
    """This form was sent before; what it asked for is done."""


def new_token() -> str:
    """A token for one form on one page."""
    return secrets.token_urlsafe(18)


def take(person_id: int, token: str, now: datetime) -> None:
    """Use the token up. Raises Repeated when it already is. Runs inside the caller's transaction."""
    SharedValue.objects.filter(key__startswith="form:", until__lt=now).delete()
    try:
        with transaction.atomic():
            SharedValue.objects.create(key=f"form:{person_id}:{token[:64]}", value="", until=now + KEPT)
    except IntegrityError:
        raise Repeated from None
