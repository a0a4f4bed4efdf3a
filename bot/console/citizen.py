"""What a citizen may see with the code of their request: how it stands, and what people answered. Nothing else."""

import ipaddress
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.conf import settings
from django.http import HttpRequest
from limits import RateLimitItem, parse
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from bot.answering.actions import not_gone_yet
from bot.answering.models import Upload
from bot.closing.models import Rating
from bot.closing.rating import ratable
from bot.tickets.delivered import undelivered
from bot.tickets.models import Message, Ticket
from policies.masking import mask
from policies.tickets import TicketState

LOOKS = parse("60/minute")  # whole families and offices share one address
WRONG = parse("10/minute")
SIGN_INS = parse("30/minute")
SAYS = parse("10/minute")  # what is pressed on the page: settled, a rating
CODE_LENGTH, GROUP = 16, 4


@dataclass(frozen=True, slots=True)
class Answer:
    """One message of a person, masked."""

    text: str
    at: datetime
    files: tuple[Upload, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """How a request stands."""

    code: str
    state: str
    received_at: datetime
    deadline: datetime | None  # while it is open
    answered_at: datetime | None
    answers: tuple[Answer, ...]
    waits: bool = False  # answered, and not yet delivered on the platform
    may_settle: bool = False
    may_rate: bool = False
    rated: int | None = None


def normal(code: str) -> str:
    """The code as it is stored, however it was typed; "" for what cannot be one."""
    signs = "".join(sign for sign in code[:100].upper() if sign.isascii() and sign.isalnum())
    return "-".join(signs[at : at + GROUP] for at in range(0, CODE_LENGTH, GROUP)) if len(signs) == CODE_LENGTH else ""


def found(code: str) -> tuple[Ticket, Ticket] | None:
    """The ticket of a code and the one that now stands for it; None for a wrong code.

    That is what it was merged into where it is the same citizen's: another's would not be theirs to read. A malformed code asks
    the database too, so that it takes the same time.
    """
    ticket = Ticket.objects.select_related("merged_into").filter(query_code=normal(code) or "-").first()
    if ticket is None:
        return None
    other = ticket.merged_into
    return ticket, other if other and other.conversation_id == ticket.conversation_id else ticket


def progress(code: str, now: datetime) -> Progress | None:
    """What to show for a code; None for a wrong one."""
    pair = found(code)
    if pair is None:
        return None
    ticket, shown = pair
    rows = Message.objects.filter(ticket__in={ticket.pk, shown.pk}, direction=Message.Direction.HUMAN).order_by("at", "pk")
    rows = rows.exclude(delivery__in=not_gone_yet([ticket, shown], now)).prefetch_related("uploads")[:100]
    state = TicketState(shown.state)
    is_open = state in _RUNNING
    return Progress(
        code=ticket.query_code,
        state=_SHOWN.get(state, state),
        received_at=ticket.received_at,
        deadline=shown.service_deadline if is_open else None,
        answered_at=shown.answered_at,
        answers=tuple(Answer(mask(row.text), row.at, tuple(row.uploads.all())) for row in rows),
        waits=bool(undelivered([shown])),
        may_settle=state is TicketState.ANSWERED,
        may_rate=ratable(shown, now) is not None,
        rated=_rated(shown),
    )


def _rated(ticket: Ticket) -> int | None:
    """The score its latest closing got."""
    if ticket.closed_at is None:
        return None
    return Rating.objects.filter(closing__ticket=ticket, closing__at=ticket.closed_at).values_list("score", flat=True).first()


# What goes on inside the office is not told: a citizen reads "in progress" while two people discuss a refusal.
_SHOWN = {
    TicketState.REFUSAL_ASKED: TicketState.CLAIMED,
    TicketState.DRAFTED: TicketState.CLAIMED,
    TicketState.HANDED_BACK: TicketState.WAITING,
    TicketState.REOPENED: TicketState.CLAIMED,
}
_RUNNING = frozenset(TicketState) - {TicketState.ANSWERED, TicketState.CLOSED, TicketState.REFUSED, TicketState.MERGED}


@cache
def _limiter() -> MovingWindowRateLimiter:
    storage = settings.REDIS_URL if settings.REDIS_URL else "memory://"
    return MovingWindowRateLimiter(storage_from_string(storage))


def allows(item: RateLimitItem, request: HttpRequest, *, use: bool = True) -> bool:
    """Whether this client may try once more. `use=False` only looks."""
    key = f"huiyin:{item}:{client_of(request)}"
    return _limiter().hit(item, key) if use else _limiter().test(item, key)


def client_of(request: HttpRequest) -> str:
    """The client's address; behind a proxy on this machine, what the proxy says. IPv6 counts by network, as homes have one."""
    address = request.META.get("REMOTE_ADDR", "")
    if address in ("127.0.0.1", "::1", "") and (forwarded := request.META.get("HTTP_X_FORWARDED_FOR")):
        address = forwarded.rpartition(",")[2].strip()
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network(f"{parsed}/64", strict=False)) if parsed.version == 6 else str(parsed)
