"""`/api/v1/incidents`: events that many citizens wrote about, and one reply to all of them."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from bot import clock
from bot.api import shapes
from bot.api.auth import actor_of
from bot.api.idempotency import once
from bot.api.paging import page
from bot.api.problems import Problem
from bot.incidents import answering
from bot.incidents.models import Answer, Incident, Part
from bot.incidents.queries import answers_of, hottest, incidents_for, shown, tickets_in
from policies.incidents import IncidentState

router = Router(tags=["incidents"])
MOST_TICKETS = 500  # named in one incident's document
HOTTEST_MOST = 200


class ReplyIn(Schema):
    text: str
    colleagues: bool = False  # also tickets that a colleague has claimed
    answered: bool = False  # also tickets that have an answer
    tickets: list[str] | None = None  # only these


@router.get("")
def list_incidents(
    request: HttpRequest, state: str = "", department: str = "", q: str = "", order: str = "heat", cursor: str = "", limit: int = 50
) -> dict[str, Any]:
    """Incidents this token sees. `order=heat`: the hottest first, at most 200, without a cursor; `order=new`: newest first, by cursor."""
    if state and state not in list(IncidentState):
        raise Problem(422, "Unprocessable Content", f"未知状态 {state[:60]}。")
    actor, now = actor_of(request), clock.now()
    if order == "heat":
        rows = hottest(actor, department, q)
        rows = rows.filter(state=state) if state else rows
        return {"items": [shapes.incident(one) for one in shown(rows[: max(1, min(limit, HOTTEST_MOST))], now)], "next": None}
    found = incidents_for(actor)
    found = found.filter(state=state) if state else found
    found = found.filter(department__code=department) if department else found
    found = found.filter(title__icontains=q) if q else found
    part = page(found, "-pk", cursor, limit, lambda row: {"row": row})
    return {**part, "items": [shapes.incident(one) for one in shown([item["row"] for item in part["items"]], now)]}


@router.get("/{number}")
def get_incident(request: HttpRequest, number: str) -> dict[str, Any]:
    """One incident with its tickets (the newest 500) and its replies to all."""
    return _whole(_found(request, number))


@router.post("/{number}/reply")
@once
def post_reply(request: HttpRequest, number: str, body: ReplyIn) -> tuple[int, Any]:
    """Answer everybody in it, each ticket with a reply of its own: 202 with the progress; `replies` of the incident goes on telling."""
    row = _found(request, number)
    only = None
    if body.tickets is not None:
        only = list(tickets_in(row).filter(number__in=body.tickets[:MOST_TICKETS]).values_list("pk", flat=True))
    choice = answering.Choice(body.colleagues, body.answered, only)
    return 202, _answer(answering.start(actor_of(request), row, body.text, choice, clock.now()))


def _found(request: HttpRequest, number: str) -> Incident:
    row = incidents_for(actor_of(request)).filter(number=number).first()
    if row is None:
        raise Problem(404, "Not Found", "没有这个事件，或您无权查看。")
    return row


def _whole(row: Incident) -> dict[str, Any]:
    now = clock.now()
    tickets = [
        {"number": ticket.number, "state": ticket.state, "owner": ticket.owner.username if ticket.owner else None}
        | {"citizen": ticket.conversation.external_id, "account": ticket.account_id, "first_line": ticket.first_line}
        | {"received_at": shapes.moment(ticket.received_at)}
        for ticket in tickets_in(row)[:MOST_TICKETS]
    ]
    return {**shapes.incident(shown([row], now)[0]), "tickets": tickets, "replies": [_answer(answer) for answer in answers_of(row)[:20]]}


def _answer(answer: Answer) -> dict[str, Any]:
    parts = Part.objects.filter(answer=answer).select_related("ticket").order_by("pk")[:MOST_TICKETS]
    return {
        "id": answer.pk,
        "state": answer.state,
        "text": answer.text,
        "author": answer.person.username,
        "at": shapes.moment(answer.at),
        "done_at": shapes.moment(answer.done_at),
        "counts": answering.counts(answer),
        "parts": [{"ticket": part.ticket.number, "state": part.state, "why": part.why, "delivery": part.delivery_id} for part in parts],
    }
