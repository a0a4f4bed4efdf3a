"""Drafts kept as they are typed, who is writing where, and which part of a conversation a writer has seen.

Keeping a draft is no act of the office: nothing leaves, nothing moves. So it writes no audit row, unlike every other action.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max

from bot.answering.models import Draft, Review, Sending
from bot.conflict import Conflict
from bot.staff.access import Actor
from bot.tickets.actions import REPLY_MAX
from bot.tickets.models import Message, Ticket
from policies.answering import TYPING, Version, version
from policies.roles import Right

SPOKEN = (Message.Direction.CITIZEN, Message.Direction.HUMAN)
TYPING_MOST = 200
MOMENT = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Writer:
    """Somebody who is writing a reply just now."""

    number: str
    department_id: int
    person_id: int
    name: str


def keep(actor: Actor, ticket: Ticket, text: str, now: datetime) -> None:
    """Keep what the actor has typed so far, and show colleagues that they write. An emptied draft is forgotten. Raises Denied."""
    actor.demand(Right.REPLY, ticket.department)
    text = text.replace("\x00", "")[:REPLY_MAX]
    if text.strip() and not _just_sent(actor.person_id, ticket, text.strip(), now):
        values = {"text": text, "updated_at": now, "typing_until": now + TYPING}
        Draft.objects.update_or_create(ticket=ticket, person_id=actor.person_id, defaults=values)
    else:
        forget(actor.person_id, ticket)


def _just_sent(person_id: int, ticket: Ticket, text: str, now: datetime) -> bool:
    """Whether this is what was sent a moment ago: the page's last word on the draft may come after the reply itself."""
    mine = {"ticket": ticket, "text": text}
    asked = Review.objects.filter(**mine, author=person_id, state=Review.State.WAITING, asked_at__gt=now - MOMENT)
    sent = Sending.objects.filter(**mine, person=person_id, state=Sending.State.SENT, at__gt=now - MOMENT)
    return sent.exists() or asked.exists()


def kept(actor: Actor, ticket: Ticket) -> str:
    """What the actor had typed."""
    return Draft.objects.filter(ticket=ticket, person=actor.person_id).values_list("text", flat=True).first() or ""


def forget(person_id: int, ticket: Ticket) -> None:
    """The reply is sent: its draft is not needed any more."""
    Draft.objects.filter(ticket=ticket, person=person_id).delete()


def put_back(person_id: int, ticket: Ticket, text: str, now: datetime) -> None:
    """A reply that did not leave is its writer's draft again; what they have begun since stays below it."""
    begun = Draft.objects.filter(ticket=ticket, person=person_id).values_list("text", flat=True).first() or ""
    whole = text if begun.strip() in ("", text.strip()) else f"{text}\n\n{begun}"
    values = {"text": whole[:REPLY_MAX], "updated_at": now, "typing_until": None}
    Draft.objects.update_or_create(ticket=ticket, person_id=person_id, defaults=values)


def writers(now: datetime, ticket: Ticket | None = None) -> list[Writer]:
    """Who is writing just now: on this ticket, or on any."""
    rows = Draft.objects.filter(typing_until__gt=now)
    rows = rows if ticket is None else rows.filter(ticket=ticket)
    found = rows.order_by("pk").values_list("ticket__number", "ticket__department", "person", "person__name")[:TYPING_MOST]
    return [Writer(*row) for row in found]


def version_of(ticket: Ticket) -> Version:
    """How much has been said to and fro on this ticket, notes aside."""
    said = Message.objects.filter(ticket=ticket, direction__in=SPOKEN).aggregate(newest=Max("pk"), count=Count("pk"))
    return Version(said["newest"] or 0, said["count"])


def refuse_unseen(ticket: Ticket, seen: str) -> None:
    """Raise Conflict when something was said that the writer had not seen. `seen` "" = the caller does not say."""
    if not seen:
        return
    knew, stands = version(seen), version_of(ticket)
    if knew == stands:
        return
    newer = Message.objects.filter(ticket=ticket, direction__in=SPOKEN, pk__gt=knew.newest if knew else 0).order_by("pk")
    last = newer.last()
    if last is not None and last.direction == Message.Direction.HUMAN:
        raise Conflict(f"{last.author} 刚刚已答复诉求单 {ticket.number}，您的答复没有发出。请看新的答复，再决定是否补充。")
    raise Conflict(f"市民在诉求单 {ticket.number} 上又发来消息，您的答复没有发出。请看新的消息，再决定怎样答复。")
