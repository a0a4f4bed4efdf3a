"""Calling a citizen back. A call that reached them is a person's answer; one that did not is only noted."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from bot.answering import drafts, reviews
from bot.answering.checking import Doubt, check
from bot.answering.models import Call
from bot.audit.actions import Fact, record
from bot.staff.access import Actor
from bot.staff.actions import Invalid
from bot.tickets.actions import clean, locked, refuse_ended, refuse_if_anothers, stop_clock
from bot.tickets.models import Message, Ticket
from policies.masking import mask
from policies.roles import Right
from policies.wording import Level

NUMBER_MAX = 40


@dataclass(frozen=True, slots=True)
class Called:
    """What is written down of a call."""

    number: str
    reached: bool
    summary: str
    at: datetime


@transaction.atomic
def log_call(actor: Actor, ticket: Ticket, called: Called, now: datetime, *, seen: str = "") -> Call:
    """Write a call down. Reached: the clock stops, and the citizen reads the summary on the query page; else neither.

    The number is kept masked only. Raises Conflict, Denied, Invalid; Doubt for personal data in the summary.
    """
    ticket, text = locked(ticket), clean(called.summary)
    actor.demand(Right.REPLY, ticket.department)
    refuse_ended(ticket)
    refuse_if_anothers(actor, ticket)
    if not ticket.received_at <= called.at <= now:
        raise Invalid("通话时间应在收到诉求之后、现在之前。")
    number = masked(called.number)
    if called.reached:
        drafts.refuse_unseen(ticket, seen)
        if stops := [one for one in check(ticket, text) if one.level == Level.STOP]:
            raise Doubt(stops)
        reviews.recall_waiting(ticket, now)
        stop_clock(actor, ticket, now)
    message = _said(actor, ticket, called.reached, text, now)
    row = Call.objects.create(
        ticket=ticket, person_id=actor.person_id, number=number, reached=called.reached, summary=text, called_at=called.at, message=message
    )
    action = "ticket.answered_by_call" if called.reached else "ticket.called_in_vain"
    record(now, Fact(actor.username, action, "ticket", ticket.number, ticket.department_id, {"number": number}))
    return row


def _said(actor: Actor, ticket: Ticket, reached: bool, text: str, now: datetime) -> Message:
    return Message.objects.create(
        conversation=ticket.conversation,
        account_id=ticket.account_id,
        ticket=ticket,
        direction=Message.Direction.HUMAN if reached else Message.Direction.NOTE,
        author=actor.name,
        person_id=actor.person_id,
        text=f"【电话答复】{text}" if reached else f"【电话未接通】{text}",
        at=now,
    )


def masked(number: str) -> str:
    """The number as it may be kept. One that masking does not know loses its middle. Raises Invalid for none."""
    bare = "".join(sign for sign in number if sign.isdigit() or sign in "+- ").strip()
    digits = "".join(sign for sign in bare if sign.isdigit())
    if not 3 <= len(digits) <= 20 or len(number) > NUMBER_MAX:
        raise Invalid("请填写所拨打的电话号码。")
    hidden = mask(bare)
    if hidden != bare or len(digits) <= 5:  # 12345 and the like are nobody's own
        return hidden[:NUMBER_MAX]
    return digits[:2] + "*" * (len(digits) - 4) + digits[-2:]
