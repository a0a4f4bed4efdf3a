"""Answers that have not reached their citizens: lists and counts, from what the actor may see."""

from datetime import date, datetime, time, timedelta

from django.db.models import BooleanField, Exists, OuterRef, QuerySet
from django.db.models.expressions import RawSQL

from bot.clock import BEIJING
from bot.closing.models import Announcement, Closing
from bot.outbox.models import Delivery
from bot.staff.access import Actor, visible_to
from bot.tickets.models import Message, Ticket
from policies.facts import Lane
from policies.roles import Right

HELD = """ "outbox_delivery"."state" = 'held' """.strip()


def held_answers() -> QuerySet[Delivery]:
    """What people wrote to citizens and could not be sent, oldest first; not what was told by telephone since.

    The condition stands as the partial index writes it, and the query begins there: its cost grows with what waits.
    """
    told = Message.objects.filter(
        ticket=OuterRef("message__ticket"), direction=Message.Direction.HUMAN, delivery=None, pk__gt=OuterRef("message__pk")
    )
    rows = Delivery.objects.filter(RawSQL(HELD, [], output_field=BooleanField()), lane=Lane.HUMAN)  # noqa: S611
    return rows.filter(message__ticket__isnull=False).exclude(Exists(told)).order_by("pk")


def undelivered_for(actor: Actor) -> QuerySet[Delivery]:
    """The same of the tickets this actor sees."""
    rows = held_answers().select_related("message__ticket__department", "message__ticket__owner", "message__ticket__account")
    return visible_to(rows, actor, right=Right.SEE_TICKETS, field="message__ticket__department")


def undelivered_count(actor: Actor | None = None, *, account: str = "", day: date | None = None) -> int:
    """How many tickets have an answer that waits: of what the actor sees, of one account, of one day of receipt (Beijing)."""
    rows = held_answers()
    if actor is not None:
        rows = visible_to(rows, actor, field="account__department")
    if account:
        rows = rows.filter(account=account)
    if day is not None:
        start = datetime.combine(day, time(), BEIJING)
        rows = rows.filter(message__ticket__received_at__gte=start, message__ticket__received_at__lt=start + timedelta(days=1))
    return rows.order_by().values("message__ticket").distinct().count()


def announcements_of(ticket: Ticket) -> QuerySet[Announcement]:
    """The platform's notices sent for this ticket's answers, newest first."""
    return Announcement.objects.filter(ticket=ticket).select_related("delivery").order_by("-pk")


def closings_of(ticket: Ticket) -> QuerySet[Closing]:
    """How often and how it was closed, with ratings and calls, newest first."""
    return Closing.objects.filter(ticket=ticket).select_related("rating", "person", "called_by").order_by("-pk")
