"""我的工作 and 本部门: what waits for a person and for a department. It is shown to be shared out, never to rank anybody (rules 1.34)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import BooleanField, Count, Q, QuerySet
from django.db.models.expressions import RawSQL

from bot.answering.models import Draft, Review
from bot.channels.models import Account
from bot.console.queries import Group, groups
from bot.outbox.models import Delivery
from bot.staff.access import Actor, department_ids, visible_to
from bot.staff.models import Department, Person
from bot.staff.queries import departments_for
from bot.supervision.figures import charted, kept
from bot.tickets.models import Ticket
from bot.tickets.paging import Wanted, count_before, is_open, page
from bot.tickets.queries import tickets_for
from policies.calendar import WorkingCalendar
from policies.deliveries import NEEDS_PERSON, DeliveryState
from policies.facts import Lane
from policies.roles import RIGHTS, Right
from policies.statistics import rules
from policies.tickets import TicketState

SHOWN = 100
MOST_PEOPLE = 300
NOT_THERE = sorted({DeliveryState.HELD, *NEEDS_PERSON})
MOST_DELIVERIES = 1000


@dataclass(frozen=True, slots=True)
class Mine:
    """What waits for one person, the most pressing first."""

    groups: list[Group]
    drafts: list[Ticket]
    signatures: list[Ticket]
    reviews: list[Ticket]
    undelivered: list[Delivery]
    soon: int

    @property
    def rows(self) -> list[Ticket]:
        return [row for group in self.groups for row in group.rows]


@dataclass(frozen=True, slots=True)
class Load:
    """What one person has in hand. In the order of names: there is no other."""

    person: Person
    open: int = 0
    overdue: int = 0
    soon: int = 0


@dataclass(frozen=True, slots=True)
class Ours:
    """What waits for a department and all below it; counts stop at a thousand."""

    waiting: int
    overdue: int
    soon: int
    until: datetime
    signatures: int
    held: int
    failed: int
    loads: list[Load]


def mine(actor: Actor, now: datetime) -> Mine:
    """The person's own tickets, drafts, and what waits for their second signature."""
    wanted = Wanted(owner=actor.person_id)
    rows = page(actor, wanted, None, SHOWN, now)
    soon = now + timedelta(hours=rules()["own"]["soon_hours"])
    return Mine(
        groups(rows, actor, wanted, now, counted=True),
        _drafts(actor),
        signatures(actor, "", now),
        reviews(actor),
        _undelivered(visible_accounts(actor, ""), person=actor.person_id),
        count_before(actor, wanted, now, soon, now),
    )


def signatures(actor: Actor, department: str, now: datetime) -> list[Ticket]:
    """Proposed refusals this person may decide: not their own proposals."""
    if not actor.has(Right.CONFIRM_REFUSAL):
        return []
    rows = page(actor, Wanted(state=TicketState.REFUSAL_ASKED, department=department), None, SHOWN, now)
    return [row for row in rows if row.refuse_asked_by_id != actor.person_id and actor.may(Right.CONFIRM_REFUSAL, row.department)]


def reviews(actor: Actor) -> list[Ticket]:
    """Tickets with a colleague's reply that this person may send or give back, the longest-waiting first."""
    # Written as the partial index writes it: only then SQLite uses it.
    waiting = RawSQL('"answering_review"."state" = \'waiting\'', [], output_field=BooleanField())
    rows = Review.objects.filter(waiting).exclude(author=actor.person_id).select_related("ticket__account", "ticket__department")
    rows = visible_to(rows, actor, right=Right.REVIEW_REPLIES, field="ticket__department")
    return [row.ticket for row in rows.order_by("asked_at", "pk")[:SHOWN]]


def _drafts(actor: Actor) -> list[Ticket]:
    """Open tickets on which this person has begun to write."""
    rows = tickets_for(actor).filter(pk__in=Draft.objects.filter(person=actor.person_id).exclude(text="").values("ticket"))
    return list(rows.filter(is_open()).order_by("deadline", "pk")[:SHOWN])


def ours(actor: Actor, department: Department, calendar: WorkingCalendar, now: datetime) -> Ours:
    """The department's counts, and what each of its people has in hand."""
    until = calendar.add_working_hours(now, rules()["own"]["soon_hours"])
    wanted, accounts = Wanted(department=department.code), visible_accounts(actor, department.path)
    unowned = [Wanted(department=department.code, state=state) for state in (TicketState.WAITING, TicketState.HANDED_BACK)]
    deliveries = Delivery.objects.filter(account__in=accounts, lane=Lane.HUMAN)
    return Ours(
        waiting=sum(count_before(actor, one, None, None, now) for one in unowned),
        overdue=count_before(actor, wanted, None, now, now),
        soon=count_before(actor, wanted, now, until, now),
        until=until,
        signatures=len(signatures(actor, department.code, now)),
        held=deliveries.filter(state=DeliveryState.HELD)[:MOST_DELIVERIES].count(),
        failed=deliveries.filter(state__in=sorted(NEEDS_PERSON))[:MOST_DELIVERIES].count(),
        loads=loads(department, until, now),
    )


def loads(department: Department, until: datetime, now: datetime) -> list[Load]:
    """Open tickets in the hands of the department's people, by name."""
    roles = [role for role, rights in RIGHTS.items() if Right.CLAIM in rights]
    below = department_ids([department.path])
    here = Person.objects.filter(is_active=True, assignments__department__in=below, assignments__role__in=roles)
    people = list(here.distinct().order_by("name", "username")[:MOST_PEOPLE])
    rows = Ticket.objects.filter(is_open(), owner__in=[one.pk for one in people], department__in=below).order_by().values_list("owner_id")
    soon = Count("pk", filter=Q(deadline__gte=now, deadline__lt=until))
    found = {row[0]: row[1:] for row in rows.annotate(open=Count("pk"), overdue=Count("pk", filter=Q(deadline__lt=now)), soon=soon)}
    return [Load(one, *found.get(one.pk, ())) for one in people]


def visible_accounts(actor: Actor, path: str) -> list[str]:
    """Accounts whose deliveries the actor sees, below a department's path where given."""
    rows = visible_to(Account.objects.order_by("pk"), actor, right=Right.SEE_TICKETS)
    return list((rows.filter(department__path__startswith=path) if path else rows).values_list("pk", flat=True))


def _undelivered(accounts: Sequence[str], *, person: int) -> list[Delivery]:
    """A person's replies that have not reached the citizen, the oldest first."""
    rows = Delivery.objects.filter(account__in=list(accounts), state__in=NOT_THERE, lane=Lane.HUMAN, message__person=person)
    return list(rows.select_related("account", "message__ticket").order_by("pk")[:SHOWN])


def chosen(actor: Actor, code: str) -> Department | None:
    """The department asked for, if the actor sees its tickets; without one, the highest they see."""
    seen = departments_for(actor, Right.SEE_TICKETS)
    return seen.filter(code=code).first() if code else seen.first()


def choices(actor: Actor) -> QuerySet[Department]:
    """The departments whose work the actor sees."""
    return departments_for(actor, Right.SEE_TICKETS)


def pictures(department: Department, now: datetime) -> Mapping[str, Any]:
    """The department's charts, counted at most once in a few minutes."""
    fresh = timedelta(minutes=rules()["own"]["fresh_minutes"])
    return kept(f"own:{department.pk}", fresh, now, lambda: charted(department_ids([department.path]), now))
