"""Settling what is not certain: expired leases, questions to the platform, and a person's word."""

import random
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from bot.audit.actions import Fact, record
from bot.channels.actions import give_back_to_window
from bot.conflict import Conflict
from bot.outbox.actions import NEVER, about
from bot.outbox.models import Delivery
from bot.outbox.queries import doubtful
from policies.deliveries import DeliveryState, after_check, lease_expired
from policies.facts import Lane, Outcome, Result

DOUBTFUL = (DeliveryState.UNKNOWN, DeliveryState.PENDING)


def doubt_expired(now: datetime, limit: int = 200) -> int:
    """A lease ran out during the call: the worker died or hangs, so the request may have left. Never back to sending."""
    late = Delivery.objects.filter(state=DeliveryState.SENDING, lease_until__lt=now)
    return _doubt(late, now, limit) if late.exists() else 0


@transaction.atomic
def _doubt(late: QuerySet[Delivery], now: datetime, limit: int) -> int:
    rows = list(late.select_for_update(skip_locked=True)[:limit])
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=DeliveryState.UNKNOWN,
        outcome=Outcome.UNKNOWN,
        not_before=lease_expired(now, random.random()).not_before,  # noqa: S311
        lease_until=None,
        fence=F("fence") + 1,
        error="发送中断，平台可能已收到；系统正在核对。",
    )
    if rows:
        record(now, *(Fact("system:outbox", "delivery.unknown", **about(row, error="lease expired")) for row in rows))
    return len(rows)


def claim_checks(limit: int, now: datetime) -> list[Delivery]:
    """Take deliveries whose fate is to be asked of the platform; the fence keeps two workers' answers apart."""
    due = Delivery.objects.filter(doubtful(), not_before__lte=now)
    return _checks(due, limit, now) if due.exists() else []


@transaction.atomic
def _checks(due: QuerySet[Delivery], limit: int, now: datetime) -> list[Delivery]:
    rows = list(due.select_for_update(skip_locked=True, of=("self",)).select_related("account", "conversation")[:limit])
    for row in rows:
        row.checks += 1
        row.fence += 1
        # Should we die before the answer is written, this is when the next look is due.
        row.not_before = after_check(Result(Outcome.UNKNOWN), row.checks, row.attempts, now, 1.0, lane=Lane(row.lane)).not_before or NEVER
    Delivery.objects.bulk_update(rows, ["not_before", "checks", "fence"])
    return rows


@transaction.atomic
def finish_check(delivery: Delivery, result: Result, now: datetime) -> bool:
    """What the platform said about a doubtful one. False when nothing is settled by it, or somebody else settled it."""
    step = after_check(result, delivery.checks, delivery.attempts, now, random.random(), lane=Lane(delivery.lane))  # noqa: S311
    fields: dict[str, Any] = {"not_before": step.not_before or NEVER}
    settled = step.state not in DOUBTFUL
    if settled:
        fields |= {"state": step.state, "outcome": result.outcome, "error": result.error[:2000], "hold": result.hold}
    if result.outcome == Outcome.SENT:
        fields |= {"sent_at": now, "platform_id": result.platform_id[:190] or delivery.platform_id, "url": result.url[:500]}
    if not Delivery.objects.filter(pk=delivery.pk, fence=delivery.fence, state__in=DOUBTFUL).update(**fields):
        return False
    if settled:
        record(now, Fact("system:outbox", f"delivery.{step.state}", **about(delivery, settled="check")))
    return settled


@transaction.atomic
def settle(actor: str, delivery: Delivery, *, sent: bool, note: str, now: datetime) -> None:
    """A person says whether an unknown one arrived; not sent = it is queued again. Raises Conflict."""
    new = DeliveryState.SENT if sent else DeliveryState.QUEUED
    rows = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.UNKNOWN)
    if not rows.update(state=new, outcome=Outcome.SENT if sent else "", sent_at=now if sent else None, not_before=now, error=""):
        raise Conflict("这条投递已不是「待确认」。")
    if not sent and delivery.charged and delivery.conversation_id:
        Delivery.objects.filter(pk=delivery.pk).update(charged=False)
        give_back_to_window(delivery.conversation_id, delivery.first_tried_at or now)
    record(now, Fact(actor, f"delivery.{new}", **about(delivery, settled="person", note=note[:300])))


@transaction.atomic
def retry(actor: str, delivery: Delivery, now: datetime) -> None:
    """A person asks to try again what surely did not arrive (refused, reconnect, dead). Raises Conflict."""
    again = (DeliveryState.REFUSED, DeliveryState.RECONNECT, DeliveryState.DEAD)
    if not Delivery.objects.filter(pk=delivery.pk, state__in=again).update(state=DeliveryState.QUEUED, not_before=now, attempts=0):
        raise Conflict("只有确定未送达的投递才能重试；待确认的请先核对。")
    record(now, Fact(actor, "delivery.queued", **about(delivery, retried="person")))


@transaction.atomic
def take_back(actor: str, ids: Sequence[int], until: datetime, now: datetime) -> None:
    """A person's reply that has not left yet will not leave. All of it or nothing: raises Conflict once a part is under way.

    `until`: the time it was queued for. A row that was moved since (held, released, tried) is no longer the one meant.
    """
    queued = Delivery.objects.filter(pk__in=ids, state=DeliveryState.QUEUED, attempts=0, not_before=until)
    rows = list(queued.select_for_update(of=("self",)).select_related("account"))
    if not rows or len(rows) != len(ids) or queued.update(state=DeliveryState.WITHDRAWN) != len(ids):
        raise Conflict("答复已经发出，不能撤回。")
    record(now, *(Fact(actor, "delivery.withdrawn", **about(row, by="person")) for row in rows))
