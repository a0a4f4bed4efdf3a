"""What the console's pages read, beyond what each room already answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from bot import clock
from bot.audit.models import Entry
from bot.channels.models import Account
from bot.channels.queries import accounts_for, limits_of, window_of
from bot.console.finds import Finds, finds
from bot.console.words import DELIVERY, TAKEN_BACK, DeliveryWords
from bot.learning.models import Correction
from bot.learning.queries import suggested_for
from bot.outbox.models import Delivery
from bot.staff.access import Actor, visible_to
from bot.staff.models import Department
from bot.staff.queries import departments_for
from bot.staff.routing import suggested
from bot.tickets.models import Attachment, Message, Ticket
from bot.tickets.paging import Place, Wanted, count_before
from bot.tickets.queries import SOON, tickets_for
from policies.deliveries import NEEDS_PERSON, DeliveryState
from policies.facts import Lane
from policies.masking import mask
from policies.roles import Right
from policies.windows import may_send

BUBBLES = 300  # of one conversation; older ones are left to search
RETRIABLE = (DeliveryState.REFUSED, DeliveryState.RECONNECT, DeliveryState.DEAD)
GROUPS = ("overdue", "soon", "today", "later")


@dataclass(frozen=True, slots=True)
class Piece:
    """One attachment of a bubble: what the platform said of it, and what we have fetched."""

    media: Mapping[str, Any]
    stored: Attachment | None

    @property
    def kind(self) -> str:
        return str(self.media.get("kind") or "file")

    @property
    def name(self) -> str:
        return str(self.media.get("name") or "")

    @property
    def text(self) -> str:
        return str(self.media.get("text") or "")

    @property
    def url(self) -> str:
        return str(self.media.get("url") or "")

    @property
    def place(self) -> str:
        """The coordinates, where there are any."""
        latitude, longitude = self.media.get("latitude"), self.media.get("longitude")
        return "" if latitude is None or longitude is None else f"{latitude}, {longitude}"


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message as the page shows it."""

    message: Message
    pieces: list[Piece]
    delivery: Delivery | None
    words: DeliveryWords | None
    settles: bool
    retries: bool
    text: str  # masked for who does not answer citizens
    finds: Finds
    corrects: bool = False
    said: Correction | None = None


@dataclass(frozen=True, slots=True)
class ReplyWindow:
    """What may still be sent to this citizen now."""

    is_open: bool
    left: int | None  # None: not counted
    until: datetime | None  # None: never closes
    sends_now: bool


@dataclass(slots=True)
class Group:
    """Rows of the queue with the same urgency."""

    key: str
    rows: list[Ticket] = field(default_factory=list)
    count: int | None = None


def bubbles(actor: Actor, ticket: Ticket) -> list[Bubble]:
    """The conversation of a ticket, with what was merged into it, oldest first."""
    rows = Message.objects.filter(Q(ticket=ticket) | Q(ticket__merged_into=ticket, ticket__conversation=ticket.conversation_id))
    said = Prefetch("corrections", Correction.objects.filter(current=True).select_related("person"), to_attr="said")
    newest = (
        rows.select_related("delivery", "person").prefetch_related("attachments", "uploads__ticket", said).order_by("-at", "-pk")[:BUBBLES]
    )
    settles = actor.may(Right.SETTLE_DELIVERY, ticket.department)
    numbers = actor.may(Right.REPLY, ticket.department)
    corrects = actor.may(Right.CORRECT, ticket.department)
    return [_bubble(message, settles, corrects, numbers=numbers) for message in reversed(newest)]


def _bubble(message: Message, settles: bool, corrects: bool, *, numbers: bool) -> Bubble:
    stored = {row.position: row for row in message.attachments.all()}
    pieces = [Piece(media, stored.get(place)) for place, media in enumerate(message.media) if isinstance(media, dict)]
    sent = message.delivery
    doubtful = sent is not None and sent.state == DeliveryState.UNKNOWN
    failed = sent is not None and sent.state in RETRIABLE
    return Bubble(
        message,
        pieces,
        sent,
        _delivery_words(message, sent),
        settles and doubtful,
        settles and failed,
        message.text if numbers else mask(message.text),
        finds(message, numbers=numbers),
        corrects and message.direction == Message.Direction.CITIZEN and bool(message.text.strip()),
        next(iter(getattr(message, "said", [])), None),
    )


def _delivery_words(message: Message, sent: Delivery | None) -> DeliveryWords | None:
    if sent is None:
        return None
    taken_back = sent.state == DeliveryState.WITHDRAWN and message.direction == Message.Direction.NOTE
    return TAKEN_BACK if taken_back else DELIVERY.get(sent.state)


