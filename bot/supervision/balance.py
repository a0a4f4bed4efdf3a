"""The balance (promise 2): what came in against what became of it, counted from two different tables."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, time, timedelta
from itertools import groupby
from operator import itemgetter

from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Sum

from bot.channels.models import Account
from bot.clock import BEIJING
from bot.inbox.models import Inbound
from bot.staff.access import Actor, visible_to
from bot.supervision.models import AccountDay, Watch
from bot.tickets.models import Message, Ticket
from policies.statistics import rules
from policies.tickets import TicketState, fate

CORRECTED = 200  # account-days counted anew on top of what is kept, for one answer


@dataclass(frozen=True, slots=True)
class Balance:
    """received = open + answered + refused + merged + dismissed; `arriving` is the part of open that is stored but not yet read."""

    received: int = 0
    open: int = 0
    answered: int = 0
    refused: int = 0
    merged: int = 0
    dismissed: int = 0
    arriving: int = 0

    @property
    def difference(self) -> int:
        """Anything but 0 is an alarm."""
        return self.received - (self.open + self.answered + self.refused + self.merged + self.dismissed)

    def as_dict(self) -> Mapping[str, int]:
        """The fields of the API."""
        return {**asdict(self), "difference": self.difference}

    def __add__(self, other: "Balance") -> "Balance":
        return Balance(*(getattr(self, name) + getattr(other, name) for name in COLUMNS))

    def __sub__(self, other: "Balance") -> "Balance":
        return Balance(*(getattr(self, name) - getattr(other, name) for name in COLUMNS))


COLUMNS = tuple(field.name for field in fields(Balance))
TOLD = Q(state=Inbound.State.HANDLED)
FATES = {
    name: TOLD & Q(message__direction=Message.Direction.CITIZEN, message__ticket__state__in=[s for s in TicketState if fate(s) == name])
    for name in ("open", "answered", "refused", "merged")
}
# Without a ticket, and a citizen's: only those stand on the list that a person confirms.
DISMISSED = TOLD & Q(message__direction=Message.Direction.CITIZEN, message__ticket__isnull=True)
PLACED = ~TOLD | FATES["open"] | FATES["answered"] | FATES["refused"] | FATES["merged"] | DISMISSED


def balance(inbound: QuerySet[Inbound]) -> Balance:
    """The balance over these rows: one statement, so that nothing moves between two counts."""
    return sum(by_account(inbound).values(), Balance())


def by_account(inbound: QuerySet[Inbound]) -> dict[str, Balance]:
    """The balance over these rows for each account that has any: one statement.

    Grouped by what decides the place, and placed here: Django takes longer to write seven counts than the database to make them.
    """
    kinds = inbound.order_by().values_list("account_id", "state", "message__direction", "message__ticket__state")
    found: dict[str, Balance] = defaultdict(Balance)
    alone = ExpressionWrapper(Q(message__ticket__isnull=True), output_field=BooleanField())
    for account, state, direction, ticket, unticketed, count in kinds.annotate(alone=alone, count=Count("pk")):
        names = {"received", *_places(state, direction, ticket, bool(unticketed))}
        found[account] += Balance(**dict.fromkeys(names, count))
    return dict(found)


def _places(state: str, direction: str | None, ticket: str | None, unticketed: bool) -> tuple[str, ...]:
    """The columns a message counts in; none = it has no place."""
    if state != Inbound.State.HANDLED:
        return "open", "arriving"
    if direction != Message.Direction.CITIZEN:
        return ()
    if ticket:
        return (fate(TicketState(ticket)),)
    return ("dismissed",) if unticketed else ()


def received_on(accounts: Iterable[str] | None, since: date | None, until: date | None) -> QuerySet[Inbound]:
    """Citizens' messages of these days in Beijing (`until` not included). Each account's lie together in an index by time."""
    rows = Inbound.objects.filter(counted=True)
    rows = rows if accounts is None and since is None else rows.filter(account__in=_all() if accounts is None else list(accounts))
    rows = rows.filter(received_at__gte=midnight(since)) if since else rows
    return rows.filter(received_at__lt=midnight(until)) if until else rows


def _all() -> list[str]:
    return list(Account.objects.order_by().values_list("pk", flat=True))


def midnight(day: date) -> datetime:
    """When the day begins in Beijing."""
    return datetime.combine(day, time(), BEIJING)


def current(actor: Actor | None = None, *, account: str = "", day: date | None = None) -> Balance:
    """The balance of what the actor sees (None: of everything), of one account or one day (Beijing) where given."""
    accounts = accounts_of(actor, account)
    if day is not None:
        return sum(never_less(by_account(received_on(accounts, day, day + timedelta(days=1))), accounts, day).values(), Balance())
    watch = Watch.objects.first()
    since = watch.kept_before if watch else None
    if watch is None or since is None:
        return balance(received_on(accounts, None, None))
    kept = AccountDay.objects.filter(day__lt=since)
    kept = kept if accounts is None else kept.filter(account__in=accounts)
    known = Balance(**{name: value or 0 for name, value in kept.aggregate(**{name: Sum(name) for name in COLUMNS}).items()})
    return sum(_corrections(watch, accounts), known + balance(received_on(accounts, since, None)))


def whole(account: str = "", day: date | None = None) -> Balance:
    """Everything counted anew, nothing taken from what is kept. Reads the whole inbox: for `manage.py balance`."""
    return balance(received_on([account] if account else None, day, day + timedelta(days=1) if day else None))


def accounts_of(actor: Actor | None, account: str = "") -> list[str] | None:
    """Ids of the accounts whose messages the actor sees, narrowed to one where given; None: all there are."""
    if actor is None:
        return [account] if account else None
    seen = visible_to(Account.objects.order_by(), actor)
    seen = seen.filter(pk=account) if account else seen
    return list(seen.values_list("pk", flat=True))


def never_less(fresh: dict[str, Balance], accounts: Iterable[str] | None, day: date) -> dict[str, Balance]:
    """What was once received stays received: rows that vanished from the inbox are a difference."""
    rows = AccountDay.objects.filter(day=day)
    rows = rows if accounts is None else rows.filter(account__in=list(accounts))
    for account, received in rows.values_list("account_id", "received"):
        fresh[account] = no_less(fresh.get(account, Balance()), received)
    return fresh


def no_less(found: Balance, received: int) -> Balance:
    """The count, with at least so many received."""
    return found + Balance(received=max(0, received - found.received))


def count(account: str, day: date) -> Balance:
    """One account's day, counted now, against what was received as we know it."""
    kept = AccountDay.objects.filter(account=account, day=day).values_list("received", flat=True).first()
    return no_less(balance(received_on([account], day, day + timedelta(days=1))), kept or 0)


