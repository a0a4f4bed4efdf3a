"""Handling with nobody forgotten: a batch that fails is tried one by one, and what was left lying is taken up again."""

import logging
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet

from bot.conflict import Conflict
from bot.dialogue.handle import Reader, handle
from bot.inbox.hooks import AutoAnswer
from bot.inbox.models import Inbound

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=2 * settings.INTAKE_LEASE_SECONDS)
TRIES = 8  # then a person looks; the message stays in the balance as open
NO_HANDOVER = timedelta(0)


def handle_each(
    events: Sequence[Inbound], read: Reader, now: datetime, handover: timedelta, patient: Collection[int] | None = None
) -> dict[int, AutoAnswer]:
    """Handle all at once, or, when one spoils the batch, each alone; a failing one is counted and comes up again later."""
    if not events:
        return {}
    try:
        return handle(events, read, now, handover, patient)
    except Exception:
        if len(events) > 1:
            log.warning("a batch failed, handling one by one", exc_info=True)
    answers: dict[int, AutoAnswer] = {}
    for event in events:
        try:
            answers |= handle([event], read, now, handover, patient)
        except Conflict:
            continue
        except Exception as error:
            log.exception("message %s could not be handled", event.pk)
            _failed(event, error, now)
    return answers


def _failed(event: Inbound, error: Exception, now: datetime) -> None:
    rows = Inbound.objects.filter(pk=event.pk, state=Inbound.State.STORED)
    rows.update(attempts=F("attempts") + 1, error=type(error).__name__, lease_until=now + LEASE)
    rows.filter(attempts__gte=TRIES).update(state=Inbound.State.BROKEN)


def claim_stored(limit: int, now: datetime) -> list[Inbound]:
    """Take stored events whose process did not handle them in time."""
    left = Inbound.objects.filter(state=Inbound.State.STORED, lease_until__lte=now).order_by("lease_until", "id")
    return _claim(left, limit, now) if left.exists() else []


@transaction.atomic
def _claim(left: QuerySet[Inbound], limit: int, now: datetime) -> list[Inbound]:
    rows = list(left.select_for_update(skip_locked=True)[:limit])
    Inbound.objects.filter(pk__in=[row.pk for row in rows]).update(lease_until=now + LEASE)
    return sorted(rows, key=lambda row: row.pk)


def sweep(read: Reader, now: datetime, limit: int = 32) -> int:
    """Handle what was left lying; returns how many were taken."""
    rows = claim_stored(limit, now)
    handle_each(rows, read, now, NO_HANDOVER)
    return len(rows)
