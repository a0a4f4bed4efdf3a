"""Citizens' attachments: fetched soon (platforms keep them three days), kept under our own names, never trusted."""

import mimetypes
import secrets
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from bot.channels.queries import facts_of
from bot.channels.registry import connector_for
from bot.channels.shared import token_store
from bot.tickets.models import Attachment
from bot.vault import Sealed
from connectors.contract import Fetched, MediaError, Tools
from policies.facts import Media, MediaKind

RETRIES = (timedelta(seconds=30), timedelta(minutes=5), timedelta(hours=1), timedelta(hours=12))


def folder() -> Path:
    """Where attachments are kept."""
    return Path(settings.DATA) / "media"


def claim_attachments(limit: int, now: datetime) -> list[Attachment]:
    """Take attachments that are due; the next try is set before the call."""
    due = Attachment.objects.filter(state=Attachment.State.WAITING, next_at__lte=now).order_by("next_at")
    return _claim(due, limit, now) if due.exists() else []


@transaction.atomic
def _claim(due: QuerySet[Attachment], limit: int, now: datetime) -> list[Attachment]:
    rows = list(due.select_for_update(skip_locked=True, of=("self",)).select_related("message__account")[:limit])
    for row in rows:
        row.next_at = now + RETRIES[min(row.attempts, len(RETRIES) - 1)]
        row.attempts += 1
    Attachment.objects.bulk_update(rows, ["next_at", "attempts"])
    return rows


def fetch(row: Attachment, now: datetime) -> bool:
    """One try at a claimed attachment. What cannot be had says why, for staff."""
    item = row.message.media[row.position]
    media = Media(**{**item, "kind": MediaKind(item["kind"])})
    try:
        facts = facts_of(row.message.account)
        found = connector_for(facts.platform).fetch(media, facts, Tools(token_store(), now, timeout=30.0))
    except (MediaError, Sealed) as error:
        gone = (isinstance(error, MediaError) and error.gone) or row.attempts > len(RETRIES)
        state = Attachment.State.GONE if gone else Attachment.State.WAITING
        Attachment.objects.filter(pk=row.pk).update(state=state, error=str(error)[:300])
        return False
    _keep(row, found)
    return True


def _keep(row: Attachment, found: Fetched) -> None:
    name = f"{secrets.token_hex(16)}{mimetypes.guess_extension(found.mime) or ''}"
    folder().mkdir(parents=True, exist_ok=True)
    (folder() / name).write_bytes(found.content)
    fields = {"state": Attachment.State.STORED, "mime": found.mime[:100], "size": len(found.content), "path": name, "error": ""}
    kept = Attachment.objects.filter(pk=row.pk, state=Attachment.State.WAITING)
    kept.update(**fields, name=(row.name or found.name)[:200])
