"""The staff: who is at their desk when, and what they do there. Everything they do goes through the product's own verbs."""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from datetime import time as time_of_day
from itertools import product

from django.db.models import Q, QuerySet

from bot.closing import refusals
from bot.closing.calling import note_call, to_call
from bot.conflict import Conflict, Denied
from bot.deadlines.queries import pack_of
from bot.outbox.models import Delivery
from bot.outbox.queries import doubtful
from bot.outbox.settling import retry, settle
from bot.staff.access import Actor, actor_of, department_ids
from bot.staff.actions import Invalid
from bot.staff.models import Department, Person
from bot.tickets import actions, dismissing, pausing
from bot.tickets.models import Message, Ticket
from bot.tickets.paging import is_open
from policies.answering import undo_time
from policies.calendar import SHANGHAI, default_calendar
from policies.pauses import reasons
from policies.roles import Role
from tests.city.asked import Rows
from tests.city.engine import City
from tests.city.plan import Plan
from tests.city.roster import Watch, is_sick, watches
from tests.city.town import Post, posts

TURN = timedelta(minutes=60)
EVENING, NIGHT = timedelta(minutes=80), timedelta(hours=2)  # between two looks of who is on duty when the offices are closed
SITTINGS = ((9.0, 12.0), (13.5, 17.5))
LAZY = 8  # one of so many claims and forgets
MOST_IN_HAND = 12  # who has more gives some back to the queue
GIVEN_BACK = 25


@dataclass(frozen=True, slots=True)
class Turn:
    """A moment at which somebody looks at the queue."""

    at: datetime
    person: int


def is_lazy(person: int) -> bool:
    return person % LAZY == 5


def at_desk(plan: Plan, person: int, now: datetime) -> bool:
    """Whether this person works at this moment by the calendar (duty shifts are the roster's)."""
    local = now.astimezone(SHANGHAI)
    hour = local.hour + local.minute / 60
    works = default_calendar().is_working_day(local.date()) and not is_sick(plan, person, now)
    return works and any(begin <= hour < end for begin, end in SITTINGS)


def turns(plan: Plan) -> list[Turn]:
    """Every turn of everybody in the plan's days, in order: office hours, and what the roster adds."""
    found = set[Turn]()
    for person in range(plan.staff):
        offset = plan.step * (person % int(TURN / plan.step))
        for day, (begin, end) in product(range(plan.days), SITTINGS):
            midnight = plan.start + timedelta(days=day)
            office = _between(midnight + timedelta(hours=begin) + offset, midnight + timedelta(hours=end), TURN)
            found |= {Turn(at, person) for at in office if at_desk(plan, person, at)}
    for watch in watches(plan, [post.department for post in posts(plan)]):
        by_night = watch.begins.astimezone(SHANGHAI).hour >= 20
        day_off = not default_calendar().is_working_day(watch.begins.astimezone(SHANGHAI).date())
        pause = NIGHT if by_night else TURN if day_off else EVENING
        offset = plan.step * (watch.person % int(TURN / plan.step))
        on_duty = _between(watch.begins + offset, min(watch.ends, plan.end), pause)
        found |= {Turn(at, watch.person) for at in on_duty if not is_sick(plan, watch.person, at)}
    return sorted(found, key=lambda turn: (turn.at, turn.person))


def _between(at: datetime, end: datetime, pause: timedelta) -> Iterator[datetime]:
    while at < end:
        yield at
        at += pause


