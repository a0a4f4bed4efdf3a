"""The round of refusals between departments: what has been, where a request goes back to, and who is bound (policies.handovers)."""

from datetime import datetime

from bot.conflict import Conflict
from bot.staff.access import Actor
from bot.staff.models import Department
from bot.tickets.models import Handover, Ticket
from policies import handovers
from policies.handovers import Back, Step
from policies.roles import Right

_REFUSED = {
    handovers.BOUND: "上级部门已决定由本部门办理，不能再退回。",
    handovers.DECIDES: "该诉求单已被退回两次，须由本部门决定：请办理或指定承办部门。",
}


def past_of(ticket: Ticket) -> list[handovers.Handover]:
    """How the ticket went between departments, oldest first."""
    rows = Handover.objects.filter(ticket=ticket).order_by("pk").values_list("step", "source__path", "target__path")
    return [handovers.Handover(Step(step), source, target) for step, source, target in rows]


def way_back(ticket: Ticket) -> tuple[Department, Back]:
    """Where the ticket goes when its department sends it back. Raises Conflict where that is not allowed."""
    back = handovers.way_back(ticket.department.path, past_of(ticket), ticket.objections)
    if back.refused:
        raise Conflict(_REFUSED[back.refused])
    return Department.objects.get(path=back.target), back


def why_not_back(ticket: Ticket) -> str:
    """Why its department cannot send the ticket back, for the page; "" = it can."""
    if not ticket.objections:  # nothing was sent back yet: nobody had to decide
        return ""
    return _REFUSED.get(handovers.way_back(ticket.department.path, past_of(ticket), ticket.objections).refused, "")


def kind_of_transfer(actor: Actor, ticket: Ticket) -> Step:
    """What a transfer would be now. Raises Conflict where a decision binds the department and the actor is not above it."""
    past = past_of(ticket)
    binding = handovers.decider(ticket.department.path, past)
    if binding and not actor.may(Right.TRANSFER, Department.objects.get(path=binding)):
        raise Conflict("上级部门已决定由本部门办理，不能再转办。")
    return handovers.kind_of_transfer(ticket.department.path, past)


def note(actor: Actor, ticket: Ticket, step: Step, source_id: int, target_id: int, reason: str, now: datetime) -> None:
    """Write the step down. Runs inside the transaction that moves the ticket."""
    Handover.objects.create(
        ticket=ticket, step=step, source_id=source_id, target_id=target_id, person_id=actor.person_id, reason=reason[:300], at=now
    )
