"""How calls ended, written down: alone, or many good ends at once."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from bot.audit.actions import Fact, record
from bot.bulk import change_if
from bot.channels.actions import give_back_to_window, needs_reconnect
from bot.channels.models import Account, Conversation
from bot.outbox.actions import LEASE, NEVER, NOT_ACCEPTED, about
from bot.outbox.models import Delivery
from policies.deliveries import DeliveryState, Next, after
from policies.facts import Hold, Lane, Outcome, Result


@transaction.atomic
def finish(delivery: Delivery, result: Result, now: datetime, *, jitter: float | None = None) -> bool:
    """Write down how the call ended. False when the lease was lost meanwhile: the row has another owner's truth."""
    fact = _finish(delivery, result, now, jitter)
    if fact:
        record(now, fact)
    return fact is not None


@transaction.atomic
def finish_sent(ends: Sequence[tuple[Delivery, Result]], now: datetime) -> list[Delivery]:
    """The same for many calls that all ended well, in one transaction; returns those whose lease was lost meanwhile.

    A storm's acknowledgements would else be as many transactions, and on SQLite each keeps the intake waiting.
    Only what was sent: such an end touches its own row and nothing that others may hold.
    """
    written = [(delivery, _finish(delivery, result, now, None)) for delivery, result in sorted(ends, key=lambda end: end[0].pk)]
    facts = [fact for _, fact in written if fact]
    if facts:
        record(now, *facts)
    return [delivery for delivery, fact in written if fact is None]


def _finish(delivery: Delivery, result: Result, now: datetime, jitter: float | None) -> Fact | None:
    drawn = random.random() if jitter is None else jitter  # noqa: S311
    if result.hold in (Hold.WINDOW, Hold.QUOTA) and _came_back(delivery):
        result = replace(result, outcome=Outcome.RETRY, hold=Hold.NONE)
    step = after(result, delivery.attempts, now, drawn, lane=Lane(delivery.lane))
    if not change_if(delivery, _written(delivery, result, step, now), fence=delivery.fence, state=DeliveryState.SENDING):
        return None
    _afterwards(delivery, result, step, now)
    return Fact("system:outbox", f"delivery.{step.state}", **about(delivery, code=result.code, error=result.error[:300]))


def _came_back(delivery: Delivery) -> bool:
    """Whether we learnt during the call that the citizen had opened the window: then what the platform said is old.

    The conversation stays locked: whoever writes from now on finds the reply held, and releases it.
    """
    talk = Conversation.objects.filter(pk=delivery.conversation_id or 0).select_for_update(no_key=True).first()
    return bool(talk and talk.window_opened_at and talk.window_opened_at > _claimed_at(delivery))


def _claimed_at(delivery: Delivery) -> datetime:
    """When the call's row was taken. The row in hand is as it was claimed: later renewals of the lease are not in it."""
    return delivery.lease_until - LEASE if delivery.lease_until else NEVER


def _written(delivery: Delivery, result: Result, step: Next, now: datetime) -> dict[str, Any]:
    given_back = delivery.charged and result.outcome in NOT_ACCEPTED
    return {
        "state": step.state,
        "outcome": result.outcome,
        "hold": result.hold,
        "not_before": step.not_before or NEVER,
        "platform_id": result.platform_id[:190] or delivery.platform_id,
        "url": result.url[:500] or delivery.url,
        "code": result.code[:40],
        "error": result.error[:2000],
        "charged": delivery.charged and not given_back,
        "lease_until": None,
        "sent_at": now if result.outcome == Outcome.SENT else None,
    }


def _afterwards(delivery: Delivery, result: Result, step: Next, now: datetime) -> None:
    if delivery.charged and result.outcome in NOT_ACCEPTED and delivery.conversation_id:
        give_back_to_window(delivery.conversation_id, _claimed_at(delivery))
    if result.hold in (Hold.WINDOW, Hold.QUOTA) and delivery.conversation_id:
        # The platform knows better than our ledger: believe it until the citizen writes again.
        Conversation.objects.filter(pk=delivery.conversation_id).update(window_left=0)
    if result.account_wide and result.retry_after:
        Account.objects.filter(pk=delivery.account_id).update(paused_until=now + timedelta(seconds=result.retry_after))
    if result.outcome == Outcome.RECONNECT:
        needs_reconnect(delivery.account, result.error, now)
    if step.state == DeliveryState.HELD and delivery.lane != Lane.HUMAN:
        Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.HELD).update(state=DeliveryState.WITHDRAWN)
