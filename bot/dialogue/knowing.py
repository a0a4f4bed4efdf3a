"""Answers from the knowledge base: looked for before a batch is written, decided by the rule while it is."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings

from bot.channels.models import Account
from bot.dialogue.answers import room_of
from bot.inbox.models import Inbound
from bot.knowledge.models import Entry
from bot.knowledge.queries import in_force, today, with_contradiction
from bot.knowledge.shelf import shelf
from bot.staff.routing import Tables
from bot.tickets.models import Ticket
from nlu.retrieval import Hit
from policies.answers import Room, answer_text, deadline_in_words
from policies.facts import EventKind, Triage, Understanding
from policies.knowledge import Candidate, contradict, may_answer
from policies.texts import length

KEY = "knowledge_answer"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """The entries nearest to one message, in the department the message will go to."""

    hits: tuple[Hit, ...]  # the nearest first
    department: int
    subjects: frozenset[str]  # switched on there


@dataclass(frozen=True, slots=True)
class Known:
    """What was found for a batch, and the entries as they are while it is written."""

    found: Mapping[int, Found] = field(default_factory=dict)
    entries: Mapping[int, Entry] = field(default_factory=dict)


def look_up(events: Sequence[Inbound], readings: Mapping[int, Understanding], now: datetime) -> dict[int, Found]:
    """By event, the nearest entries. One small read while nothing is switched on. A fault here must not keep a message from its ticket."""
    try:
        return _looked_up(events, readings, now)
    except Exception:
        log.exception("the knowledge base could not be asked; the receipt goes out instead")
        return {}


def _looked_up(events: Sequence[Inbound], readings: Mapping[int, Understanding], now: datetime) -> dict[int, Found]:
    held = shelf(now)
    if not held.switched:
        return {}
    accounts = {row.pk: row for row in Account.objects.select_related("department").filter(pk__in={event.account_id for event in events})}
    routes, found = Tables({row.department for row in accounts.values()}), {}
    for event in events:
        reading, account = readings.get(event.pk), accounts.get(event.account_id)
        if reading is None or account is None or event.kind != EventKind.MESSAGE or not event.text:
            continue
        department = routes.department(reading, account.department_id)
        hits = held.search(event.text, held.sources[department], limit=3) if department in held.switched else []
        if hits:
            found[event.pk] = Found(tuple(hits), department, held.switched[department])
    return found


def confirmed(found: Mapping[int, Found], now: datetime) -> Known:
    """What was found, with the entries as they are at this moment, those still in force: a shelf may be a second old."""
    if not found:
        return Known()
    rows = with_contradiction(Entry.objects.select_related("department"), today(now))
    held = in_force(rows, today(now)).filter(pk__in={hit.key for one in found.values() for hit in one.hits})
    return Known(found, {row.pk: row for row in held})


def known_answer(
    known: Known, event: Inbound, account: Account, reading: Understanding, triage: Triage, ticket: Ticket, *, new: bool
) -> tuple[str, Entry] | None:
    """The words to send and the entry they come from; None where a machine must not answer, or the platform would not take it whole."""
    found = known.found.get(event.pk)
    entry = known.entries.get(found.hits[0].key) if found else None
    if found is None or entry is None or ticket.department_id != found.department:
        return None
    words = "\n".join((*entry.asks, entry.answer, entry.department.name))
    candidate = Candidate(
        found.hits[0].asked,
        entry.question,
        words,
        in_force=True,
        contradicted=entry.contradicted,  # type: ignore[attr-defined]
        switched_on=entry.subject in found.subjects,
        rival=_rival(entry, found, known),
    )
    media = bool(event.body.get("media"))
    if may_answer(triage, EventKind(event.kind), event.text, reading.entities, candidate, new_ticket=new, has_media=media):
        return None
    room = room_of(account)
    text = text_of(entry, ticket, room)
    return (text, entry) if length(text, room.unit) <= room.most else None


def _rival(entry: Entry, found: Found, known: Known) -> float:
    """How near the next entry is that would tell the citizen something else."""
    others = ((hit.asked, known.entries.get(hit.key)) for hit in found.hits[1:])
    return max((near for near, other in others if other and contradict(entry.answer, other.answer)), default=0.0)


def text_of(entry: Entry, ticket: Ticket, room: Room) -> str:
    """The automatic answer: what it is, the answer, where it stands and since when, and that a person still looks."""
    return answer_text(
        KEY,
        "zh",
        number=ticket.number,
        query_url=f"{settings.PUBLIC_URL}/q/{ticket.query_code}",
        deadline_text=deadline_in_words(ticket.service_deadline, "zh"),
        department="",
        answer=entry.answer,
        source=source_of(entry),
        room=room,
    )


def source_of(entry: Entry) -> str:
    """The document, its address, and the day this version was published."""
    day = today(entry.published_at) if entry.published_at else ""
    return " ".join(part for part in (f"《{entry.source_name.strip('《》')}》", entry.source_url, f"（{day} 核对）") if part)
