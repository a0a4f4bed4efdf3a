"""The clock stands while a citizen is asked for something: with a reason from the list, in words to the citizen, until a set end."""

from datetime import datetime
from typing import Any

from django.db import transaction

from bot.audit.actions import Fact, record
from bot.channels.queries import limits_of, window_of
from bot.clock import BEIJING
from bot.conflict import Conflict
from bot.deadlines.queries import calendar, pack_of
from bot.staff.access import Actor
from bot.staff.actions import Invalid
from bot.tickets.actions import CLAIM_LEASE, clean, locked, refuse_if_anothers
from bot.tickets.actions import _fact as fact
from bot.tickets.actions import _move as move
from bot.tickets.actions import _send as send
from bot.tickets.models import Pause, Ticket
from bot.tickets.standing import run_on
from policies.deadlines import effective
from policies.facts import Hold, Lane
from policies.pauses import PAUSES_FROM, allowed, longest, may_pause, moved, reasons
from policies.roles import Right
from policies.tickets import TicketState, may_move
from policies.windows import may_send

WORDS_MAX = 400
S = TicketState


@transaction.atomic
def pause(actor: Actor, ticket: Ticket, reason: str, until: datetime, now: datetime, *, words: str) -> Ticket:
    """Ask the citizen for something and let the service clock stand until then, at the longest. The platform's window goes on.

    `reason` is a name of the pack's list, `words` say what exactly is asked. The ticket waits for the citizen, in the hands of
    whoever asked. Raises Conflict, Denied, Invalid.
    """
    ticket = locked(ticket)
    actor.demand(Right.EXTEND, ticket.department)
    refuse_if_anothers(actor, ticket)
    _may_stand(ticket, now)
    asked, words = _asked(ticket, reason, words), clean(words)
    _check_end(ticket, until, now)
    if not may_move(S(ticket.state), S.AWAITING_CITIZEN):
        move(ticket, S.CLAIMED, now)
    before = ticket.service_deadline
    service = moved(before, now, until, calendar())
    fields: dict[str, Any] = {
        "owner_id": actor.person_id,
        "lease_until": None,
        "paused_until": until,
        "pause_reason": f"{asked}：{words}"[:200],
        "service_deadline": service,
        "deadline": effective(service, ticket.conversation.window_until, ticket.received_at, pack_of(ticket.department_id)),
    }
    move(ticket, S.AWAITING_CITIZEN, now, **fields)
    Pause.objects.create(
        ticket=ticket, reason=reason, words=words, person_id=actor.person_id, began_at=now, until=until, service_before=before
    )
    send(actor, ticket, _question(ticket, asked, words, until), now)
    detail = {"reason": f"{asked}：{words}"[:300], "until": until.isoformat(), "service": [before.isoformat(), service.isoformat()]}
    record(now, fact(actor, "paused", ticket, **detail))
    return ticket


def _may_stand(ticket: Ticket, now: datetime) -> None:
    if ticket.state not in PAUSES_FROM:
        raise Conflict(f"诉求单 {ticket.number} 现在的状态不允许此操作。")
    if not may_pause(ticket.kind, urgent=ticket.urgent):
        raise Conflict("紧急诉求不能暂停计时。")
    if ticket.service_deadline <= now:
        raise Conflict("服务期限已过，不能暂停计时。")
    most = allowed(pack_of(ticket.department_id))
    if ticket.pauses.count() >= most:
        raise Conflict(f"每张诉求单最多暂停计时 {most} 次。")
    window = window_of(ticket.conversation, now)
    silent = may_send(window, Lane.HUMAN, limits_of(ticket.account).reserve) != Hold.NONE or ticket.conversation.followed is False
    if silent:  # nobody may be waited for who was not asked
        raise Conflict("现在无法把询问送达市民，不能暂停计时；请电话联系，或直接答复。")


def _asked(ticket: Ticket, reason: str, words: str) -> str:
    listed = reasons(pack_of(ticket.department_id))
    if reason not in listed:
        raise Invalid("请从列表中选择暂停原因。")
    if len(words) > WORDS_MAX:
        raise Invalid(f"内容过长（{len(words)} 字），最多 {WORDS_MAX} 字。")
    return listed[reason]


def _check_end(ticket: Ticket, until: datetime, now: datetime) -> None:
    latest = longest(now, calendar(), pack_of(ticket.department_id))
    if not now < until <= latest:
        raise Invalid(f"暂停须有结束时间，最迟到 {latest.astimezone(BEIJING):%Y-%m-%d %H:%M}。")


def _question(ticket: Ticket, asked: str, words: str, until: datetime) -> str:
    return (
        f"关于您的诉求（{ticket.number}），请您{asked}：{words}\n"
        f"请在 {until.astimezone(BEIJING):%Y-%m-%d %H:%M} 前直接回复。等候期间办理期限顺延；届时没有收到，我们也会继续办理。"
    )


@transaction.atomic
def resume(actor: Actor, ticket: Ticket, now: datetime) -> Ticket:
    """Go on before the end: the deadline is later only by the office time that passed. Raises Conflict, Denied."""
    ticket = locked(ticket)
    actor.demand(Right.EXTEND, ticket.department)
    refuse_if_anothers(actor, ticket)
    if ticket.state != S.AWAITING_CITIZEN:
        raise Conflict(f"诉求单 {ticket.number} 没有暂停计时。")
    move(ticket, S.CLAIMED, now, owner_id=actor.person_id, lease_until=now + CLAIM_LEASE)
    record(now, fact(actor, "resumed", ticket, service=ticket.service_deadline.isoformat()))
    return ticket


def end_pauses(now: datetime, limit: int = 200) -> int:
    """Pauses whose end has come: their owners go on, under a lease as after a claim; without an owner, the queue."""
    due = list(Pause.objects.filter(ended_at=None, until__lte=now).order_by("until").values_list("ticket", flat=True)[:limit])
    return _end(due, now) if due else 0


@transaction.atomic
def _end(due: list[int], now: datetime) -> int:
    waiting = Ticket.objects.filter(pk__in=due, state=S.AWAITING_CITIZEN).select_related("conversation").order_by("pk")
    facts: list[Fact] = []
    for ticket in waiting.select_for_update(skip_locked=True, of=("self",)):
        fields = run_on(ticket, ticket.conversation.window_until, now, "time")
        fields["lease_until"] = now + CLAIM_LEASE if ticket.owner_id else None
        move(ticket, S.CLAIMED if ticket.owner_id else S.WAITING, now, **fields)
        facts.append(fact("system:tickets", "resumed", ticket, service=ticket.service_deadline.isoformat()))
    if facts:
        record(now, *facts)
    return len(facts)
