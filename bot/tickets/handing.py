"""Hand-over at the end of a shift (交接班): what one person has in hand becomes another's."""

from datetime import datetime

from django.db import transaction

from bot.audit.actions import Fact, record
from bot.staff.access import Actor, actor_of
from bot.staff.actions import Invalid
from bot.staff.models import Department, Person
from bot.tickets import calling
from bot.tickets.actions import CLAIM_LEASE, _move
from bot.tickets.models import OPEN_STATES, Ticket
from policies.roles import Right
from policies.tickets import TicketState

MOST = 500  # tickets in one transaction


@transaction.atomic
def hand_over(actor: Actor, department: Department, to: Person, words: str, now: datetime) -> int:
    """All open tickets the actor has in this department and below go to `to`, with a word for them. Clocks and ladders go on.

    Returns how many. Raises Denied, Invalid.
    """
    actor.demand(Right.CLAIM, department)
    if to.pk == actor.person_id or not to.is_active or not actor_of(to).may(Right.REPLY, department):
        raise Invalid("请选择另一位能在此部门答复市民的人员。")
    mine = Ticket.objects.filter(owner=actor.person_id, state__in=OPEN_STATES, department__path__startswith=department.path)
    rows = list(mine.select_for_update(of=("self",)).select_related("conversation", "department").order_by("pk")[:MOST])
    if not rows:
        raise Invalid("您在此部门没有办理中的诉求单。")
    facts = []
    for ticket in rows:
        state = TicketState(ticket.state)
        lease = now + CLAIM_LEASE if state == TicketState.CLAIMED else ticket.lease_until
        _move(ticket, state, now, owner_id=to.pk, lease_until=lease)
        detail = {"from": actor.username, "to": to.username, "note": words.strip()[:300]}
        facts.append(Fact(actor.username, "ticket.handed_over", "ticket", ticket.number, ticket.department_id, detail))
    calling.tell_hand_over(to, department, actor.name, len(rows), now)
    record(now, *facts)
    return len(rows)
