"""Conditions on deliveries as the partial indexes write them (SQLite uses such an index for `IN` only then), and what may leave now."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from bot.channels.models import AccountState
from policies.deliveries import CLAIMABLE, DeliveryState
from policies.facts import Lane

TO_SETTLE = ("unknown", "pending")  # in the order of the index

# In SQL, since every worker asks it twice a second and at every wake-up: Django takes ten times as long to write it as the database to
# answer it. What people wrote goes before what a machine has to say, whichever was made first: a held answer before the receipt.
_READY = """
    SELECT outbox_delivery.id FROM outbox_delivery
    JOIN channels_account AS account ON account.id = outbox_delivery.account_id
    LEFT JOIN channels_conversation AS talk ON talk.id = outbox_delivery.conversation_id
    WHERE outbox_delivery.state IN ({claimable}) AND outbox_delivery.not_before <= %(now)s
        AND account.state = '{active}' AND (account.paused_until IS NULL OR account.paused_until <= %(now)s)
        AND (account.next_send_at IS NULL OR account.next_send_at <= %(now)s)
        AND (talk.next_out_at IS NULL OR talk.next_out_at <= %(now)s)
        AND NOT EXISTS (
            SELECT 1 FROM outbox_delivery AS earlier
            WHERE earlier.conversation_id = outbox_delivery.conversation_id AND earlier.state IN ({unfinished})
                AND (earlier.lane = outbox_delivery.lane AND earlier.id < outbox_delivery.id
                    OR earlier.lane = '{human}' AND earlier.priority < outbox_delivery.priority)
        )
    ORDER BY outbox_delivery.priority, outbox_delivery.not_before, outbox_delivery.id LIMIT %(limit)s
"""


def _words(states: Sequence[str]) -> str:
    return ", ".join(f"'{state}'" for state in states)  # our own enums' words, never input


READY = _READY.format(
    claimable=_words(sorted(CLAIMABLE)),
    unfinished=_words(sorted((*CLAIMABLE, DeliveryState.SENDING))),
    active=AccountState.ACTIVE.value,
    human=Lane.HUMAN.value,
)


def ready(now: datetime, limit: int, *, lock: bool = False) -> list[int]:
    """Keys of deliveries that may leave now, in order. `lock`: those that nobody else is taking, until the end of the transaction."""
    locking = " FOR UPDATE OF outbox_delivery SKIP LOCKED" if lock and connection.features.has_select_for_update_skip_locked else ""
    with connection.cursor() as cursor:
        cursor.execute(READY + locking, {"now": connection.ops.adapt_datetimefield_value(now), "limit": limit})
        return [key for (key,) in cursor.fetchall()]


def _literally(states: Sequence[str]) -> RawSQL:
    return RawSQL(f'"outbox_delivery"."state" IN ({_words(states)})', [], output_field=BooleanField())  # noqa: S611


def claimable() -> RawSQL:
    """Waiting to be sent."""
    return _literally(sorted(CLAIMABLE))


def doubtful() -> RawSQL:
    """Waiting for the platform's or a person's word."""
    return _literally(TO_SETTLE)
