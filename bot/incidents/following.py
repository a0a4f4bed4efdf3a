"""Incidents as they come: the record is followed from where it was read last, and what is new in it is grouped.

The record's ids are in the order of commit, so nothing is missed and nothing is looked at twice. One process at a time does
this and remembers what came (a lease keeps it the same one); places and the cursor are written in one transaction under the
lock of the cursor's row, so that two never make the same incident. Deciding happens before it: nobody waits meanwhile.
"""

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from bot.audit.models import Entry
from bot.incidents.memory import Memory
from bot.incidents.models import Follower, Incident, Member
from bot.incidents.placing import MACHINE, Placement, write
from bot.incidents.reading import is_grouped, seen, words_of
from bot.tickets.models import Ticket
from nlu.incidents import Grouper, Read

log = logging.getLogger(__name__)
NAME = "grouping"
BATCH = 400  # entries of the record in one turn
LEASE = timedelta(seconds=30)
FAR_BEHIND = 4_000  # entries: from here on everything is read anew
FIRST_LOOK = 50_000  # entries back, where incidents come to an installation that has long been running
GROUPING = frozenset({"ticket.opened", "ticket.message_joined", "ticket.transferred", "ticket.handed_back"})


class Lost(Exception):
    """Another process took over meanwhile; nothing was written."""


@dataclass(slots=True)
class News:
    """What a stretch of the record says."""

    upto: int
    tickets: dict[str, bool] = field(default_factory=dict)  # by number: whether it may now belong somewhere else
    incidents: set[str] = field(default_factory=set)  # numbers of those a person changed
    moved: set[str] = field(default_factory=set)  # numbers of tickets a person moved


class Follows:
    """The job of one work process."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._memory: Memory | None = None

    def follow(self, now: datetime) -> int:
        """Group what is new; returns how many entries of the record were read."""
        row = Follower.objects.filter(name=NAME).first() or _first()
        if not Entry.objects.filter(pk__gt=row.cursor).exists() or not self._mine(row, now):
            return 0
        news = read_news(row.cursor)
        try:
            memory = self._remembered(row.cursor)
            self._group(memory, news, row.cursor, now)
        except Lost:
            self._memory = None
            return 0
        except Exception:
            self._memory = None  # what it decided was not written
            raise
        return news.upto - row.cursor

    def _mine(self, row: Follower, now: datetime) -> bool:
        """Whether this process has the lease, or can take it."""
        if row.owner == self._name and row.lease_until and row.lease_until > now:
            return True
        free = Q(lease_until=None) | Q(lease_until__lte=now) | Q(owner=self._name)
        return bool(Follower.objects.filter(free, name=NAME).update(owner=self._name, lease_until=now + LEASE))

    def _remembered(self, cursor: int) -> Memory:
        memory = self._memory
        if memory is None or not memory.cursor <= cursor <= memory.cursor + FAR_BEHIND:
            memory = self._memory = Memory(cursor)
        if memory.cursor < cursor:
            missed = read_news(memory.cursor, upto=cursor)
            memory.catch_up(cursor, list(missed.tickets), missed.incidents)
        return memory

    def _group(self, memory: Memory, news: News, cursor: int, now: datetime) -> None:
        if news.incidents or news.moved:
            _reload(memory, news)
        placed, touched, left = decide(memory, news)
        with transaction.atomic():
            held = Follower.objects.select_for_update().filter(name=NAME, owner=self._name, cursor=cursor).first()
            if held is None:
                raise Lost
            made = write(placed, touched, memory.grouper.central, now)
            Follower.objects.filter(name=NAME).update(cursor=news.upto, lease_until=now + LEASE)
        for temporary, incident in made.items():
            memory.grouper.rename(temporary, incident)
        if left:
            memory.reload(left, ())
        memory.cursor = news.upto


def _first() -> Follower:
    newest = Entry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return Follower.objects.get_or_create(name=NAME, defaults={"cursor": max(0, newest - FIRST_LOOK)})[0]


def read_news(cursor: int, upto: int | None = None) -> News:
    """The next stretch of the record; with `upto`, all of it until there, whoever wrote it."""
    rows = Entry.objects.filter(pk__gt=cursor).order_by("pk")
    news = News(cursor)
    for row in rows[:BATCH] if upto is None else rows.filter(pk__lte=upto):
        news.upto = row.pk
        if row.object_type == "ticket":
            news.tickets[row.object_id] = news.tickets.get(row.object_id, False) or row.action in GROUPING
        elif row.object_type == "incident" and (row.actor != MACHINE or upto is not None):
            news.incidents.add(row.object_id)
            if number := row.detail.get("ticket"):
                news.moved.add(str(number))
    return news


def decide(memory: Memory, news: News) -> tuple[list[Placement], list[Ticket], set[int]]:
    """Where each new ticket belongs, by what is remembered (incidents to be made have numbers below 0), all tickets touched,
    and the incidents that tickets leave for another department.
    """
    tickets = list(Ticket.objects.filter(number__in=list(news.tickets)).select_related("department").order_by("pk"))
    members = {row.ticket_id: row for row in Member.objects.select_related("incident").filter(ticket__in=tickets)}
    grouping = [ticket for ticket in tickets if news.tickets[ticket.number] and not _stays(members.get(ticket.pk), ticket)]
    said = words_of(grouping)
    placed: list[Placement] = []
    done: set[int] = set()  # the partner of a ticket may itself still be to come
    for ticket in grouping:
        if is_grouped(ticket) and ticket.pk in said and ticket.pk not in done:
            found = _place(memory.grouper, memory.grouper.read(seen(ticket, said[ticket.pk])), -len(placed) - 1)
            done.update(one.ticket for one in found)
            placed += found
    left = {row.incident_id for ticket in grouping if (row := members.get(ticket.pk)) and row.incident_id}
    return placed, tickets, left


def _stays(member: Member | None, ticket: Ticket) -> bool:
    """Whether nothing is to be decided: it has its place, or a person said that it has none."""
    return member is not None and (member.incident is None or member.incident.department_id == ticket.department_id)


def _place(grouper: Grouper, read: Read, temporary: int) -> list[Placement]:
    """Remember a request where it belongs; what of it is to be written."""
    grouper.forget(read.seen.key)  # it may be remembered already: with fewer words, or from the tables
    verdict = grouper.decide(read)
    incident = verdict.incident if verdict.partner is None else temporary
    placed = [Placement(read.seen.key, incident)] if incident is not None else []
    if verdict.partner is not None:
        grouper.pair(verdict.partner, temporary)
        placed.insert(0, Placement(verdict.partner, temporary))
    grouper.remember(read, incident)
    if incident is not None:
        placed += [Placement(key, incident) for key in grouper.second_look(read, incident)]
    return placed


def _reload(memory: Memory, news: News) -> None:
    incidents = Incident.objects.filter(number__in=news.incidents).values_list("pk", flat=True)
    tickets = Ticket.objects.filter(number__in=news.moved).values_list("pk", flat=True)
    memory.reload(set(incidents), set(tickets))
