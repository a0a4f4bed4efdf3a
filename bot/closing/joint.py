"""Joint handling 协办: one department leads and answers the citizen, others contribute what it asks of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from bot.audit.actions import Fact, record
from bot.closing.models import Contribution
from bot.closing.people import holders
from bot.conflict import Conflict
from bot.deadlines.queries import calendar
from bot.paging.actions import About, page, settle
from bot.staff.access import Actor, visible_to
from bot.staff.actions import Invalid
from bot.staff.models import Department
from bot.tickets.actions import clean, locked
from bot.tickets.models import OPEN_STATES, Message, Ticket
from policies.closing import PACK
from policies.roles import Right
from policies.tickets import OPEN

QUESTION_LONGEST = 1000
MOST = 10  # departments asked at the same time for one ticket
ASKED = Contribution.State.ASKED


def asked_of(actor: Actor) -> QuerySet[Contribution]:
    """What the actor's departments are asked for and have not given, the most pressing first."""
    rows = Contribution.objects.filter(state=ASKED, ticket__state__in=OPEN_STATES).select_related(
        "ticket", "department", "asked_by", "ticket__department"
    )
    return visible_to(rows, actor, right=Right.REPLY).order_by("due_at", "pk")


def of_ticket(ticket: Ticket) -> QuerySet[Contribution]:
    """What was asked for a ticket, oldest first."""
    return Contribution.objects.filter(ticket=ticket).select_related("department", "asked_by", "ended_by", "message").order_by("pk")


def due_moment(ticket: Ticket, now: datetime) -> datetime:
    """When a contribution is due: some working days from now, but before the lead must answer; never before now."""
    own = calendar().add_working_days(now, PACK["joint"]["working_days"])
    lead = ticket.deadline - timedelta(hours=PACK["joint"]["lead_hours"])
    return max(min(own, lead), now)


@transaction.atomic
def ask(actor: Actor, ticket: Ticket, departments: Sequence[Department], question: str, now: datetime) -> list[Contribution]:
    """Ask other departments for their part. The lead keeps the ticket and its clock. Raises Conflict, Denied, Invalid."""
    ticket, question = locked(ticket), clean(question)[:QUESTION_LONGEST]
    actor.demand(Right.TRANSFER, ticket.department)
    if ticket.state not in OPEN:
        raise Conflict(f"诉求单 {ticket.number} 已结束，不能再请协办。")
    wanted = {row.pk: row for row in departments}
    if not wanted or len(wanted) > MOST or ticket.department_id in wanted or not all(row.is_active for row in wanted.values()):
        raise Invalid("请选择 1 至 10 个其他在用部门。")
    if Contribution.objects.filter(ticket=ticket, department__in=wanted, state=ASKED).exists():
        raise Conflict("已请该部门协办，尚未回复。")
    due, made, facts = due_moment(ticket, now), [], []
    for department in wanted.values():
        fields = {"question": question, "asked_by_id": actor.person_id, "asked_at": now, "due_at": due}
        row = Contribution.objects.create(ticket=ticket, department=department, **fields)
        page(holders(Right.REPLY, department), _about(row), f"请协办诉求单 {ticket.number}。", now, insist=False)
        made.append(row)
        detail = {"department": department.code, "note": question[:300], "due": due.isoformat()}
        facts.append(Fact(actor.username, "ticket.asked_jointly", "ticket", ticket.number, ticket.department_id, detail))
    record(now, *facts)
    return made


@transaction.atomic
def give(actor: Actor, contribution: Contribution, text: str, now: datetime) -> Contribution:
    """The asked department's part: an internal note on the lead's ticket. Raises Conflict, Denied, Invalid."""
    ticket = locked(contribution.ticket)
    row = Contribution.objects.select_for_update(of=("self",)).select_related("department").get(pk=contribution.pk)
    actor.demand(Right.REPLY, row.department)
    if row.state != ASKED:
        raise Conflict("这项协办已有回复或已撤回。")
    words = clean(text)
    said = Message.objects.create(
        conversation_id=ticket.conversation_id,
        account_id=ticket.account_id,
        ticket=ticket,
        direction=Message.Direction.NOTE,
        author=f"{row.department.name} {actor.name}",
        person_id=actor.person_id,
        text=f"【协办】{words}",
        at=now,
    )
    _end(row, Contribution.State.GIVEN, actor, now, message=said)
    lead = [ticket.owner_id] if ticket.owner_id else holders(Right.REPLY, ticket.department)
    about = About("ticket", ticket.number, ticket.department_id, f"/tickets/{ticket.number}")
    page(lead, about, f"诉求单 {ticket.number} 的协办部门已回复。", now, insist=False)
    detail = {"from": row.department.code, "note": words[:300]}
    record(now, Fact(actor.username, "ticket.contributed", "ticket", ticket.number, ticket.department_id, detail))
    return row


@transaction.atomic
def withdraw(actor: Actor, contribution: Contribution, now: datetime) -> None:
    """The lead no longer needs it. Raises Conflict, Denied."""
    ticket = locked(contribution.ticket)
    actor.demand(Right.TRANSFER, ticket.department)
    row = Contribution.objects.select_for_update(of=("self",)).select_related("department").get(pk=contribution.pk)
    if row.state != ASKED:
        raise Conflict("这项协办已有回复或已撤回。")
    _end(row, Contribution.State.WITHDRAWN, actor, now)
    detail = {"department": row.department.code}
    record(now, Fact(actor.username, "ticket.contribution_withdrawn", "ticket", ticket.number, ticket.department_id, detail))


def _end(row: Contribution, state: str, actor: Actor, now: datetime, message: Message | None = None) -> None:
    Contribution.objects.filter(pk=row.pk).update(state=state, ended_by_id=actor.person_id, ended_at=now, message=message)
    row.state, row.message, row.ended_at = state, message, now
    settle("contribution", str(row.pk), now)


def _about(row: Contribution) -> About:
    return About("contribution", str(row.pk), row.department_id, "/closing/contributions")


def remind_late(now: datetime, limit: int = 50) -> int:
    """Contributions past their moment: the asked department is called, once; how many."""
    late = Contribution.objects.filter(state=ASKED, reminded_at=None, due_at__lte=now)
    return _remind(late, now, limit) if late.exists() else 0


@transaction.atomic
def _remind(late: QuerySet[Contribution], now: datetime, limit: int) -> int:
    rows = list(late.select_for_update(of=("self",), skip_locked=True).select_related("department", "ticket").order_by("due_at")[:limit])
    for row in rows:
        row.reminded_at = now
        if row.ticket.state in OPEN:
            page(holders(Right.REPLY, row.department), _about(row), f"诉求单 {row.ticket.number} 的协办已逾期，请回复主办部门。", now)
    Contribution.objects.bulk_update(rows, ["reminded_at"])
    return len(rows)
