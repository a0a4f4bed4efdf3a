"""The product under the city's clock: the same verbs and sweeps as in bot/worker, each called at its own next moment.

This process is the one that is killed. It keeps nothing that the database and the world's folder do not hold.
"""

import json
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from http.client import HTTPConnection
from typing import Any, cast

from django.db import connection, transaction

from bot.channels.models import AccountState
from bot.dialogue.dispatcher import HANDOVER
from bot.dialogue.sweep import handle_each, sweep
from bot.inbox.models import Inbound
from bot.inbox.rows import NewRow, insert, parameters
from bot.outbox.actions import claim, given, handed_over, reconnected
from bot.outbox.finishing import finish, finish_sent
from bot.outbox.models import Delivery
from bot.outbox.queries import claimable
from bot.outbox.sending import ask, call
from bot.outbox.settling import claim_checks, doubt_expired, finish_check
from bot.tickets.actions import lapse_claims
from bot.tickets.models import Ticket
from nlu import fallback
from policies.deliveries import DeliveryState
from policies.facts import Event, EventKind, Outcome, Understanding, WindowTrigger
from tests.city import town
from tests.city.asked import first
from tests.city.plan import Plan, Said
from tests.city.world import World

INTAKE_LEASE = timedelta(seconds=15)
AT_ONCE = 32
AGAIN = 20  # messages that the platforms push once more after a crash, though they had their 200
REST = timedelta(seconds=1.1)  # between two looks at the outbox while something waits for its pace
LOOKED_AFTER = timedelta(minutes=10)
BLOCKED = timedelta(seconds=30)  # and while nothing of it may leave
MOMENT = timedelta(milliseconds=1)
NAME = "city"


@dataclass(slots=True)
class Job:
    """One thing the engine does. `next`: when it is due, None = nothing waits. `run`: how much it did."""

    name: str
    next: Callable[[datetime], datetime | None]
    run: Callable[[datetime], int]
    due: datetime | None = None


@cache
def _read(text: str) -> Understanding:
    return fallback.understand(text)


def read(texts: Sequence[str]) -> list[Understanding]:
    """The keyword reader, which remembers: the city's citizens repeat the same sentences. Rasa is measured elsewhere."""
    return [_read(text) for text in texts]


class City:
    """The citizens' door of one plan, and what an engine needs to ask the world."""

    def __init__(self, world: World, plan: Plan, said: Sequence[Said], door: int) -> None:
        self.world, self.plan, self.said = world, plan, said
        self.ids = town.account_ids(plan)
        self.accounts = town.accounts()
        self._door = HTTPConnection("127.0.0.1", door, timeout=10)

    def ask(self, path: str, asked: Any) -> Any:
        """The world's own answer (citizens' phones), not the product's."""
        self._door.request("POST", path, json.dumps(asked).encode(), {"Content-Type": "application/json"})
        return json.load(self._door.getresponse())

    def platform(self, place: int) -> str:
        return self.ids[place].partition("-")[0]

    def heard(self, delivery: Delivery) -> int:
        """How often the citizen of a delivery got its words."""
        talk = delivery.conversation
        public = delivery.thread.get("kind") == "comment"
        citizen = f"post {delivery.thread['id']}" if public else talk.external_id if talk else ""
        return int(self.ask("/heard", {"citizen": citizen, "text": delivery.text})["times"])


