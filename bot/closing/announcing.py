"""Telling a citizen by the platform's own notice that an answer waits, where the platform has one: once for each held answer."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import BooleanField, Q, QuerySet
from django.db.models.expressions import RawSQL

from bot.audit.actions import Fact, record
from bot.channels.models import AccountState
from bot.channels.queries import facts_of
from bot.channels.registry import connector_for
from bot.clock import BEIJING
from bot.closing.models import Announcement
from bot.outbox.actions import ANNOUNCEMENT, new_delivery
from bot.outbox.models import Delivery
from bot.tickets.models import Message
from bot.vault import Sealed
from bot.waking import wake_after_commit
from connectors.contract import Announcer
from policies.deliveries import DeliveryState
from policies.facts import Hold, Lane

SYSTEM = "system:closing"
AT_ONCE = 100
TO_LOOK_AT = """ "outbox_delivery"."state" = 'held' AND "outbox_delivery"."looked_at" IS NULL """.strip()
RECEIPT_LONGEST = 60
WORTH_IT = (Hold.WINDOW, Hold.QUOTA)  # somebody who has left is not to be told, and the platform would refuse it


def announce_held(now: datetime, limit: int = AT_ONCE) -> int:
    """Look at replies that became held since the last time and announce them; how many were looked at."""
    fresh = Delivery.objects.filter(RawSQL(TO_LOOK_AT, [], output_field=BooleanField())).order_by("pk")  # noqa: S611
    return _announce(fresh, now, limit) if fresh.exists() else 0


@transaction.atomic
def _announce(fresh: QuerySet[Delivery], now: datetime, limit: int) -> int:
    chosen = fresh.select_for_update(of=("self",), skip_locked=True).select_related("account", "conversation", "message__ticket")
    rows = list(chosen[:limit])
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(looked_at=now)
    facts = [fact for row in rows if (fact := _one(row, now))]
    if facts:
        record(now, *facts)
        wake_after_commit("outbox")
    return len(rows)


def _one(row: Delivery, now: datetime) -> Fact | None:
    """Announce the answer this held part belongs to, unless another part of it was announced."""
    message: Message | None = getattr(row, "message", None)
    ticket, talk = message.ticket if message else None, row.conversation
    if message is None or ticket is None or talk is None or row.hold not in WORTH_IT or not _announces(row):
        return None
    content = {
        "number": ticket.number,
        "title": (ticket.first_line or ticket.number)[:100],
        "time": f"{message.at.astimezone(BEIJING):%Y-%m-%d %H:%M}",
        "url": f"{settings.PUBLIC_URL}/q/{ticket.query_code}",
    }
    words = f"您的诉求 {ticket.number} 已有答复：{content['url']}"
    if Announcement.objects.filter(ticket=ticket, answered_at=message.at).exists():
        return None
    notice = new_delivery(talk, Lane.AUTO, words, now, kind=ANNOUNCEMENT, thread={ANNOUNCEMENT: content})
    notice.save(force_insert=True)
    Announcement.objects.create(ticket=ticket, answered_at=message.at, delivery=notice)
    return Fact(SYSTEM, "ticket.announced", "ticket", ticket.number, ticket.department_id, {"delivery": notice.pk})


def _announces(row: Delivery) -> bool:
    connector = connector_for(row.account.platform)
    if not isinstance(connector, Announcer) or row.account.state != AccountState.ACTIVE:
        return False
    try:
        return connector.announces(facts_of(row.account))
    except Sealed:
        return False


def note_receipts(receipts: Sequence[tuple[str, str, str, str]], now: datetime) -> None:
    """What the platform said at last of notices: (account, citizen, its number for the notice, status).

    Runs inside the transaction that handles these events.
    """
    for account, citizen, number, status in receipts:
        notices = Delivery.objects.filter(conversation__account=account, conversation__external_id=citizen, kind=ANNOUNCEMENT)
        # The platform may be quicker than our own note of the call's end.
        sent = notices.filter(Q(platform_id=number) | Q(platform_id="", state=DeliveryState.SENDING))
        Announcement.objects.filter(delivery__in=list(sent.values_list("pk", flat=True))).update(
            receipt=status[:RECEIPT_LONGEST], receipt_at=now
        )
