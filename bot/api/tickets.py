"""`/api/v1/tickets`."""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from ninja import Router, Schema

from bot import clock
from bot.answering.actions import send
from bot.answering.checking import check
from bot.answering.models import Review
from bot.api import shapes
from bot.api.auth import actor_of
from bot.api.idempotency import once
from bot.api.paging import page
from bot.api.problems import Problem
from bot.closing import refusals
from bot.closing.actions import close_by_hand
from bot.knowledge.suggest import suggestions
from bot.outbox.models import Delivery
from bot.staff.access import Actor, department_ids
from bot.staff.models import Department, Person
from bot.tickets import actions, pausing
from bot.tickets.delivered import marked
from bot.tickets.models import Ticket
from bot.tickets.paging import changed, newest, newest_due, on_time
from bot.tickets.queries import found, tickets_for
from policies.roles import Right
from policies.tickets import OPEN, TicketState

router = Router(tags=["tickets"])


class TextIn(Schema):
    text: str


class ReplyIn(Schema):
    text: str
    seen: str = ""


class NoteIn(Schema):
    note: str = ""


class ReasonIn(Schema):
    reason: str


class TransferIn(Schema):
    department: str
    note: str = ""


class RefuseIn(Schema):
    reason: str = ""
    text: str = ""


class CloseIn(Schema):
    word: str = ""


class MergeIn(Schema):
    into: str


class PauseIn(Schema):
    reason: str
    text: str
    until: datetime


@router.get("")
def list_tickets(
    request: HttpRequest,
    state: str = "",
    account: str = "",
    department: str = "",
    owner: str = "",
    overdue: bool | None = None,
    q: str = "",
    updated_since: datetime | None = None,
    cursor: str = "",
    limit: int = 50,
) -> dict[str, Any]:
    """Tickets this token sees, newest first; with `updated_since`, in the order of their change. `state=open` = all open ones."""
    now, actor = clock.now(), actor_of(request)
    states, departments = _states(state), _departments(actor, department)
    rows = found(Ticket.objects.all(), q) if q else Ticket.objects.all()
    if owner:
        rows = rows.filter(owner=Person.objects.filter(username=owner).values_list("pk", flat=True).first() or -1)
    rows = rows.filter(account=account) if account else rows
    by = "text" if q else "owner" if owner else "account" if account else ""
    whole = Ticket.objects.select_related("account", "department", "owner", "conversation", "merged_into")

    def latest(some: QuerySet[Ticket], count: int) -> list[Ticket]:
        if overdue is None:
            keys = newest(some, departments, states, count, by=by)
        elif overdue:
            keys = newest_due(rows, some, Q(deadline__lt=now), departments, states, count, by=by)
        else:
            keys = on_time(rows, some, departments, states, count, by=by, now=now)
        return marked(list(whole.filter(pk__in=keys).order_by("-pk")))

    def moved(some: QuerySet[Ticket], count: int) -> list[Ticket]:
        some = some if states is None else some.filter(state__in=states)
        late = Q(state__in=OPEN, deadline__lt=now)
        some = some if overdue is None else some.filter(late if overdue else ~late)
        return marked(list(whole.filter(pk__in=changed(some, departments, count)).order_by("updated_at", "pk")))

    if updated_since:
        since = updated_since if updated_since.tzinfo else updated_since.replace(tzinfo=clock.BEIJING)
        return page(rows.filter(updated_at__gte=since), "updated_at", cursor, limit, lambda row: shapes.ticket(row, now), moved)
    return page(rows, "-pk", cursor, limit, lambda row: shapes.ticket(row, now), latest)


def _states(given: str) -> list[str] | None:
    """The states asked for, in words or `open`; None = all."""
    wanted = sorted({name for part in given.split(",") for name in (OPEN if part == "open" else [part])}) if given else None
    if wanted and any(name not in list(TicketState) for name in wanted):
        raise Problem(422, "Unprocessable Content", f"未知状态 {given[:60]}。")
    return wanted


def _departments(actor: Actor, code: str) -> list[int] | None:
    """The departments to look in: the one of this code if the actor sees it, else all the actor sees; None = really all."""
    paths = actor.paths(Right.SEE_TICKETS)
    everywhere = any(path.count("/") == 2 for path in paths)
    if not code:
        return None if everywhere else sorted(department_ids(paths))
    chosen = Department.objects.filter(code=code).first()
    return [chosen.pk] if chosen and actor.may(Right.SEE_TICKETS, chosen) else []


@router.get("/{number}")
def get_ticket(request: HttpRequest, number: str) -> dict[str, Any]:
    """One ticket with its messages."""
    return _whole(_found(request, number))


@router.get("/{number}/suggestions")
def get_suggestions(request: HttpRequest, number: str) -> dict[str, Any]:
    """Up to three texts that might answer it: entries of the knowledge base and earlier replies, personal data masked."""
    rows = suggestions(actor_of(request), _found(request, number), clock.now())
    return {"items": [{"text": row.text, "title": row.title, "entry": row.entry, "ticket": row.ticket, "doubt": row.doubt} for row in rows]}