class Intake:
    """What the webhooks do: store, tell the platform, read, and give the automatic answer back in the response."""

    def __init__(self, city: City) -> None:
        self.city, self.world, self.said = city, city.world, city.said
        self.pushed = max(0, self.world.acknowledged - AGAIN)  # a platform that lost its connection pushes again

    def next(self, now: datetime) -> datetime | None:
        if self.pushed >= len(self.said):
            return None
        step, start = self.city.plan.step, self.city.plan.start
        return start + step * (int((self.said[self.pushed].at - start) / step) + 1)

    def run(self, now: datetime) -> int:
        done = 0
        while self.pushed < len(self.said) and self.said[self.pushed].at <= now:
            end = self.pushed
            while end < len(self.said) and end < self.pushed + AT_ONCE and self.said[end].at <= now:
                end += 1
            self._take(range(self.pushed, end), now)
            done += end - self.pushed
            self.pushed = end
        return done

    def _take(self, numbers: range, now: datetime) -> None:
        self.world.doing = "storing"
        rows = [self._row(number, now) for number in numbers]
        with transaction.atomic():
            insert(rows, [parameters(row) for row in rows])
        self.world.acknowledged = max(self.world.acknowledged, numbers.stop)
        self.world.doing = "reading"
        fresh = [row.id for row in rows if row.fresh]
        events = list(Inbound.objects.filter(pk__in=fresh, state=Inbound.State.STORED).order_by("pk"))
        waiting = frozenset(event.pk for event in events if event.kind == EventKind.MESSAGE and not event.account_id.startswith("telegram"))
        answers = handle_each(events, read, now, HANDOVER, waiting)
        self._give({pk: answer for pk, answer in answers.items() if pk in waiting}, {event.pk: event for event in events}, now)

    def _give(self, answers: dict[int, Any], events: dict[int, Inbound], now: datetime) -> None:
        """The webhook's own response: taken from the outbox first, then the bytes leave, then a person's words are marked as given."""
        if not answers:
            return
        with transaction.atomic():
            mine = handed_over([answer.delivery_id for answer in answers.values()], now)
        left = [(pk, answer) for pk, answer in answers.items() if answer.delivery_id in mine]
        if left:
            self.city.ask("/passive", [(events[pk].account_id.partition("-")[0], events[pk].citizen, answer.text) for pk, answer in left])
        for _, answer in left:
            if answer.by_person:
                given(answer.delivery_id, now)

    def _row(self, number: int, now: datetime) -> NewRow:
        said = self.said[number]
        account = self.city.accounts[self.city.ids[said.place]]
        thread: dict[str, Any] = {"chat_id": int(said.citizen)} if account.platform == "telegram" else {}
        kind, trigger = EventKind.MESSAGE, WindowTrigger.MESSAGE
        if said.post:
            kind, trigger, thread = (
                EventKind.COMMENT,
                WindowTrigger.COMMENT,
                {"kind": "comment", "id": str(said.post), "cid": str(number + 1)},
            )
        event = Event(f"m{number}", kind, said.at, said.citizen, "", said.text, trigger=trigger, thread=thread)
        return NewRow(account.pk, account.department_id, event, now, now + INTAKE_LEASE)


_oldest_left = first(
    lambda: Inbound.objects.filter(state=Inbound.State.STORED).order_by("lease_until").values_list("lease_until", flat=True)
)
_may_leave = first(
    lambda: (
        Delivery.objects.filter(claimable(), account__state=AccountState.ACTIVE).order_by("not_before").values_list("not_before", flat=True)
    )
)
_lease_ends = first(
    lambda: Delivery.objects.filter(state=DeliveryState.SENDING).order_by("lease_until").values_list("lease_until", flat=True)
)
_look_again = first(
    lambda: Delivery.objects.filter(state__in=("unknown", "pending")).order_by("not_before").values_list("not_before", flat=True)
)
_claim_ends = first(
    lambda: Ticket.objects.filter(state="claimed", lease_until__isnull=False).order_by("lease_until").values_list("lease_until", flat=True)
)


def left_lying(now: datetime) -> datetime | None:
    """When the sweep may take up what a dead process stored and did not read."""
    return cast(datetime | None, _oldest_left())


def next_send(now: datetime) -> datetime | None:
    return cast(datetime | None, _may_leave())


def send(now: datetime) -> int:
    """All that may leave at this moment, then a moment later what the pace kept back."""
    done, moment = 0, now
    while (due := next_send(moment)) and due <= moment and (rows := claim(NAME, AT_ONCE, moment)):
        ends = [(row, call(row, moment)) for row in rows]
        finish_sent([end for end in ends if end[1].outcome == Outcome.SENT], moment)
        for row, result in ends:
            if result.outcome != Outcome.SENT:
                finish(row, result, moment)
        done += len(rows)
        moment += REST
    return done


