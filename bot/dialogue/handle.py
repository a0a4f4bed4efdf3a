"""From stored events to tickets and acknowledgements: a batch at a time, the reading of texts first, then one transaction."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from bot.audit.actions import Fact, record
from bot.bulk import write_back, write_new
from bot.channels.models import Account, Conversation
from bot.closing.actions import say_settled
from bot.closing.announcing import note_receipts
from bot.conflict import Conflict
from bot.dialogue.answers import automatic_answer, told_lately
from bot.dialogue.knowing import Found, Known, confirmed, known_answer, look_up
from bot.dialogue.talks import TOUCHED_FIELDS, conversations_of, touch
from bot.inbox.hooks import AutoAnswer
from bot.inbox.models import Inbound
from bot.knowledge.models import Entry
from bot.outbox.actions import held_replies, offer, release
from bot.outbox.models import Delivery
from bot.staff.routing import Tables
from bot.tickets.models import Attachment, Message, Ticket
from bot.tickets.opening import JOINED_FIELDS, Incoming, give_back_numbers, join, new_ticket, take_numbers, tickets_to_join, understood
from policies.closing import Word, listens, word_of
from policies.facts import EventKind, Hold, Lane, Triage, Understanding
from policies.tickets import TicketState
from policies.triage import decide

FETCHED = frozenset({"image", "voice", "video", "file", "sticker"})
NOT_READ = Understanding(intent="", intent_confidence=0.0, subject="", subject_confidence=0.0, source="none")
NEVER_JOINED = (TicketState.REFUSED, TicketState.MERGED)
Reader = Callable[[Sequence[str]], Sequence[Understanding]]


@dataclass(slots=True)
class Work:
    """What one batch adds up to before it is written."""

    now: datetime
    handover: timedelta
    patient: Collection[int] | None = None  # ids of events whose webhook waits for the answer; None: all
    numbers: list[str] = field(default_factory=list)
    opened: list[Ticket] = field(default_factory=list)
    joined: dict[int, Ticket] = field(default_factory=dict)
    latest: dict[int, Ticket] = field(default_factory=dict)  # by conversation: the ticket that further messages join
    told: set[int] = field(default_factory=set)  # conversations in which a machine spoke in the last minutes
    routes: Tables = field(default_factory=lambda: Tables(()))  # who is competent, for the departments whose accounts were written to
    known: Known = field(default_factory=Known)  # what the knowledge base has to say
    messages: list[Message] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    facts: list[tuple[str, Ticket, dict[str, Any]]] = field(default_factory=list)
    answers: dict[int, Delivery] = field(default_factory=dict)  # by inbound id
    voiceless: dict[int, list[Delivery]] = field(default_factory=dict)  # by conversation: replies only a webhook's response can carry
    offered: list[int] = field(default_factory=list)  # those of them given to this batch's webhooks
    held: set[int] = field(default_factory=set)  # conversations in which other replies of people wait
    receipts: list[tuple[str, str, str, str]] = field(default_factory=list)  # what platforms say at last of notices that an answer waits
    settled: list[Ticket] = field(default_factory=list)  # of which the citizen says that they are
    came_back: set[int] = field(default_factory=set)  # conversations in which held replies may leave now


def handle(
    events: Sequence[Inbound], read: Reader, now: datetime, handover: timedelta, patient: Collection[int] | None = None
) -> dict[int, AutoAnswer]:
    """Handle stored events, exactly once each; the automatic answers by event.

    `handover`: how long the outbox leaves an automatic answer to the webhook's own response, for the events in `patient` (None: for all).
    Raises Conflict when one of them was handled meanwhile (nothing is written then).
    """
    said = [event for event in events if event.counted]
    readings = dict(zip((event.pk for event in said), read([event.text for event in said]), strict=True)) if said else {}
    found = look_up(said, readings, now) if said else {}
    with transaction.atomic():
        return _write(events, readings, found, Work(now, handover, patient))


def _write(events: Sequence[Inbound], readings: dict[int, Understanding], found: dict[int, Found], work: Work) -> dict[int, AutoAnswer]:
    now = work.now
    _take(events)
    work.known = confirmed(found, now)
    accounts = {row.pk: row for row in Account.objects.select_related("department").filter(pk__in={event.account_id for event in events})}
    talks = conversations_of(events, now)
    _hold_tickets(talks.values())
    _find_held(work, talks.values())
    if readings:
        work.numbers = take_numbers(len(readings), now)
        work.routes = Tables({row.department for row in accounts.values()})
        work.latest = tickets_to_join([talk.pk for talk in talks.values()], now)
        work.told = told_lately(work.latest, now) if work.latest else set()
    for event in sorted(events, key=lambda row: row.pk):
        account, talk = accounts[event.account_id], talks.get((event.account_id, event.citizen))
        if talk is not None:
            talk.account = account
            if touch(talk, event, account, now):
                work.came_back.add(talk.pk)
        if event.kind == EventKind.OWN_POST and (account.last_published_at is None or account.last_published_at < event.sent_at):
            Account.objects.filter(pk=account.pk).update(last_published_at=event.sent_at)
        if event.kind == EventKind.JOB and isinstance(receipt := event.body.get("detail", {}).get("receipt"), dict):
            work.receipts.append((account.pk, str(receipt.get("citizen")), str(receipt.get("number")), str(receipt.get("status"))))
        if talk is not None and (event.counted or event.kind in (EventKind.FOLLOW, EventKind.SCAN, EventKind.MENU)):
            _take_in(work, event, account, talk, readings.get(event.pk, NOT_READ))
    return _save(work, talks)


def _take(events: Sequence[Inbound]) -> None:
    ids = [event.pk for event in events]
    rows = Inbound.objects.filter(pk__in=ids, state=Inbound.State.STORED).order_by("pk").select_for_update()
    if len(rows.values_list("pk", flat=True)) != len(ids):
        raise Conflict("already handled")
    Inbound.objects.filter(pk__in=ids).update(state=Inbound.State.HANDLED, error="")


def _find_held(work: Work, talks: Iterable[Conversation]) -> None:
    """What people answered and the citizens could not be sent yet."""
    for talk, rows in held_replies([talk.pk for talk in talks]).items():
        if voiceless := [row for row in rows if row.hold == Hold.UNSUPPORTED]:
            work.voiceless[talk] = voiceless
        if len(voiceless) < len(rows):
            work.held.add(talk)


def _hold_tickets(talks: Iterable[Conversation]) -> None:
    """Lock the tickets that messages may join, by key as everybody does: what is read of them stays true until it is written."""
    if connection.features.has_select_for_update:
        joinable = Ticket.objects.filter(conversation__in=[talk.pk for talk in talks]).exclude(state__in=NEVER_JOINED)
        list(joinable.order_by("pk").select_for_update(no_key=True, of=("self",)).values_list("pk", flat=True))


def _take_in(work: Work, event: Inbound, account: Account, talk: Conversation, understanding: Understanding) -> None:
    media = event.body.get("media", [])
    open_one = work.latest.get(talk.pk) if event.counted else None
    triage = decide(
        understanding,
        text=event.text,
        kind=EventKind(event.kind),
        has_media=bool(media),
        joins_open_ticket=open_one is not None,
        only_stickers=bool(media) and all(item.get("kind") == "sticker" for item in media),
    )
    if not event.counted:
        _answer(work, event, talk, triage, None)
        return
    triage, word = _listened(triage, event, open_one, has_media=bool(media))
    incoming = Incoming(event.text, event.sent_at, understanding, triage, word)
    ticket = _ticket(work, account, talk, incoming, open_one) if triage.makes_ticket or open_one else None
    message = Message(
        conversation=talk,
        account=account,
        ticket=ticket,
        inbound=event,
        direction=Message.Direction.CITIZEN,
        author=event.citizen_name,
        text=event.text,
        media=media,
        at=event.sent_at,
    )
    work.messages.append(understood(message, incoming))
    known = known_answer(work.known, event, account, understanding, triage, ticket, new=ticket is not open_one) if ticket else None
    _answer(work, event, talk, triage, ticket, known)


def _listened(triage: Triage, event: Inbound, joined: Ticket | None, *, has_media: bool) -> tuple[Triage, Word]:
    """A courtesy after an answer is answered as one; the word that it is settled, with thanks and the way to rate."""
    word = word_of(event.text, triage.kind, has_media=has_media) if joined else Word.MORE
    if joined is None or not listens(TicketState(joined.state), word):
        return triage, word
    reason = "市民表示已解决" if word is Word.SETTLED else "答复后的致谢，不重新打开"
    return replace(triage, urgent=False, answer="settled" if word is Word.SETTLED else "chat_thanks", reason=reason), word


def _ticket(work: Work, account: Account, talk: Conversation, incoming: Incoming, open_one: Ticket | None) -> Ticket:
    if open_one is not None:
        if incoming.word is Word.SETTLED and open_one.state == TicketState.ANSWERED:
            work.settled.append(open_one)
        join(open_one, talk, incoming, work.now)
        if open_one.pk:
            work.joined[open_one.pk] = open_one
        work.facts.append(("message_joined", open_one, {}))
        return open_one
    competent = work.routes.department(incoming.understanding, account.department_id)
    ticket = new_ticket(work.numbers.pop(0), talk, competent, incoming, work.now)
    work.opened.append(ticket)
    work.facts.append(("opened", ticket, {"kind": ticket.kind, "urgent": ticket.urgent}))
    work.latest[talk.pk] = ticket
    return ticket


def _answer(
    work: Work, event: Inbound, talk: Conversation, triage: Triage, ticket: Ticket | None, known: tuple[str, Entry] | None = None
) -> None:
    waited_for = work.patient is None or event.pk in work.patient
    if waited_for and work.handover and work.voiceless.get(talk.pk):
        work.answers[event.pk] = held = work.voiceless[talk.pk].pop(0)
        work.offered.append(held.pk)
        return
    behind = talk.pk in work.held and talk.pk in work.came_back  # the held answer goes first, and only the outbox keeps that order
    handover = work.handover if waited_for and not behind else timedelta(0)
    made = automatic_answer(event, talk, triage, ticket, work.now, handover, told=talk.pk in work.told, known=known)
    if made is None:
        return
    if known and ticket:
        work.facts.append(("answered_by_machine", ticket, {"entry": known[1].pk, "version": known[1].version}))
    work.told.add(talk.pk)
    delivery, message = made
    work.deliveries.append(delivery)
    work.messages.append(message)
    if not behind:
        work.answers[event.pk] = delivery


def _save(work: Work, talks: dict[tuple[str, str], Conversation]) -> dict[int, AutoAnswer]:
    write_new(work.opened)
    write_back(work.joined.values(), JOINED_FIELDS)
    write_new(work.deliveries)
    write_new(work.messages)
    Attachment.objects.bulk_create(_attachments(work))
    write_back(talks.values(), TOUCHED_FIELDS)
    say_settled(work.settled, work.now)
    note_receipts(work.receipts, work.now)
    if work.came_back:
        release(sorted(work.came_back), work.now)
    if work.offered:
        offer(work.offered, work.now + work.handover)
    if work.numbers:
        give_back_numbers(len(work.numbers), work.now)
    if work.facts:
        record(work.now, *(_fact(*fact) for fact in work.facts))
    return {pk: AutoAnswer(delivery.pk, delivery.text, delivery.lane == Lane.HUMAN) for pk, delivery in work.answers.items()}


def _attachments(work: Work) -> list[Attachment]:
    found = []
    for message in work.messages:
        for position, item in enumerate(message.media if message.inbound_id else []):
            if item.get("kind") in FETCHED and (item.get("ref") or item.get("url")):
                found.append(Attachment(message=message, position=position, name=item.get("name", "")[:200], next_at=work.now))
    return found


def _fact(action: str, ticket: Ticket, detail: dict[str, Any]) -> Fact:
    return Fact("system:dialogue", f"ticket.{action}", "ticket", ticket.number, ticket.department_id, detail)