@router.post("/{number}/claim")
@once
def claim(request: HttpRequest, number: str) -> tuple[int, Any]:
    """Take it."""
    return 200, _whole(actions.claim(actor_of(request), _found(request, number), clock.now()))


@router.post("/{number}/reply")
@once
def reply(request: HttpRequest, number: str, body: ReplyIn) -> tuple[int, Any]:
    """Answer the citizen at once: 202 with the delivery (`parts` where the platform's limit splits the text), or with the review."""
    row = _found(request, number)
    found = [shapes.finding(one) for one in check(row, body.text)]
    done = send(actor_of(request), row, body.text, clock.now(), seen=body.seen, at_once=True)
    if isinstance(done, Review):
        return 202, {"review": {"id": done.pk, "state": done.state, "at": shapes.moment(done.asked_at)}, "findings": found}
    sent = [shapes.delivery(row) for row in Delivery.objects.filter(pk__in=done.deliveries).order_by("pk")]
    return 202, {**sent[0], "parts": sent, "findings": found}


@router.post("/{number}/note")
@once
def note(request: HttpRequest, number: str, body: TextIn) -> tuple[int, Any]:
    """An internal remark."""
    return 201, shapes.message(actions.note(actor_of(request), _found(request, number), body.text, clock.now()))


@router.post("/{number}/transfer")
@once
def transfer(request: HttpRequest, number: str, body: TransferIn) -> tuple[int, Any]:
    """To another department; the clock runs on."""
    department = Department.objects.filter(code=body.department).first() or Department.objects.filter(name=body.department).first()
    if department is None:
        raise Problem(422, "Unprocessable Content", f"没有部门 {body.department[:60]}。")
    return 200, _whole(actions.transfer(actor_of(request), _found(request, number), department, body.note, clock.now()))


@router.post("/{number}/hand-back")
@once
def hand_back(request: HttpRequest, number: str, body: ReasonIn) -> tuple[int, Any]:
    """Not ours: to the department above."""
    return 200, _whole(actions.hand_back(actor_of(request), _found(request, number), body.reason, clock.now()))


@router.post("/{number}/extend")
@once
def extend(request: HttpRequest, number: str, body: ReasonIn) -> tuple[int, Any]:
    """One extension; the citizen is told."""
    return 200, _whole(actions.extend(actor_of(request), _found(request, number), body.reason, clock.now()))


@router.post("/{number}/pause")
@once
def pause(request: HttpRequest, number: str, body: PauseIn) -> tuple[int, Any]:
    """Ask the citizen for something; the clock stands until then at the longest."""
    until = body.until if body.until.tzinfo else body.until.replace(tzinfo=clock.BEIJING)
    row = _found(request, number)
    return 200, _whole(pausing.pause(actor_of(request), row, body.reason, until, clock.now(), words=body.text))


@router.post("/{number}/resume")
@once
def resume(request: HttpRequest, number: str) -> tuple[int, Any]:
    """The clock goes on before that."""
    return 200, _whole(pausing.resume(actor_of(request), _found(request, number), clock.now()))


@router.post("/{number}/refuse")
@once
def refuse(request: HttpRequest, number: str, body: RefuseIn) -> tuple[int, Any]:
    """The first person proposes with reason and text (202); a second person's call agrees (200)."""
    actor, row = actor_of(request), _found(request, number)
    if row.state == TicketState.REFUSAL_ASKED:
        return 200, _whole(actions.confirm_refusal(actor, row, clock.now()))
    return 202, _whole(refusals.ask(actor, row, body.reason, body.text, clock.now()))


@router.post("/{number}/decline-refusal")
@once
def decline_refusal(request: HttpRequest, number: str, body: NoteIn) -> tuple[int, Any]:
    """The second person disagrees."""
    return 200, _whole(actions.decline_refusal(actor_of(request), _found(request, number), body.note, clock.now()))


@router.post("/{number}/merge")
@once
def merge(request: HttpRequest, number: str, body: MergeIn) -> tuple[int, Any]:
    """Into another ticket."""
    return 200, _whole(actions.merge(actor_of(request), _found(request, number), _found(request, body.into), clock.now()))


@router.post("/{number}/close")
@once
def close(request: HttpRequest, number: str, body: CloseIn | None = None) -> tuple[int, Any]:
    """Finish an answered one on the citizen's word, which `word` repeats; silence does it by itself."""
    word = body.word if body else ""
    return 200, _whole(close_by_hand(actor_of(request), _found(request, number), word, clock.now()))


def _found(request: HttpRequest, number: str) -> Ticket:
    actor: Actor = actor_of(request)
    row = tickets_for(actor).select_related("merged_into").filter(number=number).first()
    if row is None:
        raise Problem(404, "Not Found", "没有这张诉求单，或您无权查看。")
    return row


def _whole(row: Ticket) -> dict[str, Any]:
    messages = row.messages.select_related("delivery").prefetch_related("attachments").order_by("at", "id")
    return shapes.ticket(row, clock.now(), list(messages))
