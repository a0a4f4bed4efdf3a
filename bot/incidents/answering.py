"""One reply to everybody in an incident: written down at once, sent by the worker ticket by ticket, to each citizen once.

Each ticket's share is one transaction: its reply in the outbox and the word that it is there. So a process that dies in the
middle leaves what it did done and the rest to do; a form sent twice finds the reply under way.
"""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, F

from bot.answering.checking import demand_public
from bot.answering.reviews import needed
from bot.audit.actions import Fact, record
from bot.conflict import Conflict, Denied
from bot.incidents.models import Answer, Incident, Member, Part
from bot.incidents.tally import locked
from bot.staff.access import Actor, actor_of
from bot.staff.actions import Invalid
from bot.tickets.actions import clean, merge, reply, take_over
from bot.tickets.models import Ticket
from policies.incidents import CHUNK, TRIES, IncidentState, left_out
from policies.roles import Right
from policies.tickets import TicketState

log = logging.getLogger(__name__)
PAUSE = timedelta(seconds=5)  # before a share that failed by our fault is tried again


@dataclass(frozen=True, slots=True)
class Choice:
    """Who is to get the reply besides those who wait: tickets a colleague has claimed, tickets that have an answer; or only these."""

    colleagues: bool = False
    answered: bool = False
    only: Collection[int] | None = None  # keys of tickets


@transaction.atomic
def start(actor: Actor, incident: Incident, text: str, choice: Choice, now: datetime) -> Answer:
    """Write the reply down; the worker sends it. Raises Conflict, Denied, Invalid."""
    row = locked({incident.pk})[incident.pk]
    actor.demand(Right.REPLY, row.department)
    if choice.colleagues:
        actor.demand(Right.ASSIGN, row.department)
    if row.state == IncidentState.MERGED:
        raise Conflict(f"事件 {row.number} 现在的状态不允许此操作。")
    demand_public(row.department, clean(text))
    if Answer.objects.filter(incident=row, state=Answer.State.RUNNING).exists():
        raise Conflict(f"事件 {row.number} 正在统一答复，请待其完成。")
    options = {"colleagues": choice.colleagues, "answered": choice.answered}
    answer = Answer.objects.create(incident=row, text=clean(text), person_id=actor.person_id, at=now, **options)
    parts = [_part(answer, ticket, actor, now) for ticket in _tickets(row, choice)]
    if not any(part.state == Part.State.WAITING for part in parts):
        raise Invalid("此事件中没有待答复的诉求单。")
    Part.objects.bulk_create(parts)
    waiting = sum(part.state == Part.State.WAITING for part in parts)
    record(now, _fact(actor.username, "answering", row, answer=answer.pk, tickets=waiting))
    return answer


def _tickets(row: Incident, choice: Choice) -> list[Ticket]:
    """The incident's tickets, the newest first: of a citizen's several, that one gets the reply."""
    members = Member.objects.filter(incident=row, ticket__department=row.department_id)
    members = members if choice.only is None else members.filter(ticket__in=choice.only)
    return [member.ticket for member in members.select_related("ticket").order_by("-ticket")]


def _part(answer: Answer, ticket: Ticket, actor: Actor, now: datetime) -> Part:
    why = _why(answer, ticket, actor.person_id)
    state = Part.State.LEFT if why else Part.State.WAITING
    return Part(answer=answer, ticket=ticket, conversation_id=ticket.conversation_id, state=state, why=why, next_at=now)


def _why(answer: Answer, ticket: Ticket, me: int) -> str:
    why = left_out(TicketState(ticket.state), ticket.owner_id, me, colleagues=answer.colleagues, answered=answer.answered)
    return why or ("review" if needed(ticket) else "")  # what a second person is to read goes one by one


def send(now: datetime, limit: int = CHUNK) -> int:
    """The worker's turn: so many shares, and the end of replies that have none left. Returns how much was done."""
    due = Part.objects.filter(state=Part.State.WAITING, next_at__lte=now).order_by("next_at", "id")
    keys = list(due.values_list("pk", flat=True)[:limit])
    for key in keys:
        _share(key, now)
    running = Answer.objects.filter(state=Answer.State.RUNNING).exclude(parts__state=Part.State.WAITING)
    ended = [answer for answer in list(running[:20]) if _finish(answer, now)]
    return len(keys) + len(ended)


