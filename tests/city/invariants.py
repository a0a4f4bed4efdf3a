"""What must hold at every moment, each under its name, with how often it was looked at and what was found."""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from bot.audit.models import Entry
from bot.inbox.models import Inbound
from bot.outbox.models import Delivery
from bot.staff.models import Person
from bot.supervision.balance import concerned, current, whole
from bot.supervision.models import Imbalance
from bot.tickets.models import Message, Ticket
from tests.city import promises
from tests.city.engine import City

LATE = timedelta(seconds=60)
DAYS = timedelta(days=5)  # between two looks at everything that was ever sent or recorded
MOST_TOLD = 5  # findings of one look that are told in words; the rest are counted

type Looked = tuple[int, list[str]]  # how many things were looked at, and what is wrong with them


@dataclass(frozen=True, slots=True)
class Invariant:
    """One promise. `every`: how much of the city's time between two looks."""

    name: str
    zh: str
    en: str
    look: Callable[["Judge", datetime], Looked]
    every: timedelta = timedelta(minutes=50)  # not the hour: by then hourly jobs have put things right


@dataclass(slots=True)
class Judge:
    """Looks at the invariants as they come due, and writes down what it saw."""

    city: City
    final: bool = False
    since: datetime | None = None  # tickets changed since then are looked at; None: all of them
    seen: dict[str, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """After a start all is looked at, but for what reads everything that ever was."""
        self.seen = {row.name: max(self.city.world.now, self.city.plan.start) for row in INVARIANTS if self._every(row) >= DAYS}

    def next(self, now: datetime) -> datetime:
        """When the next look is due; at once after a start."""
        return min((self.seen[row.name] + self._every(row) if row.name in self.seen else now) for row in INVARIANTS)

    def _every(self, row: Invariant) -> timedelta:
        return min(row.every, self.city.plan.look_every)

    def run(self, now: datetime) -> int:
        """The looks that are due. Never counts as work done: looking changes nothing."""
        looked = {}
        for row in INVARIANTS:
            if row.name not in self.seen or self.seen[row.name] + self._every(row) <= now:
                looked[row.name] = self.look(row, now)
        self.since = now
        self.city.world.note("looks", at=now, looked=looked)
        return 0

    def look(self, row: Invariant, now: datetime) -> int:
        """One look; what is wrong goes into the journal."""
        count, wrong = row.look(self, now)
        self.seen[row.name] = now
        if wrong:
            self.city.world.note("violations", at=now, invariant=row.name, count=len(wrong), first=wrong[:MOST_TOLD])
        return count

    def last(self, now: datetime) -> None:
        """Everything once more over everything, when the city has ended."""
        self.final, self.since = True, None
        self.city.world.note("looks", at=now, looked={row.name: self.look(row, now) for row in INVARIANTS})

    def changed(self) -> QuerySet[Ticket]:
        """The tickets to look at: all, or those changed since the last look."""
        return Ticket.objects.filter(updated_at__gte=self.since) if self.since else Ticket.objects.all()


def balanced(judge: Judge, now: datetime) -> Looked:
    """Nothing outside the balance, and every message that a platform knows to be stored is there, once."""
    found, wrong = whole() if judge.final else current(), []
    if found.difference:
        wrong.append(f"balance differs by {found.difference}: {concerned(5)}")
    wrong += [
        f"the product's own watch says {row.account_id} {row.day} differs by {row.difference}"
        for row in Imbalance.objects.filter(ended_at=None)
    ]
    if found.received < judge.city.world.acknowledged:
        wrong.append(f"{judge.city.world.acknowledged} messages were acknowledged, {found.received} are stored")
    if found.received > len(judge.city.said):
        wrong.append(f"{len(judge.city.said)} messages were written, {found.received} are stored")
    if judge.final and (found.arriving or found.received != len(judge.city.said)):
        wrong.append(f"at the end {found.arriving} are unread, {found.received} of {len(judge.city.said)} stored")
    return found.received, wrong


def answered_by_people(judge: Judge, now: datetime) -> Looked:
    """No automatic answer stopped a clock: whatever counts as answered has a person's words."""
    said = Message.objects.filter(ticket=OuterRef("pk"), direction=Message.Direction.HUMAN, person__isnull=False)
    rows = judge.changed().filter(Q(answered_at__isnull=False) | Q(state__in=("answered", "closed")))
    bare = rows.exclude(Exists(said))
    return rows.count(), [f"{row.number} is {row.state}, answered by nobody" for row in bare[:20]]


def ended_rightly(judge: Judge, now: datetime) -> Looked:
    """Every ended ticket has a person's reply, a refusal by two, or a merge that leads to a ticket not merged itself."""
    rows = judge.changed().filter(state__in=("answered", "closed", "refused", "merged"))
    wrong = []
    for ticket in rows.filter(state="merged").select_related("merged_into"):
        if not _leads_somewhere(ticket):
            wrong.append(f"{ticket.number} is merged into nothing that lives")
    refused = {row.number: row.refuse_asked_by_id for row in rows.filter(state="refused")}
    deciders = _actors(Entry.objects.filter(object_type="ticket", object_id__in=list(refused), action="ticket.refused"))
    names = dict(Person.objects.values_list("pk", "username"))
    for number, asker in refused.items():
        if asker is None or not deciders.get(number) or deciders[number] == names[asker]:
            wrong.append(f"{number} was refused by {deciders.get(number)} as asked by {names.get(asker or 0)}")
    return rows.count(), wrong


def _leads_somewhere(ticket: Ticket) -> bool:
    seen: set[int] = set()
    at: Ticket | None = ticket
    while at is not None and at.state == "merged":
        if at.pk in seen:
            return False
        seen.add(at.pk)
        at = at.merged_into
    return at is not None


def _actors(entries: QuerySet[Entry]) -> dict[str, str]:
    return dict(entries.order_by("id").values_list("object_id", "actor"))


def never_twice(judge: Judge, now: datetime) -> Looked:
    """The platforms' journal against the outbox: nothing reached anybody more often than it was meant to, and what counts as sent did."""
    heard: Counter[tuple[str, str]] = Counter((row["citizen"], row["text"]) for row in judge.city.world.notes("platform"))
    meant: Counter[tuple[str, str]] = Counter()
    sure: Counter[tuple[str, str]] = Counter()
    for citizen, row in _addressed():
        meant[citizen, row["text"]] += 1
        sure[citizen, row["text"]] += row["state"] == "sent" and (row["via"] != "webhook" or row["lane"] == "human")
    wrong = [
        f"{citizen} got {times} times what was written {meant[citizen, text]} times: {text[:60]}"
        for (citizen, text), times in heard.items()
        if times > meant[citizen, text]
    ]
    wrong += [
        f"{citizen} got {heard[citizen, text]} of {times} sent: {text[:60]}"
        for (citizen, text), times in sure.items()
        if heard[citizen, text] < times
    ]
    return len(meant), wrong


def _addressed() -> Iterator[tuple[str, dict[str, Any]]]:
    rows = Delivery.objects.values("text", "state", "via", "lane", "thread", "conversation__external_id")
    for row in rows.iterator(chunk_size=5000):
        public = row["thread"].get("kind") == "comment"
        yield (f"post {row['thread']['id']}" if public else row["conversation__external_id"]), row


def nothing_stuck(judge: Judge, now: datetime) -> Looked:
    """No stored message unread and no delivery on its way for longer than a crash explains."""
    unread = Inbound.objects.filter(state=Inbound.State.STORED, lease_until__lt=now - 2 * LATE).count()
    broken = Inbound.objects.filter(state=Inbound.State.BROKEN).count()
    flying = Delivery.objects.filter(state="sending", lease_until__lt=now - 2 * LATE).count()
    wrong = [
        f"{count} {what}"
        for count, what in ((unread, "messages unread"), (broken, "messages broken"), (flying, "deliveries in the air"))
        if count
    ]
    return unread + broken + flying + 1, wrong


def record_whole(judge: Judge, now: datetime) -> Looked:
    """The hash chain of the audit record holds from the first row to the last."""
    from bot.audit.actions import first_break

    row = first_break()
    return Entry.objects.count(), [f"the record breaks at {row.pk}"] if row else []


INVARIANTS: list[Invariant] = [
    Invariant("balance", "账外留言", "messages outside the balance", balanced, timedelta(hours=6)),
    Invariant("owner-and-deadline", "无负责人或无期限的未结诉求单", "open tickets without owner or deadline", promises.owned),
    Invariant("ladder-climbs", "到时 60 秒内未升级的诉求单", "tickets whose ladder did not move within 60 s", promises.climbs),
    Invariant("pages-arrive", "丢失的呼叫", "pages lost", promises.pages_arrive),
    Invariant("only-people-stop-the-clock", "被自动答复停止计时的诉求单", "clocks stopped by a bot's answer", answered_by_people),
    Invariant(
        "ended-rightly",
        "无人工答复、两人不予受理或合并而结束的诉求单",
        "tickets ended without reply, two-person refusal or merge",
        ended_rightly,
    ),
    Invariant("nothing-stuck", "滞留的留言和投递", "messages and deliveries left lying", nothing_stuck),
    Invariant("never-twice", "重复送达的答复", "replies sent twice, or counted as sent and not arrived", never_twice, DAYS),
    Invariant("record-whole", "审计链断裂", "breaks of the audit chain", record_whole, DAYS),
]


def tally(judge_notes: Iterator[Mapping[str, Any]]) -> Counter[str]:
    """How many things were looked at in all, by invariant."""
    found: Counter[str] = Counter()
    deque((found.update(note["looked"]) for note in judge_notes), maxlen=0)
    return found
