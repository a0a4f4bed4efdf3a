"""What the pages of incidents show and offer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import Count
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bot.audit.models import Entry
from bot.console.once import new_token
from bot.incidents import actions, answering
from bot.incidents.models import Answer, Incident, Part
from bot.incidents.queries import answers_of, incidents_for, later, shown, sizes_of, tickets_in
from bot.outbox.models import Delivery
from bot.staff.access import Actor
from bot.staff.actions import Invalid
from bot.tickets.models import Ticket
from bot.tickets.queries import tickets_for
from policies.deliveries import NEEDS_PERSON, DeliveryState
from policies.incidents import LIVE, left_out
from policies.roles import Right
from policies.tickets import TicketState

TICKETS_SHOWN = 200
type Run = Callable[[Actor, Incident, str, datetime], object]


@dataclass(frozen=True, slots=True)
class Act:
    """One thing to do with an incident; `asks`: with the number of a ticket or another incident."""

    run: Run
    done: str | Promise
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a reply to all is: shares by state, and what became of those that were sent."""

    answer: Answer
    counts: Mapping[str, int]
    arrived: int
    held: int
    troubled: int
    left: list[Part]

    @property
    def total(self) -> int:
        return sum(self.counts.values()) - self.counts["left"]

    @property
    def done(self) -> int:
        return self.counts["sent"] + self.counts["joined"]

    @property
    def running(self) -> bool:
        return self.answer.state == Answer.State.RUNNING


def _ticket(actor: Actor, number: str) -> Ticket:
    found = tickets_for(actor).filter(number=number).first()
    if found is None:
        raise Invalid("没有这个编号的诉求单，或您无权查看。")
    return found


def _other(actor: Actor, number: str) -> Incident:
    found = incidents_for(actor).filter(number=number).first()
    if found is None:
        raise Invalid("没有这个编号的事件，或您无权查看。")
    return found


def _again(actor: Actor, row: Incident, now: datetime) -> object:
    latest = answers_of(row).first()
    return answering.again(actor, latest, now) if latest else 0


@cache
def acts() -> Mapping[str, Act]:
    """By the last part of the address."""
    return {
        "add": Act(lambda a, i, n, t: actions.add(a, i, _ticket(a, n), t), _("已归入事件。"), asks=True),
        "take-out": Act(lambda a, i, n, t: actions.take_out(a, i, _ticket(a, n), t), _("已移出事件。"), asks=True),
        "merge": Act(lambda a, i, n, t: actions.merge(a, i, _other(a, n), t), _("已合并。"), asks=True),
        "close": Act(lambda a, i, n, t: actions.close(a, i, t), _("事件已结束。")),
        "reopen": Act(lambda a, i, n, t: actions.reopen(a, i, t), _("事件已重新打开。")),
        "again": Act(lambda a, i, n, t: _again(a, i, t), _("答复已开始发送。")),
    }


def context_of(actor: Actor, row: Incident, now: datetime) -> dict[str, Any]:
    """Everything the page of an incident shows."""
    tickets, progress = list(tickets_in(row)[: TICKETS_SHOWN + 1]), progress_of(row)
    done = answers_of(row).filter(state=Answer.State.DONE).first()
    new = later(row, done)
    return {
        "incident": row,
        "one": shown([row], now)[0],
        "tickets": [(ticket, _left_out(ticket, actor)) for ticket in tickets[:TICKETS_SHOWN]],
        "more": len(tickets) > TICKETS_SHOWN,
        "reach": reach(row, actor),
        "progress": progress,
        "answers": answers_of(row)[:20],
        "later": [ticket.number for ticket in tickets if ticket.pk in new],
        "last": done,
        "history": Entry.objects.filter(object_type="incident", object_id=row.number).order_by("-id")[:100],
        "may_reply": actor.may(Right.REPLY, row.department) and row.state != "merged",
        "may_take": actor.may(Right.ASSIGN, row.department),
        "may_move": actor.may(Right.MERGE, row.department) and row.state in LIVE,
        "may_close": actor.may(Right.CLOSE, row.department),
        "token": new_token(),
        "now": now,
    }


def reach(row: Incident, actor: Actor) -> dict[str, int]:
    """How many tickets a reply to all would reach as things stand, and how many it would pass by, for each reason."""
    found: dict[str, int] = {"": 0}
    grouped = tickets_in(row).order_by().values_list("state", "owner").annotate(count=Count("pk"))
    for state, owner, count in grouped:
        why = left_out(TicketState(state), owner, actor.person_id, colleagues=False, answered=False)
        found[why] = found.get(why, 0) + count
    return found


def _left_out(ticket: Ticket, actor: Actor) -> str:
    return left_out(TicketState(ticket.state), ticket.owner_id, actor.person_id, colleagues=False, answered=False)


def with_incidents(tickets: list[Ticket]) -> list[Ticket]:
    """The rows of a list, each knowing the incident it is in and how many citizens are: `event`."""
    sizes = sizes_of([ticket.pk for ticket in tickets])
    for ticket in tickets:
        ticket.event = sizes.get(ticket.pk)  # type: ignore[attr-defined]
    return tickets


def progress_of(row: Incident) -> Progress | None:
    """The latest reply to all, and how far it is."""
    answer = answers_of(row).first()
    if answer is None:
        return None
    parts = Part.objects.filter(answer=answer)
    states = Delivery.objects.filter(pk__in=parts.filter(delivery__isnull=False).values("delivery")).order_by()
    by = dict(states.values_list("state").annotate(count=Count("pk")))
    troubled = sum(by.get(state, 0) for state in NEEDS_PERSON if state != DeliveryState.HELD)
    left = list(parts.filter(state__in=(Part.State.LEFT, Part.State.FAILED)).select_related("ticket").order_by("pk")[:100])
    return Progress(answer, answering.counts(answer), by.get(DeliveryState.SENT, 0), by.get(DeliveryState.HELD, 0), troubled, left)
