"""Reading tickets, always from what the actor may see."""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from bot.staff.access import Actor, visible_to
from bot.tickets.models import OPEN_STATES, Message, Ticket
from policies.roles import Right

SOON = timedelta(hours=4)
SEARCHED = 200_000  # messages
FOUND_MOST = 2_000


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
    """Narrow to tickets whose number, query code, first line or messages hold the text.

    Numbers and codes are found whenever they are from; words among the newest SEARCHED messages, so that a search
    costs the same in the tenth year as in the first.
    """
    text = text.strip()[:100]
    if not text:
        return rows
    code = "".join(sign for sign in text.upper() if sign.isalnum())
    exact = Ticket.objects.filter(Q(number=text) | Q(query_code="-".join(code[at : at + 4] for at in range(0, len(code), 4))))
    ids = set(exact.values_list("pk", flat=True))
    if ids:
        return rows.filter(pk__in=ids)
    newest = Message.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    said = Message.objects.filter(pk__gt=newest - SEARCHED, text__icontains=text, ticket__isnull=False)
    ids.update(pk for pk in said.order_by("-pk").values_list("ticket", flat=True)[:FOUND_MOST] if pk)
    return rows.filter(pk__in=ids)


def overdue(rows: QuerySet[Ticket], now: datetime) -> QuerySet[Ticket]:
    """Open tickets past their effective deadline."""
    return rows.filter(state__in=OPEN_STATES, deadline__lt=now)