def reply_window(ticket: Ticket, now: datetime) -> ReplyWindow:
    """The platform's own limits for answering this citizen."""
    window = window_of(ticket.conversation, now)
    sends = not may_send(window, Lane.HUMAN, limits_of(ticket.account).reserve) and ticket.conversation.followed is not False
    return ReplyWindow(window.is_open, window.left, window.until, sends)


def history(number: str) -> QuerySet[Entry]:
    """What happened to a ticket, newest first."""
    return Entry.objects.filter(object_type="ticket", object_id=number).order_by("-id")[:100]


def siblings(actor: Actor, ticket: Ticket) -> QuerySet[Ticket]:
    """Other tickets of the same citizen that the actor sees, newest first."""
    return tickets_for(actor).filter(conversation=ticket.conversation_id).exclude(pk=ticket.pk).order_by("-pk")[:20]


def group_of(ticket: Ticket, now: datetime) -> str:
    """How pressing a ticket is."""
    if ticket.deadline < now:
        return "overdue"
    if ticket.deadline < now + SOON:
        return "soon"
    return "today" if ticket.deadline < _tomorrow(now) else "later"


def _tomorrow(now: datetime) -> datetime:
    day = now.astimezone(clock.BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
    return day + timedelta(days=1)


def groups(rows: list[Ticket], actor: Actor, wanted: Wanted, now: datetime, *, counted: bool) -> list[Group]:
    """The rows under their headings, each heading with how many there are in all (counting stops at a thousand)."""
    made = {key: Group(key) for key in GROUPS}
    for row in rows:
        made[group_of(row, now)].rows.append(row)
    if counted:
        tomorrow = max(_tomorrow(now), now + SOON)
        for key, since, until in (("overdue", None, now), ("soon", now, now + SOON), ("today", now + SOON, tomorrow)):
            made[key].count = count_before(actor, wanted, since, until, now)
    return list(made.values())


def place_of(text: str) -> Place | None:
    """Read a cursor back; a wrong one starts from the top."""
    deadline, _, pk = text.partition("~")
    try:
        return Place(datetime.fromisoformat(deadline) if deadline else None, int(pk))
    except ValueError:
        return None


def cursor_of(ticket: Ticket, wanted: Wanted) -> str:
    """Where the page ended, as text."""
    return f"{ticket.deadline.isoformat() if wanted.is_queue else ''}~{ticket.pk}"


def deliveries_for(actor: Actor, state: str = "") -> QuerySet[Delivery]:
    """Deliveries in which nothing more happens unless a person acts, newest first."""
    accounts = list(accounts_for(actor, Right.SETTLE_DELIVERY).values_list("pk", flat=True))
    states = [state] if state in NEEDS_PERSON else sorted(NEEDS_PERSON)
    rows = Delivery.objects.filter(account__in=accounts, state__in=states)
    return rows.select_related("account", "conversation", "message__ticket").order_by("-pk")


def attachment_for(actor: Actor, pk: int) -> Attachment | None:
    """An attachment the actor may open: through its ticket's department, or its account's while no ticket has it."""
    row = Attachment.objects.select_related("message__ticket__department", "message__account__department").filter(pk=pk).first()
    if row is None or row.state != Attachment.State.STORED:
        return None
    department = row.message.ticket.department if row.message.ticket else row.message.account.department
    return row if actor.may(Right.SEE_TICKETS, department) else None


def record_for(actor: Actor, before: int | None, who: str, about: str) -> QuerySet[Entry]:
    """The audit record, newest first. What belongs to no department is for those who stand at the root."""
    rows = Entry.objects.order_by("-id")
    if not any(path.count("/") == 2 for path in actor.paths(Right.SEE_AUDIT)):
        rows = rows.filter(department_id__in=list(departments_for(actor, Right.SEE_AUDIT).values_list("pk", flat=True)))
    if before:
        rows = rows.filter(pk__lt=before)
    if who:
        rows = rows.filter(actor=who)
    return rows.filter(object_id=about) if about else rows


def accounts_seen(actor: Actor) -> QuerySet[Account]:
    """The accounts on the actor's page."""
    return visible_to(Account.objects.select_related("department"), actor, right=Right.SEE_ACCOUNTS)


def competent_elsewhere(ticket: Ticket) -> Department | None:
    """The department that ought to have the ticket while another one has it: as a person said, else as the table of routes says."""
    if ticket.closed_at:
        return None
    said = suggested_for(ticket)
    if said is not None:
        return said.department
    if not ticket.subject:
        return None
    found = suggested(ticket.account.department, ticket.subject, ticket.topic)
    return found if found is not None and found.pk != ticket.department_id else None
