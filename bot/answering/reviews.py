"""Replies that a second person reads before they leave: where, which, and what they decide."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from bot.answering import drafts
from bot.answering.checking import serving
from bot.answering.models import Review, ReviewSwitch
from bot.audit.actions import Fact, record
from bot.conflict import Conflict, Denied
from bot.staff.access import Actor, actor_of, visible_to
from bot.staff.actions import Invalid
from bot.staff.models import Department
from bot.tickets.actions import locked
from bot.tickets.drafting import set_aside, take_up
from bot.tickets.models import Ticket
from policies.roles import Right
from policies.tickets import OPEN, TicketState

S = Review.State


def needed(ticket: Ticket) -> bool:
    """Whether a second person reads replies to this ticket: the nearest department that says so for its subject decides."""
    return subjects_of(ticket.department).get(ticket.subject, False)


def subjects_of(department: Department) -> Mapping[str, bool]:
    """What is switched for each subject here, by this department or the nearest above it that says anything."""
    over = serving(department)
    rows = ReviewSwitch.objects.filter(department__code__in=over).values_list("department__code", "subject", "on")
    found: dict[str, bool] = {}
    for _, subject, on in sorted(rows, key=lambda row: -over.index(row[0])):
        found[subject] = on
    return found


@transaction.atomic
def switch(actor: Actor, department: Department, subject: str, on: bool, now: datetime) -> None:
    """Have a second person read a department's replies on a subject, or no longer. Raises Denied."""
    actor.demand(Right.SWITCH_REVIEWS, department)
    values = {"on": on, "changed_by_id": actor.person_id, "changed_at": now}
    ReviewSwitch.objects.update_or_create(department=department, subject=subject, defaults=values)
    name = "answering.review_on" if on else "answering.review_off"
    record(now, Fact(actor.username, name, "switch", f"{department.code}/{subject}", department.pk, {"subject": subject}))


def ask(actor: Actor, ticket: Ticket, text: str, seen: str, now: datetime) -> Review:
    """Hand a reply to the second person; the deadline runs on. Inside the caller's transaction, on a locked ticket that is theirs."""
    recall_waiting(ticket, now)
    if ticket.state != TicketState.ANSWERED:  # what is added to an answer waits as well, but the citizen has the answer
        set_aside(actor, ticket, now)
    drafts.forget(actor.person_id, ticket)
    review = Review.objects.create(
        ticket=ticket, author_id=actor.person_id, department=ticket.department, text=text, seen=seen, asked_at=now
    )
    record(now, _fact(actor, "review_asked", ticket))
    return review


def recall_waiting(ticket: Ticket, now: datetime) -> None:
    """Another reply takes the place of the one that waits. Inside the caller's transaction."""
    Review.objects.filter(ticket=ticket, state=S.WAITING).update(state=S.RECALLED, decided_at=now)


def to_decide(actor: Actor, review: Review) -> tuple[Ticket, Review, Actor]:
    """The rows, locked, with the reply's author, if this actor may decide now. Raises Conflict, Denied."""
    ticket = locked(review.ticket)
    actor.demand(Right.REVIEW_REPLIES, ticket.department)
    row = Review.objects.select_for_update(of=("self",)).select_related("author").get(pk=review.pk)
    if row.author_id == actor.person_id:
        raise Denied("答复须由另一人审核。")
    if row.state != S.WAITING or not _stands(row, ticket):
        raise Conflict(f"诉求单 {ticket.number} 没有待审核的答复。")
    return ticket, row, actor_of(row.author)


def decide(review: Review, state: str, actor: Actor, comment: str, now: datetime) -> None:
    """Write the decision down. Inside the caller's transaction."""
    review.state, review.reviewer_id, review.comment, review.decided_at = state, actor.person_id, comment, now
    review.save(update_fields=["state", "reviewer", "comment", "decided_at"])


@transaction.atomic
def give_back(actor: Actor, review: Review, comment: str, now: datetime) -> None:
    """The second person does not send it: its author works on, with the comment. Raises Conflict, Denied, Invalid."""
    ticket, review, author = to_decide(actor, review)
    comment = comment.replace("\x00", "").strip()[:300]
    if not comment:
        raise Invalid("请填写退回的原因。")
    decide(review, S.RETURNED, actor, comment, now)
    if ticket.state == TicketState.DRAFTED:
        take_up(ticket, author.person_id, now)
    drafts.put_back(author.person_id, ticket, review.text, now)
    record(now, _fact(actor, "review_returned", ticket, reason=comment))


@transaction.atomic
def recall(actor: Actor, review: Review, now: datetime) -> None:
    """Its author takes it back to change it. Raises Conflict, Denied."""
    ticket = locked(review.ticket)
    actor.demand(Right.REPLY, ticket.department)
    row = Review.objects.select_for_update(of=("self",)).get(pk=review.pk)
    if row.author_id != actor.person_id:
        raise Denied("您没有此项权限。")
    if row.state != S.WAITING:
        raise Conflict(f"诉求单 {ticket.number} 没有待审核的答复。")
    recall_waiting(ticket, now)
    if ticket.state == TicketState.DRAFTED:
        take_up(ticket, actor.person_id, now)
    drafts.put_back(actor.person_id, ticket, row.text, now)
    record(now, _fact(actor, "review_recalled", ticket))


def latest(ticket: Ticket) -> Review | None:
    """The reply that waits on this ticket, or the last one that was given back and not written anew."""
    row = Review.objects.filter(ticket=ticket).select_related("author", "reviewer").order_by("-pk").first()
    if row is None or row.state not in (S.WAITING, S.RETURNED) or not _stands(row, ticket):
        return None
    return row if row.state == S.WAITING or ticket.state == TicketState.CLAIMED else None


def _stands(row: Review, ticket: Ticket) -> bool:
    """Whether the reply still belongs to the ticket: not to another department's, an ended one, or one to be refused.

    A ticket that climbed the ladder while it waited can still be answered with it.
    """
    open_or_answered = (OPEN - {TicketState.REFUSAL_ASKED}) | {TicketState.ANSWERED}
    return ticket.state in open_or_answered and ticket.department_id == row.department_id


def switches_for(actor: Actor) -> QuerySet[ReviewSwitch]:
    """The switches of the departments this actor sees."""
    return visible_to(ReviewSwitch.objects.select_related("department", "changed_by"), actor, right=Right.SEE_TICKETS)


def _fact(actor: Actor, action: str, ticket: Ticket, **detail: str) -> Fact:
    return Fact(actor.username, f"ticket.{action}", "ticket", ticket.number, ticket.department_id, dict(detail))
