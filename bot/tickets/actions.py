"""What staff do with tickets: one function, one transaction, one audit row; moves only as policies.tickets allows."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from bot.audit.actions import Fact, record
from bot.bulk import change_if, write_new
from bot.channels.queries import limits_of
from bot.clock import BEIJING
from bot.conflict import Conflict, Denied
from bot.deadlines.queries import calendar, pack_of
from bot.outbox.actions import new_delivery
from bot.outbox.models import Delivery
from bot.staff.access import Actor
from bot.staff.actions import Invalid
from bot.staff.models import Department
from bot.tickets import rounds
from bot.tickets.calling import settle_ticket
from bot.tickets.clock import CLOCK_FIELDS, set_clock
from bot.tickets.models import Message, Ticket
from bot.tickets.standing import run_on
from bot.waking import wake_after_commit
from policies.closing import FIRST_LOOK
from policies.deadlines import effective, extended, extensions_allowed
from policies.facts import Kind, Lane
from policies.handovers import Step
from policies.roles import Right
from policies.texts import split
from policies.tickets import OPEN, TicketState, may_move

CLAIM_LEASE = timedelta(hours=2)
REPLY_MAX = 5000  # characters of one reply, whatever the platform splits it into
S = TicketState


def locked(ticket: Ticket) -> Ticket:
    """The row as it is now, locked until the end of the transaction."""
    return Ticket.objects.select_for_update(of=("self",)).select_related("department", "conversation", "account").get(pk=ticket.pk)


def _move(
    ticket: Ticket, new: TicketState, now: datetime, *, through: TicketState | None = None, anew: datetime | None = None, **fields: Any
) -> None:
    """Compare-and-set, with the ladder's clock (`anew`: see set_clock). A standing clock goes on; whoever has it in hand is called no more.

    `through`: the state it passes on its way, where no move leads there directly. Raises Conflict for a move that is not
    allowed or when somebody else was first.
    """
    old, owner = TicketState(ticket.state), ticket.owner_id
    anew = anew or (now if old not in OPEN else None)
    if old != new and not may_move(old, new) and not (through and may_move(old, through) and may_move(through, new)):
        raise Conflict(f"诉求单 {ticket.number} 现在的状态不允许此操作。")
    if old == S.AWAITING_CITIZEN != new:
        fields = {**run_on(ticket, ticket.conversation.window_until, now, new), **fields}
    ticket.state, ticket.updated_at = new, now
    for name, value in fields.items():
        setattr(ticket, name, value)
    set_clock(ticket, now, anew=anew)
    clock = {name: getattr(ticket, name) for name in CLOCK_FIELDS}
    if not change_if(ticket, {"state": new, "updated_at": now, **fields, **clock}, state=old):
        raise Conflict(f"诉求单 {ticket.number} 刚刚被其他人处理过，请刷新后再试。")
    if new not in OPEN or (new == S.CLAIMED and old != new) or ticket.owner_id not in (None, owner) or anew is not None:
        settle_ticket(ticket, now)


def _fact(actor: Actor | str, action: str, ticket: Ticket, **detail: Any) -> Fact:
    who = actor if isinstance(actor, str) else actor.username
    return Fact(who, f"ticket.{action}", "ticket", ticket.number, ticket.department_id, detail)


def refuse_if_anothers(actor: Actor, ticket: Ticket) -> None:
    """Raises Conflict for a ticket that a colleague has."""
    if ticket.owner_id and ticket.owner_id != actor.person_id:
        raise Conflict(f"诉求单 {ticket.number} 正由 {ticket.owner} 办理。")


@transaction.atomic
def claim(actor: Actor, ticket: Ticket, now: datetime) -> Ticket:
    """Take a ticket from the queue, under a lease that lapses when it is not touched. Claiming one's own renews it."""
    ticket = locked(ticket)
    actor.demand(Right.CLAIM, ticket.department)
    refuse_if_anothers(actor, ticket)
    _move(ticket, S.CLAIMED, now, owner_id=actor.person_id, lease_until=now + CLAIM_LEASE)
    record(now, _fact(actor, "claimed", ticket))
    return ticket