class Staff:
    """Everybody who works for the city."""

    def __init__(self, city: City, schedule: Sequence[Turn]) -> None:
        self.city, self.plan, self.schedule = city, city.plan, schedule
        self.posts: list[Post] = posts(city.plan)
        people = {row.username: row for row in Person.objects.all()}
        self.actors: list[Actor] = [actor_of(people[post.username]) for post in self.posts]
        codes = dict(Department.objects.values_list("code", "pk"))
        self.home = [codes[post.department] for post in self.posts]
        self.reach = [department_ids(actor.paths()) for actor in self.actors]
        self.neighbours = {pk: [row for row in codes.values() if row != pk] for pk in codes.values()}
        self.done: Counter[str] = Counter()
        self._watches: dict[int, list[Watch]] = {}
        for watch in watches(self.plan, [post.department for post in self.posts]):
            self._watches.setdefault(watch.person, []).append(watch)
        self._place = 0
        self._questions: dict[tuple[str, int, int], Rows[Ticket]] = {}

    def is_there(self, person: int, now: datetime) -> bool:
        """At the desk, or on duty, and not ill."""
        on_duty = any(watch.begins <= now < watch.ends for watch in self._watches.get(person, ()))
        return at_desk(self.plan, person, now) or (on_duty and not is_sick(self.plan, person, now))

    def answer(self, person: int, ticket: Ticket, now: datetime) -> None:
        """What somebody was called for is answered at once, if it is theirs to answer."""
        self._try("replied", lambda: self._reply(person, ticket, now))

    def next(self, now: datetime) -> datetime | None:
        while self._place < len(self.schedule) and self.schedule[self._place].at <= now:
            self._place += 1
        return self.schedule[self._place].at if self._place < len(self.schedule) else None

    def run(self, now: datetime) -> int:
        """The turns of this moment."""
        before, place = sum(self.done.values()), self._place
        while place < len(self.schedule) and self.schedule[place].at <= now:
            self.turn(self.schedule[place].person, now)
            place += 1
        self._place = place
        return sum(self.done.values()) - before

    def turn(self, person: int, now: datetime) -> None:
        """One look at one's own tickets, then at the queue; whoever leads also decides what waits for a second person."""
        dice = random.Random(f"{self.plan.seed} {person} {now.timestamp()}")
        if Role.SUPERVISOR in self.posts[person].roles or Role.DUTY_LEADER in self.posts[person].roles:
            self._decide(person, now, dice)
        left = dice.choice((2, 3, 3, 4))
        own = self._own(person, GIVEN_BACK + MOST_IN_HAND)
        for ticket in own[MOST_IN_HAND:]:
            self._try("given back", lambda t=ticket: actions.release(self.actors[person], t, now))  # type: ignore[misc]
        for ticket in own[:left]:
            if is_lazy(person) and dice.random() < 0.7:
                continue
            self._try("replied", lambda t=ticket: self._reply(person, t, now))  # type: ignore[misc]
            left -= 1
        for ticket in self._waiting(person, left):
            self._take(person, ticket, now, dice)

    def _own(self, person: int, most: int) -> list[Ticket]:
        return self._asked(("own", person, most), lambda: self._mine(person)[:most])

    def _mine(self, person: int) -> QuerySet[Ticket]:
        mine = Ticket.objects.filter(is_open(), owner=self.actors[person].person_id).exclude(state="refusal_asked")
        return mine.order_by("deadline")

    def _waiting(self, person: int, most: int) -> list[Ticket]:
        """The front of the own department's queue; who leads helps with what is pressing below."""
        return self._asked(("waiting", person, most), lambda: self._free(person)[:most]) if most > 0 else []

    def _free(self, person: int) -> QuerySet[Ticket]:
        reach = self.reach[person] if self.home[person] != self.home[0] else [self.home[0]]
        free = Ticket.objects.filter(is_open(), owner=None, department__in=reach).exclude(state="refusal_asked")
        return free.order_by("deadline", "id")

    def _asked(self, name: tuple[str, int, int], ask: Callable[[], QuerySet[Ticket]]) -> list[Ticket]:
        if name not in self._questions:
            self._questions[name] = Rows(ask())
        return self._questions[name].all()

    def _take(self, person: int, ticket: Ticket, now: datetime, dice: random.Random) -> None:
        actor, chance = self.actors[person], dice.random()
        if is_lazy(person) and chance < 0.6:
            self._try("claimed", lambda: actions.claim(actor, ticket, now))
        elif chance < 0.03:
            words = "经核实，您反映的事项不属于受理范围，特此告知。"
            self._try("refusal asked", lambda: refusals.ask(actor, ticket, "not_ours", words, now))
        elif chance < 0.05:
            where = Department.objects.get(pk=dice.choice(self.neighbours[ticket.department_id]))
            self._try("transferred", lambda: actions.transfer(actor, ticket, where, "请贵单位办理", now))
        elif chance < 0.06:
            self._try("handed back", lambda: actions.hand_back(actor, ticket, "不属本单位职责", now))
        elif chance < 0.07:
            self._try("extended", lambda: actions.extend(actor, ticket, "需现场核查", now))
        elif chance < 0.08 and not ticket.urgent:
            self._try("paused", lambda: self._pause(actor, ticket, now, dice))
        elif chance < 0.1 and (other := self._twin(ticket)):
            self._try("merged", lambda: actions.merge(actor, ticket, other, now))
        elif chance < 0.25:
            self._try("claimed", lambda: actions.claim(actor, ticket, now))
        else:
            self._try("replied", lambda: self._reply(person, ticket, now))

    def _pause(self, actor: Actor, ticket: Ticket, now: datetime, dice: random.Random) -> object:
        """Ask the citizen for something; the clock stands for a day or three."""
        reason = dice.choice(sorted(reasons(pack_of(ticket.department_id))))
        return pausing.pause(actor, ticket, reason, now + timedelta(days=dice.randint(1, 3)), now, words="请补充具体地址和联系电话")

    def _twin(self, ticket: Ticket) -> Ticket | None:
        others = Ticket.objects.filter(conversation=ticket.conversation_id).exclude(pk=ticket.pk).exclude(state__in=("merged", "refused"))
        return others.order_by("id").first()

    def _reply(self, person: int, ticket: Ticket, now: datetime) -> object:
        """Words that no other reply has: the judge of doubles counts texts."""
        local = now.astimezone(SHANGHAI)
        done = f"已核实办理：{local:%m月%d日}已安排专人处理，结果将电话告知。经办编号{person:02d}{local:%d%H%M%S}。"
        words = f"您好，您反映的事项（{ticket.number}）{done}"
        wait = undo_time(urgent=ticket.urgent)
        return actions.reply(self.actors[person], ticket, words, now, wait=wait)

    def _try(self, what: str, act: "object") -> bool:
        """Somebody may have been faster, or the rules say no: then the next turn sees the ticket as it is."""
        assert callable(act)
        try:
            act()
        except (Conflict, Denied, Invalid) as error:
            self.done[f"{what}: {type(error).__name__}"] += 1
            return False
        self.done[what] += 1
        return True

    def _decide(self, person: int, now: datetime, dice: random.Random) -> None:
        """Refusals asked for by others; what the machine took for no question; deliveries nobody knows the end of."""
        actor = self.actors[person]
        asked = Ticket.objects.filter(state="refusal_asked", department__in=self.reach[person]).exclude(refuse_asked_by=actor.person_id)
        for ticket in asked.order_by("id")[:6]:
            if dice.random() < 0.8:
                self._try("refused", lambda t=ticket: actions.confirm_refusal(actor, t, now))  # type: ignore[misc]
            else:
                self._try("refusal declined", lambda t=ticket: actions.decline_refusal(actor, t, "应当受理", now))  # type: ignore[misc]
        for row in to_call(actor).order_by("id")[:3]:
            result = dice.choice(("satisfied",) * 8 + ("unsatisfied", "unreached"))
            self._try("called back", lambda r=row, s=result: note_call(actor, r, s, "电话回访", now))  # type: ignore[misc]
        if self.home[person] == self.home[0]:
            self._confirm_dismissed(actor, now, dice)
            self._settle(actor, now)

    def _confirm_dismissed(self, actor: Actor, now: datetime, dice: random.Random) -> None:
        if now.astimezone(SHANGHAI).time() < time_of_day(16, 0):
            return
        rows = list(Message.objects.filter(direction="citizen", ticket=None, confirmed_by=None).order_by("at", "id")[:200])
        questions = [row for row in rows if dice.random() < 0.02]
        for row in questions:
            self._try("made a ticket", lambda r=row: dismissing.make_ticket(actor, r, now))  # type: ignore[misc]
        rest = [row.pk for row in rows if row not in questions]
        if rest:
            self._try("dismissals confirmed", lambda: dismissing.confirm(actor, rest, now))

    def _settle(self, actor: Actor, now: datetime) -> None:
        """Look at the citizen's phone, and say what is there: the product never sends a doubtful one again by itself."""
        rows = Delivery.objects.filter(doubtful(), state="unknown", first_tried_at__lt=now - timedelta(minutes=10))
        for row in rows.select_related("conversation").order_by("id")[:40]:
            same = Q(conversation=row.conversation_id, text=row.text, state="sent")
            arrived = self.city.heard(row) > Delivery.objects.filter(same).exclude(pk=row.pk).count()
            self._try("settled", lambda r=row, a=arrived: settle(actor.username, r, sent=a, note="看过对方手机", now=now))  # type: ignore[misc]
        if actor != self.actors[1]:
            return
        for row in Delivery.objects.filter(state="dead", lane="human").order_by("id")[:20]:
            self._try("sent again", lambda r=row: retry(actor.username, r, now))  # type: ignore[misc]
