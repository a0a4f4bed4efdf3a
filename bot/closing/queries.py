"""Answers that have not reached their citizens: lists and counts, from what the actor may see."""

from datetime import date, datetime, time, timedelta

from django.db.models import BooleanField, Exists, OuterRef, QuerySet
from django.db.models.expressions import RawSQL

from bot.clock import BEIJING
from bot.closing.models import Announcement, Closing
from bot.staff.access import Actor, visible_to
from bot.tickets.models import Message, Ticket
from policies.deliveries import DeliveryState
from policies.roles import Right

HELD = """ "outbox_delivery"."state" = 'held' """.strip()


def held_messages() -> QuerySet[Message]:
    """People's words that wait for the citizen. The condition stands as the partial index writes it: SQLite uses it only then."""
    rows = Message.objects.filter(direction=Message.Direction.HUMAN, ticket__isnull=False, delivery__state=DeliveryState.HELD)
    told = Message.objects.filter(ticket=OuterRef("ticket"), direction=Message.Direction.HUMAN, delivery=None, pk__gt=OuterRef("pk"))
    rows = rows.exclude(Exists(told))  # by telephone, since
    return rows.filter(RawSQL(HELD, [], output_field=BooleanField()))  # noqa: S611


def undelivered_for(actor: Actor) -> QuerySet[Message]:
    """The same of the tickets this actor sees, the oldest first."""
    rows = held_messages().select_related("ticket__department", "ticket__owner", "ticket__account", "ticket__conversation", "delivery")
    return visible_to(rows, actor, right=Right.SEE_TICKETS, field="ticket__department").order_by("delivery", "pk")


def undelivered_count(actor: Actor | None = None, *, account: str = "", day: date | None = None) -> int:
    """How many tickets have an answer that waits: of what the actor sees, of one account, of one day of receipt (Beijing)."""
    rows = held_messages()
    if actor is not None:
        rows = visible_to(rows, actor, field="account__department")
    if account:
        rows = rows.filter(account=account)
    if day is not None:
        start = datetime.combine(day, time(), BEIJING)
        rows = rows.filter(ticket__received_at__gte=start, ticket__received_at__lt=start + timedelta(days=1))
    return rows.values("ticket").distinct().count()


def announcements_of(ticket: Ticket) -> QuerySet[Announcement]:
    """The platform's notices sent for this ticket's answers, newest first."""
    return Announcement.objects.filter(ticket=ticket).select_related("delivery").order_by("-pk")


def closings_of(ticket: Ticket) -> QuerySet[Closing]:
    """How often and how it was closed, with ratings and calls, newest first."""
    return Closing.objects.filter(ticket=ticket).select_related("rating", "person", "called_by").order_by("-pk")