@transaction.atomic
def take_over(actor: Actor, ticket: Ticket, now: datetime) -> Ticket:
    """Take a ticket that a colleague has. Raises Conflict, Denied."""
    ticket = locked(ticket)
    actor.demand(Right.ASSIGN, ticket.department)
    before = ticket.owner.username if ticket.owner else ""
    _move(ticket, S(ticket.state), now, owner_id=actor.person_id, lease_until=now + CLAIM_LEASE if ticket.state == S.CLAIMED else None)
    record(now, _fact(actor, "assigned", ticket, **{"from": before}))
    return ticket


@transaction.atomic
def reply(
    actor: Actor, ticket: Ticket, text: str, now: datetime, *, wait: timedelta = timedelta(0), approved_by: Actor | None = None
) -> list[Delivery]:
    """A person's answer: stops the clock, and leaves through the outbox (in parts where the platform's limit is short).

    Whoever replies to an unclaimed ticket takes it. `wait`: nothing leaves before that, so that it can be taken back.
    `approved_by`: the second person who read it, on whose right it leaves. Raises Conflict, Denied, Invalid.
    """
    ticket = locked(ticket)
    if approved_by:
        approved_by.demand(Right.REVIEW_REPLIES, ticket.department)
    else:
        actor.demand(Right.REPLY, ticket.department)
    refuse_ended(ticket)
    if not approved_by:
        refuse_if_anothers(actor, ticket)
    sent = _send(actor, ticket, text, now, wait)
    stop_clock(actor, ticket, now)
    detail = {"approved_by": approved_by.username} if approved_by else {}
    record(now, _fact(actor, "answered", ticket, parts=len(sent), delivery=sent[0].pk, **detail))
    return sent


def refuse_ended(ticket: Ticket) -> None:
    """Raises Conflict for a ticket that can no longer be answered."""
    if ticket.state not in OPEN and ticket.state != S.ANSWERED:
        raise Conflict(f"诉求单 {ticket.number} 已结束，不能再答复。")


def stop_clock(actor: Actor, ticket: Ticket, now: datetime) -> None:
    """A person has answered. Runs inside the caller's transaction, on a locked row; a second answer leaves the first one's time."""
    if ticket.state == S.ANSWERED:
        _move(ticket, S.ANSWERED, now, close_at=now + FIRST_LOOK)
        return
    taken: dict[str, Any] = {"owner_id": actor.person_id, "lease_until": None, "answered_at": now, "close_at": now + FIRST_LOOK}
    _move(ticket, S.ANSWERED, now, through=S.CLAIMED, **taken)


def _send(actor: Actor, ticket: Ticket, text: str, now: datetime, wait: timedelta = timedelta(0)) -> list[Delivery]:
    text = clean(text)
    limits = limits_of(ticket.account)
    talk = ticket.conversation
    written = ticket.messages.filter(direction=Message.Direction.CITIZEN, inbound__isnull=False).order_by("-id")
    latest = written.values_list("inbound__body", flat=True).first()
    thread = talk.thread if latest is None else latest.get("thread")
    sent = []
    for part in split(text, limits.text_max, limits.text_unit):
        delivery = new_delivery(talk, Lane.HUMAN, part, now, thread=thread or {}, not_before=now + wait)
        write_new([delivery])
        message = Message(
            conversation=talk,
            account_id=ticket.account_id,
            ticket=ticket,
            delivery=delivery,
            direction=Message.Direction.HUMAN,
            author=actor.name,
            person_id=actor.person_id,
            text=part,
            at=now,
        )
        write_new([message])
        sent.append(delivery)
    wake_after_commit("outbox")
    return sent


def clean(text: str) -> str:
    """The text a person may send or note: not empty, not endless, without NUL. Raises Invalid."""
    text = text.replace("\x00", "").strip()
    if not text:
        raise Invalid("请填写内容。")
    if len(text) > REPLY_MAX:
        raise Invalid(f"内容过长（{len(text)} 字），最多 {REPLY_MAX} 字。")
    return text


@transaction.atomic
def note(actor: Actor, ticket: Ticket, text: str, now: datetime) -> Message:
    """An internal remark; citizens never see it."""
    ticket = locked(ticket)
    actor.demand(Right.SEE_TICKETS, ticket.department)
    made = Message.objects.create(
        conversation=ticket.conversation,
        account_id=ticket.account_id,
        ticket=ticket,
        direction=Message.Direction.NOTE,
        author=actor.name,
        person_id=actor.person_id,
        text=clean(text),
        at=now,
    )
    _move(ticket, S(ticket.state), now)
    record(now, _fact(actor, "noted", ticket))
    return made


