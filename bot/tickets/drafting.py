"""A reply that is written and not yet gone: set aside for a second person, taken up again, or taken back before it left."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import models

from bot.conflict import Conflict
from bot.staff.access import Actor
from bot.tickets.actions import CLAIM_LEASE, S, _move
from bot.tickets.clock import CLOCK_FIELDS, set_clock
from bot.tickets.models import Pause, Ticket
from policies.tickets import TAKEN_BACK, TicketState, may_move

_CLOCK = ("service_deadline", "deadline", "clock_from", "rung", "next_step_at", "paused_until", "pause_reason")
_KEPT = ("state", "owner_id", "lease_until", "answered_at", "close_at", *_CLOCK)


def standing(ticket: Ticket) -> dict[str, Any]:
    """The columns an answer changes, as they stand, as JSON; and the pause it would end."""
    kept = {name: getattr(ticket, name) for name in _KEPT}
    pause = Pause.objects.filter(ticket=ticket, ended_at=None).values_list("pk", flat=True).first() if ticket.paused_until else None
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in kept.items()} | {"pause": pause}


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
    was, fields = TicketState(before["state"]), {name: _read(name, before.get(name)) for name in _KEPT if name != "state"}
    if ticket.state == S.REOPENED:
        fields = {"owner_id": person_id, "answered_at": fields["answered_at"], **_running(ticket, was, fields, now)}
        was = S.REOPENED
    elif ticket.state != S.ANSWERED or was not in TAKEN_BACK | {S.ANSWERED}:
        raise Conflict(f"诉求单 {ticket.number} 现在的状态不允许此操作。")
    elif was == S.DRAFTED:  # it was approved, and nothing waits for approval any more
        was, fields["lease_until"] = S.CLAIMED, now + CLAIM_LEASE
    elif before.get("pause"):
        Pause.objects.filter(pk=before["pause"]).update(ended_at=None, ended_by="")
    if not Ticket.objects.filter(pk=ticket.pk, state=ticket.state).update(state=was, updated_at=now, **fields):
        raise Conflict(f"诉求单 {ticket.number} 刚刚被其他人处理过，请刷新后再试。")
    ticket.refresh_from_db()


def _running(ticket: Ticket, was: TicketState, fields: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The clock of a ticket whose citizen wrote while its answer could still be taken back: it never stopped."""
    if was not in TAKEN_BACK:
        return {}
    for name in ("service_deadline", "deadline"):
        setattr(ticket, name, min(fields[name], getattr(ticket, name)))
    ticket.clock_from, ticket.rung = fields["clock_from"], fields["rung"]
    set_clock(ticket, now)
    return {name: getattr(ticket, name) for name in ("service_deadline", "deadline", *CLOCK_FIELDS)}


def _read(name: str, value: Any) -> Any:
    moment = isinstance(Ticket._meta.get_field(name.removesuffix("_id")), models.DateTimeField)
    return datetime.fromisoformat(value) if moment and value else value
