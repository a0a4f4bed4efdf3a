"""A reply that is written and not yet gone: set aside for a second person, taken up again, or taken back before it left."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import models

from bot.conflict import Conflict
from bot.staff.access import Actor
from bot.tickets.actions import CLAIM_LEASE, S, _move
from bot.tickets.models import Ticket
from policies.tickets import TAKEN_BACK, TicketState, may_move

_KEPT = ("state", "owner_id", "lease_until", "answered_at", "service_deadline", "deadline", "rung", "next_step_at", "close_at")
_EARLIER = ("service_deadline", "deadline")


def standing(ticket: Ticket) -> dict[str, Any]:
    """The columns an answer changes, as they stand, as JSON."""
    kept = {name: getattr(ticket, name) for name in _KEPT}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in kept.items()}


def set_aside(actor: Actor, ticket: Ticket, now: datetime) -> None:
    """Its reply is written and waits. The deadline runs on. Inside the caller's transaction, on a locked row. Raises Conflict."""
    if ticket.state != S.DRAFTED and not may_move(TicketState(ticket.state), S.DRAFTED):
        _move(ticket, S.CLAIMED, now)
    _move(ticket, S.DRAFTED, now, owner_id=actor.person_id, lease_until=None)


def take_up(ticket: Ticket, person_id: int, now: datetime) -> None:
    """Its reply is not to leave: back to its writer, who works on. Inside the caller's transaction, on a locked row. Raises Conflict."""
    if ticket.state != S.DRAFTED:
        raise Conflict(f"诉求单 {ticket.number} 现在的状态不允许此操作。")
    _move(ticket, S.CLAIMED, now, owner_id=person_id, lease_until=now + CLAIM_LEASE)


def restore(ticket: Ticket, before: Mapping[str, Any], person_id: int, now: datetime) -> None:
    """The answer never left: the ticket stands as it stood, its clock too. Inside the caller's transaction, on a locked row.

    Where the citizen wrote meanwhile the ticket was opened anew: it stays so, but the clock that ran before runs on.
    Raises Conflict where somebody finished it meanwhile.
    """
    fields = {name: _read(name, value) for name, value in before.items() if name in _KEPT}
    state = TicketState(fields.pop("state"))
    if ticket.state == S.REOPENED:
        clock = {name: min(fields[name], getattr(ticket, name)) for name in _EARLIER} if state in TAKEN_BACK else {}
        fields = {"owner_id": person_id, "answered_at": fields["answered_at"], **clock}
        state = S.REOPENED
    elif state == S.DRAFTED:  # it was approved, and nothing waits for approval any more
        state, fields["lease_until"] = S.CLAIMED, now + CLAIM_LEASE
    elif state != S.ANSWERED and state not in TAKEN_BACK:
        raise Conflict(f"诉求单 {ticket.number} 现在的状态不允许此操作。")
    rows = Ticket.objects.filter(pk=ticket.pk, state__in=(S.ANSWERED, S.REOPENED) if state == S.REOPENED else (S.ANSWERED,))
    if not rows.update(state=state, updated_at=now, **fields):
        raise Conflict(f"诉求单 {ticket.number} 刚刚被其他人处理过，请刷新后再试。")
    ticket.refresh_from_db()


def _read(name: str, value: Any) -> Any:
    moment = isinstance(Ticket._meta.get_field(name.removesuffix("_id")), models.DateTimeField)
    return datetime.fromisoformat(value) if moment and value else value