def next_lease(now: datetime) -> datetime | None:
    """When a delivery whose worker died becomes doubtful."""
    found = _lease_ends()
    return found + MOMENT if found else None


def next_check(now: datetime) -> datetime | None:
    found = _look_again()
    return found if found and found.year < 9999 else None


def check(now: datetime) -> int:
    rows = claim_checks(20, now)
    for row in rows:
        finish_check(row, ask(row, now), now)
    return len(rows)


def next_lapse(now: datetime) -> datetime | None:
    found = _claim_ends()
    return found + MOMENT if found else None


# What a job may have made due; each also itself. Whatever else is asked again when it comes up.
STIRS: dict[str, frozenset[str]] = {
    "storing": frozenset({"reading", "climbing", "sending"}),
    "reading": frozenset({"climbing", "sending"}),
    "working": frozenset({"climbing", "paging", "standing", "sending", "closing"}),
    "answering calls": frozenset({"climbing", "paging", "sending", "closing"}),
    "standing": frozenset({"climbing", "paging"}),
    "climbing": frozenset({"paging"}),
    "paging": frozenset({"answering calls"}),
    "closing": frozenset({"climbing", "paging", "sending"}),
    "rating": frozenset({"climbing", "paging"}),
    "settling": frozenset({"climbing", "paging", "sending"}),
    "sending": frozenset({"closing"}),
    "watching": frozenset({"paging"}),
    "checking": frozenset(),
}


class Engine:
    """Jumps from one due moment to the next until the city ends."""

    def __init__(self, city: City, more: Sequence[Job]) -> None:
        self.world, self.plan = city.world, city.plan
        intake = Intake(city)
        self.jobs = [
            Job("storing", intake.next, intake.run),
            Job("reading", left_lying, lambda now: sweep(read, now)),
            *more,
            Job("settling", _at_least(next_lease), doubt_expired),
            Job("settling", _at_least(next_check), check),
            Job("settling", _at_least(next_lapse), lapse_claims),
            Job("settling", hourly, reconnected),
            Job("sending", next_send, send),
        ]
        self.spent: dict[str, float] = {}

    def run(self) -> None:
        """Until the end of the plan."""
        if connection.vendor == "sqlite":
            connection.for_intake()  # type: ignore[attr-defined]  # the only writer: nobody to wait for
        now = max(self.world.now, self.plan.start)
        self._look({job.name for job in self.jobs}, now)
        while (moment := min((job.due for job in self.jobs if job.due), default=self.plan.end)) < self.plan.end:
            now = max(now, moment)
            self.world.now = now
            for job in self.jobs:
                if job.due and job.due <= now:
                    self._do(job, now)
        self.world.now = self.plan.end

    def _do(self, job: Job, now: datetime) -> None:
        begun = time.process_time()
        self.world.doing = job.name
        done = job.run(now)
        self._spend(job.name, begun)
        job.due = job.next(now)
        if done:
            self._look(STIRS[job.name] | {job.name}, now, but=job)
        elif job.due and job.due <= now:
            job.due = now + BLOCKED  # all that waits belongs to accounts that pause

    def _look(self, names: Collection[str], now: datetime, but: Job | None = None) -> None:
        """Ask these jobs when they are due (`but`: who was just asked); what is due already comes up anyway."""
        begun = time.process_time()
        for job in self.jobs:
            if job.name in names and job is not but and not (job.due and job.due <= now):
                job.due = job.next(now)
        self._spend("looking", begun)

    def _spend(self, name: str, begun: float) -> None:
        self.spent[name] = self.spent.get(name, 0.0) + time.process_time() - begun


def _at_least(find: Callable[[datetime], datetime | None]) -> Callable[[datetime], datetime]:
    """Due when something is, and looked after every few minutes: nothing else has to tell."""
    return lambda now: min(find(now) or now + LOOKED_AFTER, now + LOOKED_AFTER)


def hourly(now: datetime) -> datetime | None:
    """The next full hour."""
    return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
