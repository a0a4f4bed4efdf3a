"""The pages of the balance 平衡: each account's days, and where every message of one of them is."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from bot.channels.models import Account
from bot.console.words import Words
from bot.inbox.models import Inbound
from bot.staff.access import Actor, department_ids, visible_to
from bot.supervision.balance import DISMISSED, FATES, PLACED, TOLD, received_on
from bot.supervision.models import AccountDay, Imbalance
from bot.tickets.models import Message, Ticket
from policies.masking import mask
from policies.roles import Right
from policies.tickets import TicketState, fate

PLACES: dict[str, Words] = {
    "open": _("待办"),
    "answered": _("已答复"),
    "refused": _("不予受理"),
    "merged": _("已合并"),
    "dismissed": _("非诉求"),
    "arriving": _("未读"),
    "broken": _("读取失败"),
    "lost": _("去向不明"),
}
_BROKEN = Q(state=Inbound.State.BROKEN)
WHICH = {**FATES, "dismissed": DISMISSED, "arriving": ~TOLD & ~_BROKEN, "broken": _BROKEN, "lost": ~PLACED}
RELATED = 3


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the table to show. Empty fields do not narrow."""

    account: str = ""
    since: date | None = None
    until: date | None = None
    differing: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """One message of a day, and where it is."""

    row: Inbound
    place: str
    ticket: Ticket | None  # None also where the actor does not see it
    hidden: bool  # it is in a ticket of another department: its text is not theirs to read
    text: str
    related: list[Ticket]  # of a message without a place: this citizen's tickets, the newest first

    @property
    def word(self) -> Words:
        return PLACES[self.place]


def wanted_of(query: Any) -> Wanted:
    """What the address asks for; what cannot be read does not narrow."""
    account = query.get("account", "").replace("\x00", "")[:64]
    return Wanted(account, day_of(query.get("since", "")), day_of(query.get("until", "")), query.get("differing") == "1")


def day_of(text: str) -> date | None:
    """A day as `2026-11-22`, or None."""
    try:
        return parse_date(text[:10])
    except ValueError:
        return None


def accounts_watched(actor: Actor) -> QuerySet[Account]:
    """The accounts whose balance the actor sees."""
    return visible_to(Account.objects.select_related("department"), actor, right=Right.SEE_BALANCE)


def days(actor: Actor, wanted: Wanted) -> QuerySet[AccountDay]:
    """Each account's days as counted last, the newest first."""
    rows = AccountDay.objects.select_related("account__department").order_by("-day", "account")
    rows = visible_to(rows, actor, right=Right.SEE_BALANCE, field="account__department")
    rows = rows.filter(account=wanted.account) if wanted.account else rows
    rows = rows.filter(day__gte=wanted.since) if wanted.since else rows
    rows = rows.filter(day__lte=wanted.until) if wanted.until else rows
    if not wanted.differing:
        return rows
    pairs = [Q(account=account, day=day) for account, day in differing(actor).values_list("account", "day")]
    some = Q(pk__in=[])
    for pair in pairs:
        some |= pair
    return rows.filter(some)


def after(rows: QuerySet[AccountDay], place: str) -> QuerySet[AccountDay]:
    """What follows the place where the page before ended (`2026-11-22~account`); a wrong place starts from the top."""
    day, _sign, account = place.replace("\x00", "").partition("~")
    ended = day_of(day)
    return rows.filter(day__lte=ended).filter(Q(day__lt=ended) | Q(account__gt=account[:64])) if ended else rows


def differing(actor: Actor) -> QuerySet[Imbalance]:
    """Differences that stand, the longest-standing first."""
    rows = Imbalance.objects.filter(ended_at=None).select_related("account__department").order_by("since", "pk")[:200]
    seen = visible_to(Imbalance.objects.all(), actor, right=Right.SEE_BALANCE, field="account__department")
    return seen.filter(pk__in=[row.pk for row in rows]).select_related("account__department").order_by("since", "pk")


def messages_of(actor: Actor, account: Account, day: date, place: str, start: int, most: int) -> list[Placed]:
    """Messages of an account's day from a key on, each with its place; only those in one place where asked."""
    rows = received_on([account.pk], day, date.fromordinal(day.toordinal() + 1)).filter(pk__gt=start).order_by("pk")
    rows = rows.filter(WHICH[place]) if place in WHICH else rows
    found = list(rows[:most])
    by_row = {message.inbound_id: message for message in Message.objects.filter(inbound__in=[row.pk for row in found])}
    # Not through the message's relation: a ticket that is gone from its table leaves its number behind.
    tickets = Ticket.objects.in_bulk({message.ticket_id for message in by_row.values() if message.ticket_id})
    seen = set(department_ids(actor.paths(Right.SEE_TICKETS)))
    return [_placed(actor, account, row, by_row.get(row.pk), tickets, seen) for row in found]


def _placed(actor: Actor, account: Account, row: Inbound, message: Message | None, tickets: dict[int, Ticket], seen: set[int]) -> Placed:
    plain = actor.may(Right.REPLY, account.department)
    ticket = tickets.get(message.ticket_id) if message and message.ticket_id else None
    place = _place(row, message, ticket)
    theirs = ticket is None or ticket.department_id in seen
    related = _related(account, row, seen) if place == "lost" else []
    text = (row.text if plain else mask(row.text)) if theirs else ""
    return Placed(row, place, ticket if theirs else None, not theirs, text, related)


def _place(row: Inbound, message: Message | None, ticket: Ticket | None) -> str:
    if row.state != Inbound.State.HANDLED:
        return "broken" if row.state == Inbound.State.BROKEN else "arriving"
    if message is None or message.direction != Message.Direction.CITIZEN or (message.ticket_id and ticket is None):
        return "lost"
    return fate(TicketState(ticket.state)) if ticket else "dismissed"


def _related(account: Account, row: Inbound, seen: set[int]) -> list[Ticket]:
    rows = Ticket.objects.filter(conversation__account=account, conversation__external_id=row.citizen).order_by("-pk")[:RELATED]
    return [ticket for ticket in rows if ticket.department_id in seen]
