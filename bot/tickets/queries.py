"""Reading tickets, always from what the actor may see."""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from bot.staff.access import Actor, visible_to
from bot.tickets.models import OPEN_STATES, Message, Ticket
from policies.roles import Right

SOON = timedelta(hours=4)


def tickets_for(actor: Actor) -> QuerySet[Ticket]:
    """The tickets this actor sees."""
    rows = Ticket.objects.select_related("account", "department", "owner", "conversation")
    return visible_to(rows, actor, right=Right.SEE_TICKETS)


def queue_for(actor: Actor) -> QuerySet[Ticket]:
    """Open tickets, the most pressing first."""
    return tickets_for(actor).filter(state__in=OPEN_STATES).order_by("deadline", "id")


def dismissed_for(actor: Actor) -> QuerySet[Message]:
    """Messages dismissed as no question that no person has confirmed yet, oldest first."""
    rows = Message.objects.filter(direction=Message.Direction.CITIZEN, ticket=None, confirmed_by=None).select_related(
        "account", "conversation"
    )
    return visible_to(rows, actor, right=Right.SEE_TICKETS, field="account__department").order_by("at", "id")


def found(rows: QuerySet[Ticket], text: str) -> QuerySet[Ticket]:
    """Narrow to tickets whose number, query code, first line or messages hold the text."""
    text = text.strip()[:100]
    if not text:
        return rows
    exact = Q(number=text) | Q(query_code=text.upper())
    return rows.filter(exact | Q(first_line__icontains=text) | Q(messages__text__icontains=text)).distinct()


def overdue(rows: QuerySet[Ticket], now: datetime) -> QuerySet[Ticket]:
    """Open tickets past their effective deadline."""
    return rows.filter(state__in=OPEN_STATES, deadline__lt=now)