def _share(key: int, now: datetime) -> None:
    try:
        with transaction.atomic():
            part = Part.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=key, state=Part.State.WAITING).first()
            if part is not None:
                _carry_out(part, now)
    except Exception as error:
        if not isinstance(error, IntegrityError):  # else: the same citizen's other ticket was just answered by another process
            log.exception("part %s of a reply to all could not be sent", key)
        rows = Part.objects.filter(pk=key, state=Part.State.WAITING)
        rows.update(tries=F("tries") + 1, next_at=now + PAUSE)
        rows.filter(tries__gte=TRIES).update(state=Part.State.FAILED, why=type(error).__name__)


def _carry_out(part: Part, now: datetime) -> None:
    answer = Answer.objects.select_related("person").get(pk=part.answer_id)
    ticket = Ticket.objects.get(pk=part.ticket_id)
    try:
        with transaction.atomic():  # what is refused leaves nothing behind
            _reach(part, answer, ticket, actor_of(answer.person), now)
    except (Conflict, Denied, Invalid) as no:
        part.state, part.why, part.delivery = Part.State.LEFT, str(no)[:200], None
    part.save(update_fields=["state", "why", "delivery"])


def _reach(part: Part, answer: Answer, ticket: Ticket, actor: Actor, now: datetime) -> None:
    """The ticket's own reply; or, where the same citizen has it already by another ticket, this one ends in that one."""
    other = Part.objects.filter(answer=answer, conversation=part.conversation_id, state=Part.State.SENT).select_related("ticket").first()
    why = _why(answer, ticket, actor.person_id)
    if not actor_is_active(answer):
        part.state, part.why = Part.State.LEFT, "inactive"
    elif why or not Member.objects.filter(ticket=ticket, incident=answer.incident_id).exists():
        part.state, part.why = Part.State.LEFT, why or "moved"
    elif other is not None and ticket.state == TicketState.ANSWERED:
        part.state, part.why = Part.State.LEFT, "once"
    else:
        if ticket.owner_id not in (None, actor.person_id):
            take_over(actor, ticket, now)
        if other is not None:
            merge(actor, ticket, other.ticket, now)
            part.state = Part.State.JOINED
        else:
            part.delivery = reply(actor, ticket, answer.text, now)[0]
            part.state = Part.State.SENT


def actor_is_active(answer: Answer) -> bool:
    """Whether whoever wrote the reply may still sign in."""
    return answer.person.is_active


@transaction.atomic
def _finish(answer: Answer, now: datetime) -> bool:
    running = Answer.objects.filter(pk=answer.pk, state=Answer.State.RUNNING)
    if not running.update(state=Answer.State.DONE, done_at=now):
        return False
    row = Incident.objects.get(pk=answer.incident_id)
    record(now, _fact("system:incidents", "answered", row, answer=answer.pk, **counts(answer)))
    return True


def counts(answer: Answer) -> dict[str, int]:
    """How many shares stand in which state."""
    found = dict(Part.objects.filter(answer=answer).order_by().values_list("state").annotate(count=Count("pk")))
    return {state.value: found.get(state.value, 0) for state in Part.State}


@transaction.atomic
def again(actor: Actor, answer: Answer, now: datetime) -> int:
    """Try once more what failed by our fault. Returns how many; raises Conflict where another reply is under way."""
    row = locked({answer.incident_id})[answer.incident_id]
    actor.demand(Right.REPLY, row.department)
    if Answer.objects.filter(incident=row, state=Answer.State.RUNNING).exclude(pk=answer.pk).exists():
        raise Conflict(f"事件 {row.number} 正在统一答复，请待其完成。")
    failed = Part.objects.filter(answer=answer, state=Part.State.FAILED)
    count = failed.update(state=Part.State.WAITING, tries=0, why="", next_at=now)
    if count:
        Answer.objects.filter(pk=answer.pk).update(state=Answer.State.RUNNING, done_at=None)
        record(now, _fact(actor.username, "answering", row, answer=answer.pk, tickets=count))
    return count


def _fact(actor: str, action: str, row: Incident, **detail: Any) -> Fact:
    return Fact(actor, f"incident.{action}", "incident", row.number, row.department_id, detail)
