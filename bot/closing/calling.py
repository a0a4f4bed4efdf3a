"""Call-backs: some of the closed requests are called by telephone, and what the citizen says there counts."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from bot.audit.actions import Fact, record
from bot.closing.models import Closing
from bot.closing.rating import reopen
from bot.conflict import Conflict
from bot.staff.access import Actor, visible_to
from bot.staff.actions import Invalid
from bot.tickets.actions import locked
from policies.roles import Right
from policies.tickets import TicketState

NOTE_LONGEST = 500


def to_call(actor: Actor) -> QuerySet[Closing]:
    """The closings drawn for a call that nobody has made yet, oldest first."""
    rows = Closing.objects.filter(drawn=True, result="")
    return visible_to(_whole(rows), actor, right=Right.CALL_BACK).order_by("pk")


def called(actor: Actor) -> QuerySet[Closing]:
    """The calls made, newest first."""
    rows = Closing.objects.filter(drawn=True).exclude(result="")
    return visible_to(_whole(rows), actor, right=Right.CALL_BACK).order_by("-pk")


def _whole(rows: QuerySet[Closing]) -> QuerySet[Closing]:
    return rows.select_related("ticket__conversation", "ticket__account", "ticket__owner", "department", "called_by", "rating")


@transaction.atomic
def note_call(actor: Actor, closing: Closing, result: str, note: str, now: datetime) -> Closing:
    """Write down what a call brought. A citizen who is not content has the request reopened, under the supervisor's eyes.

    Raises Conflict when it was called before, Denied for whoever answered the request, Invalid.
    """
    row = Closing.objects.select_for_update(of=("self",)).select_related("department").get(pk=closing.pk)
    actor.demand(Right.CALL_BACK, row.department)
    if result not in Closing.Result:
        raise Invalid("请选择回访结果。")
    note = " ".join(note.replace("\x00", "").split())[:NOTE_LONGEST]
    if result == Closing.Result.UNSATISFIED and not note:
        raise Invalid("请填写原因。")
    if not row.drawn or row.result:
        raise Conflict("这次回访已有结果。")
    ticket = locked(row.ticket)
    if actor.person_id in (ticket.owner_id, row.person_id):
        raise Conflict("答复或办结的人不能自己回访。")
    Closing.objects.filter(pk=row.pk).update(result=result, result_note=note, called_by_id=actor.person_id, called_at=now)
    detail = {"result": result, "note": note[:300]}
    facts = [Fact(actor.username, "ticket.called_back", "ticket", ticket.number, ticket.department_id, detail)]
    if result == Closing.Result.UNSATISFIED and ticket.state == TicketState.CLOSED:
        facts += reopen(ticket, f"电话回访：市民不满意。{note}", now, to_supervisor=False)
    record(now, *facts)
    return row
