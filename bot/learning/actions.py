"""What people say about the machine's readings: one function, one transaction, one record."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from bot.audit.actions import Fact, record
from bot.conflict import Conflict
from bot.deadlines.queries import calendar, pack_of
from bot.learning.models import Correction
from bot.staff.access import Actor
from bot.staff.actions import Invalid
from bot.staff.models import Department
from bot.tickets.actions import locked
from bot.tickets.clock import CLOCK_FIELDS, set_clock
from bot.tickets.dismissing import make_ticket
from bot.tickets.models import Message, Ticket
from bot.waking import wake_after_commit
from nlu.subjects import all_subjects, topics
from policies.deadlines import effective, service_deadline
from policies.facts import Kind
from policies.learning import NO_QUESTION
from policies.roles import Right
from policies.tickets import OPEN, TicketState

LONGEST_ANSWER = 5000


@dataclass(frozen=True, slots=True)
class Said:
    """How a message ought to have been read. "" and None: not said."""

    intent: str
    subject: str = ""
    topic: str = ""
    department: Department | None = None
    answer: str = ""


@transaction.atomic
def correct(actor: Actor, message: Message, said: Said, now: datetime) -> Correction:
    """Keep it, and change the ticket's reading where the message began it. The department is only suggested: a transfer is its own deed.

    A message that had been dismissed and is now called a question becomes a ticket. Raises Denied, Invalid, Conflict.
    """
    row = _message(actor, message)
    _check(said)
    asks = row.ticket_id is None and said.intent not in NO_QUESTION
    if asks and row.confirmed_by_id:
        raise Conflict("该消息已处理。")
    ticket = make_ticket(actor, row, now) if asks else row.ticket
    made = _keep(actor, row, said, now, was_question=asks)
    if ticket is not None and _begins(row, ticket):
        _reread(ticket, said, now)
    record(now, _fact(actor, made, row, ticket))
    wake_after_commit("live")
    return made


@transaction.atomic
def question_after_all(actor: Actor, message: Message, now: datetime) -> Ticket:
    """A dismissed message becomes a ticket, and the model learns that it asked something. Raises Conflict, Denied."""
    made = make_ticket(actor, message, now)
    row = Message.objects.select_related("account").get(pk=message.pk)
    kept = _keep(actor, row, Said(""), now, was_question=True)
    record(now, _fact(actor, kept, row, made))
    return made


def _message(actor: Actor, message: Message) -> Message:
    rows = Message.objects.select_for_update(of=("self",)).select_related("account__department", "ticket__department")
    row = rows.get(pk=message.pk)
    if row.direction != Message.Direction.CITIZEN or not row.text.strip():
        raise Invalid("只能更正市民发来的文字消息。")
    actor.demand(Right.CORRECT, row.ticket.department if row.ticket else row.account.department)
    return row


def _check(said: Said) -> None:
    if said.intent not in {kind.value for kind in Kind}:
        raise Invalid("请选择类别。")
    if said.subject and said.subject not in all_subjects():
        raise Invalid("没有这个主题。")
    if said.topic and (said.topic not in topics() or said.topic.partition(".")[0] != said.subject):
        raise Invalid("所选细类不属于这个主题。")
    if said.department is not None and not said.department.is_active:
        raise Invalid("该部门已停用。")
    if len(said.answer) > LONGEST_ANSWER:
        raise Invalid(f"内容过长（{len(said.answer)} 字），最多 {LONGEST_ANSWER} 字。")


def _keep(actor: Actor, row: Message, said: Said, now: datetime, *, was_question: bool) -> Correction:
    Correction.objects.filter(message=row, current=True).update(current=False)
    return Correction.objects.create(
        message=row,
        person_id=actor.person_id,
        at=now,
        intent=said.intent,
        subject=said.subject,
        topic=said.topic,
        was_question=was_question,
        department=said.department,
        answer=said.answer.strip(),
        old_intent=row.intent,
        old_subject=row.subject,
        old_topic=row.topic,
        confidence=row.confidence,
    )


def _begins(row: Message, ticket: Ticket) -> bool:
    """Whether the ticket was read from this message: it is the citizen's first in it."""
    return ticket.messages.filter(direction=Message.Direction.CITIZEN).order_by("pk").values_list("pk", flat=True).first() == row.pk


def _reread(ticket: Ticket, said: Said, now: datetime) -> None:
    """The ticket is what the person says. A shorter deadline follows from that, never a longer one (promise 3)."""
    ticket = locked(ticket)
    fields: dict[str, object] = {"intent": said.intent, "subject": said.subject, "topic": said.topic, "understood_by": "person"}
    if said.intent not in NO_QUESTION and TicketState(ticket.state) in OPEN:
        pack = pack_of(ticket.department_id)
        service = min(ticket.service_deadline, service_deadline(Kind(said.intent), ticket.received_at, calendar(), pack))
        fields |= {"kind": said.intent, "urgent": ticket.urgent or said.intent == Kind.EMERGENCY, "service_deadline": service}
        fields["deadline"] = min(ticket.deadline, effective(service, ticket.conversation.window_until, ticket.received_at, pack))
    urgent = ticket.urgent
    for name, value in fields.items():
        setattr(ticket, name, value)
    set_clock(ticket, now, anew=now if ticket.urgent and not urgent else None)
    clock = {name: getattr(ticket, name) for name in CLOCK_FIELDS}
    Ticket.objects.filter(pk=ticket.pk).update(updated_at=now, **fields, **clock)


def _fact(actor: Actor, made: Correction, row: Message, ticket: Ticket | None) -> Fact:
    detail = {
        "message": row.pk,
        "was": [made.old_intent, made.old_topic or made.old_subject],
        "is": [made.intent, made.topic or made.subject],
    }
    if made.department is not None:
        detail["department"] = made.department.code
    if ticket is not None:
        return Fact(actor.username, "ticket.reading_corrected", "ticket", ticket.number, ticket.department_id, detail)
    return Fact(actor.username, "message.reading_corrected", "message", str(row.pk), row.account.department_id, detail)
