"""Sending a person's reply, and taking it back while it has not left."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from bot.answering import drafts, files, reviews
from bot.answering.checking import check, demand_sound
from bot.answering.models import Review, Sending
from bot.audit.actions import Fact, record
from bot.conflict import Conflict
from bot.outbox.settling import take_back
from bot.staff.access import Actor
from bot.tickets.actions import clean, locked, refuse_ended, refuse_if_anothers, reply
from bot.tickets.drafting import restore, standing
from bot.tickets.models import Message, Ticket
from policies.answering import undo_time
from policies.roles import Right


@transaction.atomic
def send(
    actor: Actor, ticket: Ticket, text: str, now: datetime, *, seen: str = "", accepted: str | None = None, at_once: bool = False
) -> Sending | Review:
    """Answer the citizen; or, where a second person reads replies of this kind, hand the reply to them.

    `seen`: the version of the conversation its writer knew; a newer one is refused, not overwritten. `accepted`: the warnings they
    have read; None = the words are not checked (a program answers for its own). `at_once`: nothing to take back.
    Raises Conflict, Denied, Invalid; Doubt for what is wrong with the words.
    """
    ticket, text = locked(ticket), clean(text)
    actor.demand(Right.REPLY, ticket.department)
    refuse_ended(ticket)
    drafts.refuse_unseen(ticket, seen)
    refuse_if_anothers(actor, ticket)
    if accepted is not None:
        demand_sound(check(ticket, text), accepted)
    if reviews.needed(ticket):
        return reviews.ask(actor, ticket, text, str(drafts.version_of(ticket)), now)
    return _leave(actor, ticket, text, now, timedelta(0) if at_once else _wait(ticket))


def _wait(ticket: Ticket) -> timedelta:
    """How long a reply can be taken back: as the installation has it; where somebody is in danger, as the rule says."""
    return undo_time(urgent=True) if ticket.urgent else timedelta(seconds=settings.UNDO_SECONDS)


def _leave(actor: Actor, ticket: Ticket, text: str, now: datetime, wait: timedelta, approved_by: Actor | None = None) -> Sending:
    before = standing(ticket)
    sent = reply(actor, ticket, files.with_link(actor.person_id, ticket, text), now, wait=wait, approved_by=approved_by)
    files.attach(actor.person_id, ticket, sent[-1])
    reviews.recall_waiting(ticket, now)
    drafts.forget(actor.person_id, ticket)
    keys = [row.pk for row in sent]
    return Sending.objects.create(
        ticket=ticket, person_id=actor.person_id, text=text, deliveries=keys, at=now, until=now + wait, before=before
    )


@transaction.atomic
def approve(actor: Actor, review: Review, now: datetime) -> Sending:
    """The second person sends the reply as it was written. Raises Conflict, Denied (to its author)."""
    ticket, review, author = reviews.to_decide(actor, review)
    drafts.refuse_unseen(ticket, review.seen)
    reviews.decide(review, Review.State.APPROVED, actor, "", now)
    return _leave(author, ticket, review.text, now, _wait(ticket), approved_by=actor)


@transaction.atomic
def withdraw(actor: Actor, ticket: Ticket, now: datetime) -> Sending:
    """Take the last reply back before it leaves: the ticket stands as it stood, and the words are a draft again.

    Its writer may, and whoever may take tickets from people. Raises Conflict once it is under way, Denied.
    """
    ticket = locked(ticket)
    last = Sending.objects.select_for_update(of=("self",)).filter(ticket=ticket).order_by("-pk").first()
    if last is None or last.state != Sending.State.SENT:
        raise Conflict("没有可以撤回的答复。")
    actor.demand(Right.REPLY if last.person_id == actor.person_id else Right.ASSIGN, ticket.department)
    take_back(actor.username, last.deliveries, last.until, now)
    files.detach(last.deliveries)
    Message.objects.filter(delivery__in=last.deliveries).update(direction=Message.Direction.NOTE)
    restore(ticket, last.before, last.person_id, now)
    drafts.put_back(last.person_id, ticket, last.text, now)
    last.state = Sending.State.WITHDRAWN
    last.save(update_fields=["state"])
    record(
        now, Fact(actor.username, "ticket.reply_withdrawn", "ticket", ticket.number, ticket.department_id, {"parts": len(last.deliveries)})
    )
    return last


def may_take_back(actor: Actor, ticket: Ticket, now: datetime) -> Sending | None:
    """The reply this actor could still take back, if there is one. Only a help for the eye: `withdraw` decides."""
    last = Sending.objects.filter(ticket=ticket).order_by("-pk").first()
    if last is None or last.state != Sending.State.SENT or last.until <= now:
        return None
    theirs = last.person_id == actor.person_id
    return last if actor.may(Right.REPLY if theirs else Right.ASSIGN, ticket.department) else None


def not_gone_yet(tickets: Iterable[Ticket], now: datetime) -> list[int]:
    """The deliveries of replies that their writers can still take back: no citizen reads them before they leave."""
    open_ones = Sending.objects.filter(ticket__in=list(tickets), state=Sending.State.SENT, until__gt=now)
    return [key for keys in open_ones.values_list("deliveries", flat=True) for key in keys]
