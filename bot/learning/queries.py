"""Reading corrections, models and trainings."""

from django.db.models import Q, QuerySet

from bot.learning.models import Correction, ModelVersion, Training
from bot.staff.access import Actor, visible_to
from bot.tickets.models import Message, Ticket
from bot.tickets.queries import tickets_for
from policies.roles import Right


def correctable_for(actor: Actor) -> QuerySet[Message]:
    """Citizens' messages this actor sees: those of tickets they see, and those of their accounts that belong to no ticket."""
    loose = Message.objects.filter(ticket=None)
    mine = visible_to(loose, actor, right=Right.SEE_TICKETS, field="account__department").values("pk")
    rows = Message.objects.filter(Q(ticket__in=tickets_for(actor).values("pk")) | Q(pk__in=mine))
    return rows.filter(direction=Message.Direction.CITIZEN).select_related("ticket__department", "account__department")


def correction_of(message: Message) -> Correction | None:
    """What a person last said about it."""
    return Correction.objects.filter(message=message, current=True).select_related("person", "department").first()


def corrections_for(actor: Actor) -> QuerySet[Correction]:
    """The corrections in force whose messages the actor sees, newest first."""
    rows = Correction.objects.filter(current=True).select_related("person", "message__ticket", "department")
    return visible_to(rows, actor, right=Right.SEE_TICKETS, field="message__account__department").order_by("-pk")


def suggested_for(ticket: Ticket) -> Correction | None:
    """The correction that says another department ought to have this ticket, while it has not."""
    rows = Correction.objects.filter(message__ticket=ticket, current=True, department__isnull=False, department__is_active=True)
    found = rows.select_related("department", "person").order_by("-pk").first()
    return found if found is not None and found.department_id != ticket.department_id else None


def new_corrections(version: ModelVersion) -> int:
    """How many corrections in force this model has not met."""
    return Correction.objects.filter(current=True, pk__gt=version.last_correction).count()


def versions() -> QuerySet[ModelVersion]:
    """All models, newest first."""
    return ModelVersion.objects.select_related("before").order_by("-made_at", "-pk")


def trainings() -> QuerySet[Training]:
    """All trainings, newest first."""
    return Training.objects.select_related("model").order_by("-pk")


def under_way() -> Training | None:
    """The training that waits or runs."""
    return Training.objects.filter(under_way=True).first()
