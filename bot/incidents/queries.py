"""Reading incidents, always from what the actor may see."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet

from bot.incidents.models import LIVE_STATES, Answer, Incident, Member, Part
from bot.staff.access import Actor, department_ids, visible_to
from bot.staff.models import Department
from bot.tickets.models import Ticket
from policies.incidents import LIVE, WINDOW, heat, hours_of, rises, warmth
from policies.roles import Right
from policies.tickets import OPEN

STEPS = 16  # of the line drawn for each incident
STEP = timedelta(hours=3)
TITLED = 3  # letters a search needs


@dataclass(frozen=True, slots=True)
class Shown:
    """An incident with what changes by the clock: its heat, how it went lately, and whether it rises."""

    row: Incident
    heat: float
    warmth: str
    line: list[int]
    rising: bool

    @property
    def lately(self) -> int:
        """Requests within the line."""
        return sum(self.line)

    @property
    def points(self) -> str:
        """The line as an SVG polyline in a box of 64 × 16."""
        top = max(1, *self.line)
        return " ".join(f"{64 * at / (STEPS - 1):.1f},{15 - 14 * count / top:.1f}" for at, count in enumerate(self.line))


def incidents_for(actor: Actor) -> QuerySet[Incident]:
    """The incidents this actor sees."""
    return visible_to(Incident.objects.select_related("department", "merged_into"), actor, right=Right.SEE_TICKETS)


def hottest(actor: Actor, department: str = "", text: str = "") -> QuerySet[Incident]:
    """Those that go on, the hottest first: in an order that holds at any moment."""
    rows = incidents_for(actor).filter(state__in=LIVE_STATES, requests__gt=1).order_by("-level", "-pk")
    if department:
        chosen = Department.objects.filter(code=department).first()
        rows = rows.filter(department__in=department_ids([chosen.path])) if chosen else rows.none()
    return rows.filter(Q(title__icontains=text) | Q(place__icontains=text) | Q(number=text)) if text else rows


def ended(actor: Actor) -> QuerySet[Incident]:
    """Those a person ended, the newest first."""
    return incidents_for(actor).exclude(state__in=LIVE_STATES).order_by("-pk")


def shown(rows: Iterable[Incident], now: datetime) -> list[Shown]:
    """The rows with their heat now and their last two days, by one query."""
    rows = list(rows)
    times: dict[int, list[datetime]] = defaultdict(list)
    lately = Member.objects.filter(incident__in=[row.pk for row in rows], at__gt=now - STEP * STEPS, at__lte=now)
    for incident, at in lately.values_list("incident", "at"):
        times[int(incident or 0)].append(at)
    return [_shown(row, times[row.pk], now) for row in rows]


def _shown(row: Incident, times: list[datetime], now: datetime) -> Shown:
    degrees = heat(row.level, now)
    today = sum(at > now - WINDOW for at in times)
    before = sum(now - 2 * WINDOW < at <= now - WINDOW for at in times)
    line = hours_of(times, now, step=STEP, count=STEPS)
    return Shown(row, degrees, warmth(degrees), line, row.state in LIVE and rises(today, before))


def tickets_in(incident: Incident) -> QuerySet[Ticket]:
    """The tickets of an incident, the newest first; never one that went to another department meanwhile."""
    rows = Ticket.objects.select_related("account", "department", "owner", "conversation")
    return rows.filter(membership__incident=incident, department=incident.department_id).order_by("-received_at", "-pk")


def incident_of(ticket: Ticket) -> Incident | None:
    """The incident a ticket is in."""
    row = Member.objects.select_related("incident__department").filter(ticket=ticket).first()
    return row.incident if row and row.incident and row.incident.department_id == ticket.department_id else None


def sizes_of(tickets: Collection[int]) -> dict[int, tuple[str, int]]:
    """By ticket: the number of its incident and how many citizens are in it."""
    found = Member.objects.filter(ticket__in=tickets, incident__isnull=False, incident__department=F("ticket__department"))
    return {key: (number, citizens) for key, number, citizens in found.values_list("ticket", "incident__number", "incident__citizens")}


def answers_of(incident: Incident) -> QuerySet[Answer]:
    """The replies to all, the newest first."""
    return Answer.objects.filter(incident=incident).select_related("person").order_by("-pk")


def suggested(ticket: Ticket, incident: Incident | None) -> Answer | None:
    """The reply the others in the incident got, for one that came later and waits for a person."""
    if incident is None or ticket.state not in OPEN:
        return None
    answer = answers_of(incident).filter(state=Answer.State.DONE).first()
    had = answer and Part.objects.filter(answer=answer, conversation=ticket.conversation_id, state=Part.State.SENT).exists()
    return None if had else answer


def later(incident: Incident, answer: Answer | None) -> list[int]:
    """The tickets that wait and have come since a reply to all."""
    if answer is None:
        return []
    had = Part.objects.filter(answer=answer).values("ticket")
    return list(tickets_in(incident).filter(state__in=OPEN).exclude(pk__in=had).values_list("pk", flat=True))