def _corrections(watch: Watch, accounts: list[str] | None) -> list[Balance]:
    """What has changed on kept days since they were counted: one statement a day."""
    pairs = {*unread(), *days_of(changed_tickets(watch, rules()["balance"]["changed_at_once"]))}
    seen = None if accounts is None else set(accounts)
    wanted = sorted((day, who) for who, day in pairs if watch.kept_before and day < watch.kept_before and (seen is None or who in seen))
    found = []
    for day, several in groupby(wanted[-CORRECTED:], key=itemgetter(0)):  # the newest days, where there are too many
        which = [who for _, who in several]
        rows = AccountDay.objects.filter(day=day, account__in=which)
        kept = sum((Balance(*(getattr(row, name) for name in COLUMNS)) for row in rows), Balance())
        found.append(sum(never_less(by_account(received_on(which, day, day + timedelta(days=1))), which, day).values(), Balance()) - kept)
    return found


def unread() -> list[tuple[str, date]]:
    """Kept days in which messages are still to be read."""
    return list(AccountDay.objects.filter(arriving__gt=0).values_list("account_id", "day")[:CORRECTED])


def changed_tickets(watch: Watch, limit: int) -> list[tuple[datetime, int]]:
    """Times and keys of tickets that changed since the watch's place, the first to change first."""
    rows = Ticket.objects.order_by("updated_at", "pk")
    if watch.seen_at:
        rows = rows.filter(updated_at__gte=watch.seen_at).filter(Q(updated_at__gt=watch.seen_at) | Q(pk__gt=watch.seen_id))
    return list(rows.values_list("updated_at", "pk")[:limit])


def days_of(tickets: Iterable[tuple[datetime, int]]) -> set[tuple[str, date]]:
    """The accounts and days on which the messages of these tickets came in."""
    ids = [pk for _, pk in tickets]
    came = Inbound.objects.filter(message__ticket__in=ids, counted=True).values_list("account_id", "received_at") if ids else ()
    return {(account, at.astimezone(BEIJING).date()) for account, at in came}


def unplaced(account: str = "", day: date | None = None) -> QuerySet[Inbound]:
    """Handled messages that have no place anywhere: what an alarm has to show."""
    rows = received_on([account] if account else None, day, day + timedelta(days=1) if day else None)
    known = Inbound.objects.filter(PLACED, pk=OuterRef("pk"))
    return rows.filter(~Exists(known)).order_by("pk")


def concerned(limit: int = 50) -> list[int]:
    """Ids of the messages without a place, of all accounts and days. Looks at everything: for `manage.py balance`."""
    return list(unplaced().values_list("pk", flat=True)[:limit])
