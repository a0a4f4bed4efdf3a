"""Writing down where the grouping put tickets: members, new incidents, their figures, title and heat, and the record of it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.audit.actions import Fact, record
from bot.incidents.models import Incident, Member
from bot.incidents.reading import words_of
from bot.incidents.tally import locked, new_number, recount, reheat
from bot.tickets.models import Ticket
from policies.incidents import LIVE, warmed, weight

MACHINE = "system:incidents"
DESCRIBED = ["title", "subject", "topic", "place", "level", "last_at"]


@dataclass(frozen=True, slots=True)
class Placement:
    """A ticket in an incident; one below 0 is still to be made."""

    ticket: int
    incident: int


def write(placed: Sequence[Placement], touched: Sequence[Ticket], central: Callable[[int], int | None], now: datetime) -> dict[int, int]:
    """Runs inside the caller's transaction, under the follower's lock. Returns the keys of the incidents made, by their temporary ones.

    What a person did meanwhile stands: a ticket that has a place keeps it.
    """
    tickets = {row.pk: row for row in Ticket.objects.filter(pk__in=[one.ticket for one in placed]).select_related("department")}
    made = _make(placed, tickets, now)
    rows = locked({made.get(one.incident, one.incident) for one in placed} | _of(touched))
    facts = [_fact("opened", rows[key]) for key in made.values()]
    gone = _leave(touched, rows)
    facts += [_fact("left", rows[incident], number) for number, incident in gone]
    joined = _join(placed, made, tickets, rows)
    facts += [_fact("joined", rows[one.incident], tickets[one.ticket].number) for one in joined]
    _describe(joined, made, rows, central)
    for incident in {incident for _, incident in gone}:
        reheat(rows[incident])
    recount([row for row in rows.values() if row.state in LIVE], now)
    if facts:
        record(now, *facts)
    return made


def _of(touched: Sequence[Ticket]) -> set[int]:
    found = Member.objects.filter(ticket__in=[row.pk for row in touched], incident__isnull=False)
    return {int(key) for key in found.values_list("incident", flat=True) if key}


def _make(placed: Sequence[Placement], tickets: Mapping[int, Ticket], now: datetime) -> dict[int, int]:
    """New incidents, from the first ticket of each."""
    made: dict[int, int] = {}
    for one in placed:
        if one.incident < 0 and one.incident not in made:
            first = tickets[one.ticket]
            fields = {"department_id": first.department_id, "title": first.first_line, "subject": first.subject, "topic": first.topic}
            row = Incident.objects.create(
                number=new_number(now), first_at=first.received_at, last_at=first.received_at, updated_at=now, **fields
            )
            made[one.incident] = row.pk
    return made


def _leave(touched: Sequence[Ticket], rows: Mapping[int, Incident]) -> list[tuple[str, int]]:
    """Tickets that went to another department leave; where they belong there is decided anew."""
    departments = {row.pk: (row.number, row.department_id) for row in touched}
    gone = []
    for member in Member.objects.filter(ticket__in=list(departments), incident__in=list(rows)):
        number, department = departments[member.ticket_id]
        if rows[int(member.incident_id or 0)].department_id != department:
            gone.append((number, int(member.incident_id or 0)))
            member.delete()
    return gone


def _join(
    placed: Sequence[Placement], made: Mapping[int, int], tickets: Mapping[int, Ticket], rows: Mapping[int, Incident]
) -> list[Placement]:
    """Put the tickets in, and let them warm the incident; returns what really was put in."""
    wanted = [Placement(one.ticket, made.get(one.incident, one.incident)) for one in placed]
    taken = set(Member.objects.filter(ticket__in=list(tickets)).values_list("ticket", flat=True))
    fits = [one for one in wanted if one.ticket not in taken and _fits(rows.get(one.incident), tickets[one.ticket])]
    known = set(Member.objects.filter(incident__in=list(rows)).values_list("incident", "conversation"))
    members = [
        Member(
            ticket_id=one.ticket,
            incident_id=one.incident,
            conversation_id=tickets[one.ticket].conversation_id,
            at=tickets[one.ticket].received_at,
        )
        for one in fits
    ]
    Member.objects.bulk_create(members, ignore_conflicts=True)
    there = set(Member.objects.filter(ticket__in=[one.ticket for one in fits], by=None).values_list("ticket", "incident"))
    joined = [one for one in fits if (one.ticket, one.incident) in there]
    for one in joined:
        row, ticket = rows[one.incident], tickets[one.ticket]
        again = (one.incident, ticket.conversation_id) in known
        known.add((one.incident, ticket.conversation_id))
        row.level = warmed(row.level, weight(again=again, urgent=ticket.urgent), ticket.received_at)
    return joined


def _fits(row: Incident | None, ticket: Ticket) -> bool:
    return row is not None and row.state in LIVE and row.department_id == ticket.department_id


def _describe(
    joined: Collection[Placement], made: Mapping[int, int], rows: Mapping[int, Incident], central: Callable[[int], int | None]
) -> None:
    """Title, subject and place are those of the most typical ticket."""
    temporary = {key: name for name, key in made.items()}
    typical = {one.incident: central(temporary.get(one.incident, one.incident)) or one.ticket for one in joined}
    tickets = {row.pk: row for row in Ticket.objects.filter(pk__in=typical.values())}
    said = words_of(tickets.values())
    for incident, key in typical.items():
        row, ticket = rows[incident], tickets.get(key)
        if ticket is not None and ticket.department_id == row.department_id:
            row.title, row.subject, row.topic = ticket.first_line, ticket.subject, ticket.topic
            row.place = said[key].place[:120] if key in said and said[key].place else row.place
        row.save(update_fields=DESCRIBED)


def _fact(action: str, row: Incident, ticket: str = "") -> Fact:
    return Fact(MACHINE, f"incident.{action}", "incident", row.number, row.department_id, {"ticket": ticket} if ticket else {})
