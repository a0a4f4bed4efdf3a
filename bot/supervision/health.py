"""Is the promise being kept right now: ages of what is overdue, not just 'up'."""

from datetime import datetime
from typing import Any

from django.db.models import Q

from bot.channels.models import Account, AccountState
from bot.deadlines.queries import missing_years
from bot.inbox.models import Inbound
from bot.outbox.models import Delivery
from bot.outbox.queries import claimable, doubtful
from bot.paging.queries import alarm_figures
from bot.supervision.models import Imbalance
from bot.tickets.models import Ticket
from bot.tickets.paging import is_open
from policies.deliveries import DeliveryState
from policies.facts import Health

STALE_SECONDS = 120  # a stored message or a due delivery older than this means that nobody works


def health(now: datetime) -> dict[str, Any]:
    """Ages in seconds of the oldest overdue thing of each kind, and whether the machinery itself keeps up."""
    ages = {
        "oldest_unread_message": _age(Inbound.objects.filter(state=Inbound.State.STORED).order_by("lease_until"), "received_at", now),
        "oldest_due_delivery": _age(_due(now).order_by("priority", "not_before"), "not_before", now),
        "oldest_overdue_ticket": _age(Ticket.objects.filter(is_open()).order_by("deadline"), "deadline", now),
    }
    stuck = max(ages["oldest_unread_message"], ages["oldest_due_delivery"]) > STALE_SECONDS
    waiting_for_people = {
        "deliveries_unknown": Delivery.objects.filter(doubtful(), state=DeliveryState.UNKNOWN).count(),
        "imbalances": Imbalance.objects.filter(ended_at=None).count(),
        "broken_messages": Inbound.objects.filter(state=Inbound.State.BROKEN).count(),
        "accounts_to_reconnect": Account.objects.filter(Q(state=AccountState.RECONNECT) | Q(health=Health.RECONNECT)).count(),
        **alarm_figures(now),
        "calendar_years_missing": len(missing_years(now)),
    }
    return {"status": "stuck" if stuck else "ok", **ages, **waiting_for_people}


def _due(now: datetime) -> Any:
    return Delivery.objects.filter(claimable(), not_before__lte=now, account__state=AccountState.ACTIVE)


def _age(rows: Any, field: str, now: datetime) -> float:
    moment = rows.values_list(field, flat=True).first()
    return max(0.0, round((now - moment).total_seconds(), 1)) if moment else 0.0
