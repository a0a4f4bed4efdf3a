"""What the citizen thinks of a closing; a bad rating reopens the request, never silently."""

from datetime import datetime

from django.db import IntegrityError, transaction

from bot.audit.actions import Fact, record
from bot.closing.models import Closing, Rating
from bot.closing.people import supervisors
from bot.conflict import Conflict
from bot.staff.actions import Invalid
from bot.staff.models import Department
from bot.tickets.actions import locked
from bot.tickets.calling import call
from bot.tickets.clock import CLOCK_FIELDS, set_clock
from bot.tickets.models import Message, Ticket
from bot.tickets.opening import deadline_of
from policies.closing import REASON_LONGEST, Consequence, after_rating, may_rate
from policies.tickets import TicketState

SCORES = range(1, 6)


def ratable(ticket: Ticket, now: datetime) -> Closing | None:
    """The closing of this ticket that the citizen may rate now: its latest, closed not too long ago, not rated yet."""
    if ticket.state != TicketState.CLOSED or ticket.closed_at is None or not may_rate(ticket.closed_at, now):
        return None
    return Closing.objects.filter(ticket=ticket, rating=None).exclude(result=Closing.Result.UNSATISFIED).filter(at=ticket.closed_at).first()


@transaction.atomic
def rate(ticket: Ticket, score: int, reason: str, now: datetime) -> Rating:
    """Take the citizen's rating of the latest closing, once; a bad one has its consequence in the same transaction.

    Raises Conflict when there is nothing to rate (any more), Invalid for a score out of 1 to 5. A reason is cut to its length.
    """
    if score not in SCORES:
        raise Invalid("评分应为 1 到 5。")
    ticket = locked(ticket)
    closing = ratable(ticket, now)
    if closing is None:
        raise Conflict(f"诉求单 {ticket.number} 现在不能评价。")
    reason, consequence = _plain(reason), after_rating(score)
    try:
        with transaction.atomic():
            made = Rating.objects.create(closing=closing, score=score, reason=reason, at=now, led_to=consequence)
    except IntegrityError:
        raise Conflict(f"诉求单 {ticket.number} 已评价过。") from None
    facts = [Fact("citizen", "ticket.rated", "ticket", ticket.number, ticket.department_id, {"score": score, "note": reason[:300]})]
    if consequence is not Consequence.NOTHING:
        words = f"市民评价 {score} 分" + (f"：{reason}" if reason else "，未写原因。")
        facts += reopen(ticket, words, now, to_supervisor=consequence is Consequence.SUPERVISOR)
    record(now, *facts)
    return made


def reopen(ticket: Ticket, words: str, now: datetime, *, to_supervisor: bool) -> list[Fact]:
    """Reopen a closed, locked ticket because the citizen is not content: a new deadline, a note that says why, somebody above told.

    Runs inside the caller's transaction, which records the facts. Raises Conflict when it is not closed any more.
    """
    department = Department.objects.get(pk=ticket.department_id)
    above = supervisors(department, but=[ticket.owner_id] if ticket.owner_id else [])
    owner = above[0] if to_supervisor and above else None
    service, deadline = deadline_of(ticket, now)
    fields = {
        "owner_id": owner,
        "closed_at": None,
        "close_at": None,
        "lease_until": None,
        "service_deadline": service,
        "deadline": deadline,
    }
    ticket.state = TicketState.REOPENED
    for name, value in fields.items():
        setattr(ticket, name, value)
    set_clock(ticket, now, anew=now)
    clock = {name: getattr(ticket, name) for name in CLOCK_FIELDS}
    closed = Ticket.objects.filter(pk=ticket.pk, state=TicketState.CLOSED)
    if not closed.update(state=TicketState.REOPENED, updated_at=now, **fields, **clock):
        raise Conflict(f"诉求单 {ticket.number} 现在的状态不允许此操作。")
    ticket.refresh_from_db()
    Message.objects.create(
        conversation_id=ticket.conversation_id,
        account_id=ticket.account_id,
        ticket=ticket,
        direction=Message.Direction.NOTE,
        author="市民评价",
        text=words,
        at=now,
    )
    if above:
        call(above, ticket, f"诉求单 {ticket.number} 市民不满意，已重新打开，请督办。", now)
    return [Fact("system:closing", "ticket.reopened", "ticket", ticket.number, ticket.department_id, {"owner": owner, "note": words[:300]})]


def _plain(text: str) -> str:
    return " ".join("".join(" " if ord(sign) < 32 or 0xD800 <= ord(sign) < 0xE000 else sign for sign in text).split())[:REASON_LONGEST]
