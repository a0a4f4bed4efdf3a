"""The figures an incident carries: counted anew where something changed, and its heat too where a person moved things."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection
from django.db.models import Count, F, Max, Min, Q

from bot.clock import BEIJING
from bot.incidents.models import Incident, Member
from bot.tickets.models import OPEN_STATES
from policies.incidents import COLD, LIVE, IncidentState, warmed, weight

COUNTED = ["first_at", "last_at", "citizens", "requests", "waiting", "state", "updated_at"]


def new_number(now: datetime) -> str:
    """The next incident number of today (Beijing). Runs inside the caller's transaction."""
    day = f"{now.astimezone(BEIJING):%Y%m%d}"
    raised = "ON CONFLICT (name) DO UPDATE SET value = tickets_counter.value + 1 RETURNING value"
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO tickets_counter (name, value) VALUES (%s, 1) {raised}", [f"incident:{day}"])  # noqa: S608
        return f"E{day}-{cursor.fetchone()[0]:04d}"


def locked(keys: Collection[int]) -> dict[int, Incident]:
    """These incidents as they are now, locked by key until the end of the transaction."""
    rows = Incident.objects.select_for_update(of=("self",)).select_related("department").filter(pk__in=keys).order_by("pk")
    return {row.pk: row for row in rows}


def recount(rows: Collection[Incident], now: datetime) -> None:
    """Count what is in these locked incidents, and say whether anybody still waits. The caller has saved what else changed."""
    members = Member.objects.filter(incident__in=[row.pk for row in rows], ticket__department=F("incident__department"))
    counts = (
        members.order_by()
        .values("incident")
        .annotate(
            requests=Count("pk"),
            citizens=Count("conversation", distinct=True),
            waiting=Count("pk", filter=Q(ticket__state__in=OPEN_STATES)),
            first=Min("at"),
            last=Max("at"),
        )
    )
    found = {count["incident"]: count for count in counts}
    for row in rows:
        count = found.get(row.pk)
        row.requests, row.citizens, row.waiting = (count["requests"], count["citizens"], count["waiting"]) if count else (0, 0, 0)
        if count:
            row.first_at, row.last_at = count["first"], max(count["last"], row.last_at)
        if row.state in LIVE:
            row.state = IncidentState.OPEN if row.waiting else IncidentState.ANSWERED
        row.updated_at = now
        row.save(update_fields=COUNTED)


def reheat(row: Incident) -> None:
    """The level of a locked incident from all that is in it: after a person moved requests."""
    level, seen = COLD, set[int]()
    members = Member.objects.filter(incident=row).order_by("at", "pk").values_list("conversation", "at", "ticket__urgent")
    for conversation, at, urgent in members:
        level = warmed(level, weight(again=conversation in seen, urgent=urgent), at)
        seen.add(conversation)
    row.level = level
    row.save(update_fields=["level"])
