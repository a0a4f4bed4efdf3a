"""What might help a person to answer a ticket: entries, and what colleagues of the same department said to the like before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db.models import Max

from bot.knowledge.models import Entry
from bot.knowledge.queries import in_force, serving, today, with_contradiction
from bot.knowledge.shelf import shelf
from bot.staff.access import Actor
from bot.tickets.models import Message, Ticket
from bot.tickets.queries import tickets_for
from nlu.retrieval import Document, Index
from policies.masking import mask
from policies.roles import Right

MOST = 3
LEAST = 0.12  # further away, a suggestion only costs reading
BEHIND = 0.85  # an entry was reviewed, an earlier reply was written for one case: it must be nearer to come first
EARLIER = 400  # of a department's latest replies that are looked through
ASKED = 2000  # characters


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One text to insert, and where it comes from. `doubt`: it contradicts another entry."""

    text: str
    title: str
    nearness: float
    entry: int | None = None
    ticket: str = ""
    at: datetime | None = None
    doubt: bool = False


def suggestions(actor: Actor, ticket: Ticket, now: datetime) -> list[Suggestion]:
    """The best few, nearest first. Only what the actor may see; earlier replies with personal data masked."""
    said = ticket.messages.filter(direction=Message.Direction.CITIZEN).order_by("-at", "-pk").values_list("text", flat=True)[:3]
    asked = "\n".join(reversed(said))[:ASKED]
    found = [*_entries(actor, ticket, asked, now), *_earlier(actor, ticket, asked)]
    found.sort(key=lambda one: -(one.nearness if one.entry else one.nearness * BEHIND))
    return _different(found)[:MOST]


def _entries(actor: Actor, ticket: Ticket, asked: str, now: datetime) -> list[Suggestion]:
    if not actor.may(Right.SEE_KNOWLEDGE, ticket.department):
        return []
    hits = {hit.key: hit for hit in shelf(now).search(asked, serving(ticket.department), limit=MOST + 2)}
    rows = in_force(with_contradiction(Entry.objects.filter(pk__in=hits), today(now)), today(now))
    return [
        Suggestion(row.answer, row.question, hits[row.pk].similarity, entry=row.pk, at=row.published_at, doubt=row.contradicted)
        for row in rows
        if hits[row.pk].similarity >= LEAST
    ]


def _earlier(actor: Actor, ticket: Ticket, asked: str) -> list[Suggestion]:
    if not tickets_for(actor).filter(pk=ticket.pk).exists():
        return []
    mine = Message.objects.filter(direction=Message.Direction.HUMAN, ticket__department=ticket.department_id)
    newest = mine.aggregate(newest=Max("pk"))["newest"]
    if newest is None:
        return []
    index = _replies_of(ticket.department_id, newest)
    hits = {hit.key: hit for hit in index.search(asked, limit=MOST + 2) if hit.similarity >= LEAST}
    rows = mine.filter(pk__in=hits).exclude(ticket=ticket.pk).select_related("ticket")
    return [_reply(row, hits[row.pk].similarity) for row in rows]


def _reply(row: Message, nearness: float) -> Suggestion:
    ticket = row.ticket
    line, number = (ticket.first_line, ticket.number) if ticket else ("", "")
    return Suggestion(mask(row.text), mask(line), nearness, ticket=number, at=row.at)


@lru_cache(maxsize=32)
def _replies_of(department: int, newest: int) -> Index:
    """An index over a department's latest replies, by what the citizen had written; kept until there is a newer reply."""
    rows = Message.objects.filter(direction=Message.Direction.HUMAN, ticket__department=department, pk__lte=newest).order_by("-pk")
    replies = list(rows.exclude(ticket=None).values_list("pk", "text", "ticket")[:EARLIER])
    asked = _asked_in([ticket for _, _, ticket in replies])
    return Index(Document(pk, (asked[ticket],), text) for pk, text, ticket in replies if asked.get(ticket))


def _asked_in(tickets: Sequence[int | None]) -> dict[int | None, str]:
    """What the citizen first wrote in each of these tickets."""
    said = Message.objects.filter(ticket__in=set(tickets), direction=Message.Direction.CITIZEN).order_by("-at", "-pk")
    return dict(said.values_list("ticket", "text"))


def _different(found: Sequence[Suggestion]) -> list[Suggestion]:
    """Without a text that is there already."""
    seen: set[str] = set()
    kept = []
    for one in found:
        bare = "".join(one.text.split())
        if bare and bare not in seen:
            seen.add(bare)
            kept.append(one)
    return kept