@transaction.atomic
def transfer(actor: Actor, ticket: Ticket, department: Department, text: str, now: datetime) -> Ticket:
    """Send it to another department's queue. The clock runs on. Raises Conflict, Denied, Invalid."""
    ticket = locked(ticket)
    actor.demand(Right.TRANSFER, ticket.department)
    refuse_if_anothers(actor, ticket)
    if department.pk == ticket.department_id:
        raise Invalid("该诉求单已在此部门。")
    if not department.is_active:
        raise Invalid("该部门已停用。")
    before, step = ticket.department, rounds.kind_of_transfer(actor, ticket)
    _move(ticket, S.WAITING, now, anew=now, department_id=department.pk, owner_id=None, lease_until=None)
    rounds.note(actor, ticket, step, before.pk, department.pk, text, now)
    leaving = Fact(actor.username, "ticket.left", "ticket", ticket.number, before.pk, {"to": department.code})
    action = "decided" if step is Step.DECISION else "transferred"
    record(now, leaving, _fact(actor, action, ticket, **{"from": before.code, "note": text[:300]}))
    return ticket


@transaction.atomic
def hand_back(actor: Actor, ticket: Ticket, reason: str, now: datetime) -> Ticket:
    """Not ours: back to the department it came from, else to the one above; a second time to the one above all that had it.

    What that one decides cannot be sent back. Raises Conflict, Denied, Invalid.
    """
    ticket = locked(ticket)
    actor.demand(Right.HAND_BACK, ticket.department)
    refuse_if_anothers(actor, ticket)
    target, back = rounds.way_back(ticket)
    words, before = clean(reason)[:300], ticket.department
    fields: dict[str, Any] = {"department_id": target.pk, "owner_id": None, "lease_until": None, "objections": ticket.objections + 1}
    _move(ticket, S.HANDED_BACK, now, anew=now, **fields)
    rounds.note(actor, ticket, back.step, before.pk, target.pk, words, now)
    leaving = Fact(actor.username, "ticket.left", "ticket", ticket.number, before.pk, {"to": target.code})
    action = "raised" if back.step is Step.RAISED else "handed_back"
    record(now, leaving, _fact(actor, action, ticket, reason=words, **{"from": before.code}))
    return ticket


@transaction.atomic
def release(actor: Actor, ticket: Ticket, now: datetime) -> Ticket:
    """Give up one's claim: back to the same department's queue."""
    ticket = locked(ticket)
    actor.demand(Right.CLAIM, ticket.department)
    refuse_if_anothers(actor, ticket)
    _move(ticket, S.WAITING, now, owner_id=None, lease_until=None)
    record(now, _fact(actor, "released", ticket))
    return ticket


@transaction.atomic
def merge(actor: Actor, ticket: Ticket, into: Ticket, now: datetime) -> Ticket:
    """The same matter of the same citizen: this ticket ends in the other one. Raises Conflict, Denied, Invalid."""
    first, second = sorted((ticket.pk, into.pk))
    rows = {row.pk: row for row in (locked(Ticket(pk=first)), locked(Ticket(pk=second)))}
    ticket, into = rows[ticket.pk], rows[into.pk]
    actor.demand(Right.MERGE, ticket.department)
    actor.demand(Right.MERGE, into.department)
    if ticket.pk == into.pk:
        raise Invalid("不能合并到自身。")
    if into.state == S.MERGED:
        raise Invalid(f"诉求单 {into.number} 本身已被合并，请选择它合并到的那一张。")
    if into.state == S.REFUSED:
        raise Invalid(f"诉求单 {into.number} 已不予受理，不能作为合并目标。")
    refuse_if_anothers(actor, ticket)
    _move(ticket, S.MERGED, now, merged_into_id=into.pk, owner_id=None, lease_until=None, closed_at=now)
    record(now, _fact(actor, "merged", ticket, into=into.number), _fact(actor, "joined", into, merged=ticket.number))
    return ticket


@transaction.atomic
def ask_refusal(actor: Actor, ticket: Ticket, reason: str, text: str, now: datetime) -> Ticket:
    """Propose not to accept it, with the words for the citizen; a second person decides."""
    ticket = locked(ticket)
    actor.demand(Right.ASK_REFUSAL, ticket.department)
    refuse_if_anothers(actor, ticket)
    fields: dict[str, Any] = {
        "refuse_reason": clean(reason)[:60],
        "refuse_text": clean(text),
        "refuse_asked_by_id": actor.person_id,
        "lease_until": None,
    }
    _move(ticket, S.REFUSAL_ASKED, now, **fields)
    record(now, _fact(actor, "refusal_asked", ticket, reason=reason[:60]))
    return ticket


