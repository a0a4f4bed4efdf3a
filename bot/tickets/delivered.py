"""Whether what people answered has reached the citizen: "answered, not yet delivered" 已答复，尚未送达 is a state of its own."""

from collections.abc import Collection, Iterable
from datetime import datetime

from bot.tickets.models import Message, Ticket
from policies.deliveries import DeliveryState
from policies.tickets import TicketState, fate

STUCK = frozenset({DeliveryState.HELD, DeliveryState.REFUSED, DeliveryState.RECONNECT, DeliveryState.UNKNOWN, DeliveryState.DEAD})
"""States of a reply in which it has not arrived, and will not without the citizen or a person."""


def delivered_at(tickets: Collection[int]) -> dict[int, datetime | None]:
    """By ticket with a person's answer, when all of it was there; None while a part is not.

    What was told by telephone has no delivery: it is there when it is written down, and what was written before need not arrive.
    """
    rows = Message.objects.filter(ticket__in=tickets, direction=Message.Direction.HUMAN).order_by("ticket", "pk")
    found: dict[int, datetime | None] = {}
    for ticket, at, state, sent in rows.values_list("ticket", "at", "delivery__state", "delivery__sent_at"):
        if state is None:
            found[ticket] = at
        elif state == DeliveryState.WITHDRAWN:
            continue
        elif state != DeliveryState.SENT:
            found[ticket] = None
        elif ticket not in found or found[ticket] is not None:
            found[ticket] = max(sent or at, found.get(ticket) or at)
    return found


def undelivered(tickets: Iterable[Ticket]) -> set[int]:
    """Those of these tickets that are answered or refused while their answer has not reached the citizen."""
    ended = [row.pk for row in tickets if fate(TicketState(row.state)) in ("answered", "refused")]
    arrived = delivered_at(ended) if ended else {}
    return {pk for pk, moment in arrived.items() if moment is None}


def marked(rows: list[Ticket]) -> list[Ticket]:
    """The rows of a list, each knowing in `waits` whether its answer still waits for the citizen."""
    waiting = undelivered(rows)
    for row in rows:
        row.waits = row.pk in waiting
    return rows


def is_stuck(ticket: Ticket) -> bool:
    """Whether a person's answer lies still: held, failed or in doubt. Under way is not stuck."""
    phoned = (
        Message.objects.filter(ticket=ticket, direction=Message.Direction.HUMAN, delivery=None).order_by("-pk").values_list("pk", flat=True)
    )
    rows = Message.objects.filter(ticket=ticket, direction=Message.Direction.HUMAN, delivery__state__in=sorted(STUCK))
    return rows.filter(pk__gt=phoned.first() or 0).exists()
