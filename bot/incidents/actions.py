"""What people do with incidents: a ticket in or out, two put together, one ended. A person's word stands; the machine keeps off."""

from datetime import datetime
from typing import Any

from django.db import transaction

from bot.audit.actions import Fact, record
from bot.conflict import Conflict
from bot.incidents.models import Answer, Incident, Member
from bot.incidents.tally import locked, new_number, recount, reheat
from bot.staff.access import Actor
from bot.staff.actions import Invalid
from bot.tickets.models import Ticket
from policies.incidents import LIVE, IncidentState, may_move
from policies.roles import Right
from policies.tickets import TicketState


@transaction.atomic
def add(actor: Actor, incident: Incident, ticket: Ticket, now: datetime) -> Incident:
    """Put a ticket in, out of any other it was in. Raises Conflict, Denied, Invalid."""
    before = Member.objects.filter(ticket=ticket).values_list("incident", flat=True).first()
    rows = locked({incident.pk, *([before] if before else [])})
    row = rows[incident.pk]
    _demand_live(actor, row)
    ticket = Ticket.objects.select_for_update(of=("self",)).get(pk=ticket.pk)
    if ticket.department_id != row.department_id:
        raise Invalid("诉求单与事件不在同一部门。")
    if ticket.state == TicketState.MERGED:
        raise Invalid(f"诉求单 {ticket.number} 本身已被合并，请选择它合并到的那一张。")
    values = {"incident": row, "conversation_id": ticket.conversation_id, "at": ticket.received_at, "by_id": actor.person_id}
    Member.objects.update_or_create(ticket=ticket, defaults=values)
    _settle([one for one in rows.values() if one.pk in (row.pk, before)], now)
    record(now, _fact(actor, "added", row, ticket=ticket.number))
    return row


@transaction.atomic
def found(actor: Actor, first: Ticket, second: Ticket, now: datetime) -> Incident:
    """Make an incident of two tickets that are in none. Raises Conflict, Denied, Invalid."""
    actor.demand(Right.MERGE, first.department)
    if first.pk == second.pk:
        raise Invalid("请填写另一张诉求单的编号。")
    if first.department_id != second.department_id:
        raise Invalid("诉求单与事件不在同一部门。")
    if Member.objects.filter(ticket=first, incident__isnull=False).exists():
        raise Conflict("该诉求单已在一个事件中。")
    fields = {
        "title": first.first_line,
        "subject": first.subject,
        "topic": first.topic,
        "first_at": first.received_at,
        "last_at": first.received_at,
    }
    row = Incident.objects.create(number=new_number(now), department_id=first.department_id, updated_at=now, **fields)
    add(actor, row, first, now)
    return add(actor, row, second, now)


@transaction.atomic
def take_out(actor: Actor, incident: Incident, ticket: Ticket, now: datetime) -> Incident:
    """This ticket is about something else; the machine puts it nowhere again. Raises Conflict, Denied."""
    row = locked({incident.pk})[incident.pk]
    actor.demand(Right.MERGE, row.department)
    if not Member.objects.filter(ticket=ticket, incident=row).update(incident=None, by_id=actor.person_id):
        raise Conflict("该诉求单已不在此事件中。")
    _settle([row], now)
    record(now, _fact(actor, "parted", row, ticket=ticket.number))
    return row


@transaction.atomic
def merge(actor: Actor, incident: Incident, into: Incident, now: datetime) -> Incident:
    """The same event: everything of the first goes into the second. Raises Conflict, Denied, Invalid."""
    if incident.pk == into.pk:
        raise Invalid("不能合并到自身。")
    rows = locked({incident.pk, into.pk})
    row, target = rows[incident.pk], rows[into.pk]
    _demand_live(actor, row)
    _demand_live(actor, target)
    if row.department_id != target.department_id:
        raise Invalid("只能合并同一部门的事件。")
    if Answer.objects.filter(incident=row, state=Answer.State.RUNNING).exists():
        raise Conflict(f"事件 {row.number} 正在统一答复，请待其完成。")
    Member.objects.filter(incident=row).update(incident=target)
    _move(row, IncidentState.MERGED, now, merged_into=target)
    _settle([row, target], now)
    record(now, _fact(actor, "merged", row, into=target.number), _fact(actor, "grown", target, merged=row.number))
    return target


@transaction.atomic
def close(actor: Actor, incident: Incident, now: datetime) -> Incident:
    """It is over: what comes later is another event. Its tickets are closed each by itself. Raises Conflict, Denied."""
    row = locked({incident.pk})[incident.pk]
    actor.demand(Right.CLOSE, row.department)
    _move(row, IncidentState.CLOSED, now)
    record(now, _fact(actor, "closed", row))
    return row


@transaction.atomic
def reopen(actor: Actor, incident: Incident, now: datetime) -> Incident:
    """It is not over: it takes requests in again. Raises Conflict, Denied."""
    row = locked({incident.pk})[incident.pk]
    actor.demand(Right.CLOSE, row.department)
    if row.state != IncidentState.CLOSED:
        raise Conflict(f"事件 {row.number} 现在的状态不允许此操作。")
    _move(row, IncidentState.OPEN, now)
    recount([row], now)
    record(now, _fact(actor, "reopened", row))
    return row


def _demand_live(actor: Actor, row: Incident) -> None:
    actor.demand(Right.MERGE, row.department)
    if row.state not in LIVE:
        raise Conflict(f"事件 {row.number} 现在的状态不允许此操作。")


def _move(row: Incident, new: IncidentState, now: datetime, **fields: Any) -> None:
    """The row is locked; only moves of policies.incidents."""
    if not may_move(IncidentState(row.state), new):
        raise Conflict(f"事件 {row.number} 现在的状态不允许此操作。")
    row.state, row.updated_at = new, now
    for name, value in fields.items():
        setattr(row, name, value)
    row.save(update_fields=["state", "updated_at", *fields])


def _settle(rows: list[Incident], now: datetime) -> None:
    for row in rows:
        reheat(row)
    recount(rows, now)


def _fact(actor: Actor, action: str, row: Incident, **detail: Any) -> Fact:
    return Fact(actor.username, f"incident.{action}", "incident", row.number, row.department_id, detail)