@transaction.atomic
def confirm_refusal(actor: Actor, ticket: Ticket, now: datetime) -> Ticket:
    """The second person agrees: the citizen is told the reason, by name of a person. Raises Denied for the first person."""
    ticket = locked(ticket)
    actor.demand(Right.CONFIRM_REFUSAL, ticket.department)
    if ticket.refuse_asked_by_id == actor.person_id:
        raise Denied("不予受理须由另一人复核。")
    if ticket.state != S.REFUSAL_ASKED:
        raise Conflict(f"诉求单 {ticket.number} 没有待复核的不予受理。")
    sent = _send(actor, ticket, ticket.refuse_text, now)
    _move(ticket, S.REFUSED, now, owner_id=None, closed_at=now)
    record(now, _fact(actor, "refused", ticket, reason=ticket.refuse_reason, delivery=sent[0].pk))
    return ticket


@transaction.atomic
def decline_refusal(actor: Actor, ticket: Ticket, text: str, now: datetime) -> Ticket:
    """The second person disagrees: back to the queue with a note."""
    ticket = locked(ticket)
    actor.demand(Right.CONFIRM_REFUSAL, ticket.department)
    if ticket.state != S.REFUSAL_ASKED:
        raise Conflict(f"诉求单 {ticket.number} 没有待复核的不予受理。")
    _move(ticket, S.WAITING, now, owner_id=None, refuse_reason="", refuse_text="", refuse_asked_by_id=None)
    record(now, _fact(actor, "refusal_declined", ticket, note=text[:300]))
    return ticket


@transaction.atomic
def extend(actor: Actor, ticket: Ticket, reason: str, now: datetime) -> Ticket:
    """One extension, before the service deadline, with a reason; the citizen is told. Raises Conflict, Denied, Invalid."""
    ticket = locked(ticket)
    actor.demand(Right.EXTEND, ticket.department)
    refuse_if_anothers(actor, ticket)
    pack = pack_of(ticket.department_id)
    if ticket.urgent or ticket.kind == Kind.EMERGENCY or not extensions_allowed(pack):
        raise Conflict("紧急诉求不能延期。" if extensions_allowed(pack) else "本部门的期限规定不允许延期。")
    if ticket.service_deadline <= now:
        raise Conflict("服务期限已过，不能再延期。")
    if ticket.state == S.EXTENDED or ticket.extended_at:
        raise Conflict("每张诉求单只能延期一次。")
    if ticket.state == S.AWAITING_CITIZEN or not may_move(S(ticket.state), S.EXTENDED):
        _move(ticket, S.CLAIMED, now)
    service = extended(ticket.service_deadline, calendar(), pack)
    deadline = effective(service, ticket.conversation.window_until, ticket.received_at, pack)
    words = clean(reason)
    fields: dict[str, Any] = {
        "owner_id": actor.person_id,
        "service_deadline": service,
        "deadline": deadline,
        "lease_until": None,
        "extended_at": now,
    }
    _move(ticket, S.EXTENDED, now, **fields)
    day = f"{service.astimezone(BEIJING):%Y-%m-%d}"
    _send(actor, ticket, f"您的诉求（{ticket.number}）需要更多时间办理，新的答复期限为 {day}。原因：{words}", now)
    record(now, _fact(actor, "extended", ticket, reason=words[:300], until=service.isoformat()))
    return ticket


def lapse_claims(now: datetime, limit: int = 200) -> int:
    """Claims nobody touched go back to the queue."""
    late = Ticket.objects.filter(state=S.CLAIMED, lease_until__lt=now)
    return _lapse(late, now, limit) if late.exists() else 0


@transaction.atomic
def _lapse(late: QuerySet[Ticket], now: datetime, limit: int) -> int:
    rows = list(late.select_for_update(skip_locked=True).order_by("lease_until")[:limit])
    for ticket in rows:
        _move(ticket, S.WAITING, now, owner_id=None, lease_until=None)
    if rows:
        record(now, *(_fact("system:tickets", "lapsed", ticket) for ticket in rows))
    return len(rows)
