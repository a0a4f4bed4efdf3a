"""Whatever happens to messages, in whatever order and however late: the balance comes out even, and what is kept is what is true."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels.models import Conversation
from bot.inbox.models import Inbound
from bot.supervision.balance import COLUMNS, Balance, balance, current
from bot.supervision.models import AccountDay, Imbalance
from bot.supervision.watching import look
from bot.tickets.models import Message, Ticket
from policies.tickets import MOVES, OPEN, TicketState, fate
from tests.bot.conftest import NOW, World

numbers = st.integers(0, 7)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("say"), numbers),
        st.tuples(st.just("read"), numbers),
        st.tuples(st.just("dismiss"), numbers),
        st.tuples(st.just("promote"), numbers),
        st.tuples(st.just("move"), numbers, numbers),
        st.tuples(st.just("wait"), st.sampled_from([1, 30, 60 * 30, 60 * 24 * 4])),
        st.tuples(st.just("look"), numbers),
    ),
    max_size=40,
)


class History:
    """Messages and tickets as the house's own actions leave them, without the actions' cost."""

    def __init__(self, world: World) -> None:
        self.world, self.now, self.states = world, NOW, set[TicketState]()
        self.talk = Conversation.objects.create(account=world.account, external_id="h", created_at=NOW)

    def say(self, _n: int) -> None:
        count = Inbound.objects.count()
        times = {"sent_at": self.now, "received_at": self.now, "lease_until": self.now}
        Inbound.objects.create(account=self.world.account, dedup_key=f"h{count}", kind="message", counted=True, **times)

    def read(self, n: int) -> None:
        if event := pick(Inbound.objects.filter(state="stored"), n):
            self._place(event, self._ticket())

    def dismiss(self, n: int) -> None:
        if event := pick(Inbound.objects.filter(state="stored"), n):
            self._place(event, None)

    def promote(self, n: int) -> None:
        if message := pick(Message.objects.filter(ticket=None), n):
            Message.objects.filter(pk=message.pk).update(ticket=self._ticket())

    def move(self, n: int, way: int) -> None:
        if ticket := pick(Ticket.objects.all(), n):
            ways = sorted(MOVES[TicketState(ticket.state)])
            put(ticket, ways[way % len(ways)], self.now)

    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    def look(self, _n: int) -> None:
        self.now += timedelta(minutes=1)
        while look(self.now, at_start=True):
            pass

    def _place(self, event: Inbound, ticket: Ticket | None) -> None:
        said = {"conversation": self.talk, "account": self.world.account, "direction": "citizen", "at": event.received_at}
        Message.objects.create(inbound=event, ticket=ticket, **said)
        Inbound.objects.filter(pk=event.pk).update(state="handled")

    def _ticket(self) -> Ticket:
        return a_ticket(self.world, self.talk, self.now)


def a_ticket(world: World, talk: Conversation, now: datetime) -> Ticket:
    count = Ticket.objects.count()
    times = {"received_at": now, "service_deadline": now, "deadline": now, "updated_at": now}
    named = {"number": f"n{count}", "query_code": f"q{count}", "kind": "question"}
    return Ticket.objects.create(conversation=talk, account=world.account, department=world.health, **named, **times)


def put(ticket: Ticket, state: TicketState, now: datetime) -> None:
    needs = {"merged_into_id": ticket.pk, "refuse_reason": "x"}
    Ticket.objects.filter(pk=ticket.pk).update(state=state, updated_at=now, **needs)


def pick(rows: Any, n: int) -> Any:
    found = list(rows.order_by("pk"))
    return found[n % len(found)] if found else None


def kept() -> Balance:
    rows = AccountDay.objects.all()
    return sum((Balance(*(getattr(row, name) for name in COLUMNS)) for row in rows), Balance())


@given(steps)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_every_history_comes_out_even_and_is_kept_as_it_is(world: World, history: list[tuple[Any, ...]]) -> None:
    with transaction.atomic():
        told = History(world)
        for name, *arguments in history:
            getattr(told, name)(*arguments)
            true = balance(Inbound.objects.all())
            assert (true.difference, current()) == (0, true)
        told.look(0)
        assert (kept(), Imbalance.objects.count()) == (balance(Inbound.objects.all()), 0)
        transaction.set_rollback(True)


@given(steps, numbers)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_after_every_history_one_lost_link_is_one_alarm(world: World, history: list[tuple[Any, ...]], n: int) -> None:
    with transaction.atomic():
        told = History(world)
        for name, *arguments in [("say", 0), ("read", 0), *history]:
            getattr(told, name)(*arguments)
        lost = pick(Message.objects.filter(inbound__isnull=False), n)
        lost.delete()
        told.now += timedelta(days=2)
        told.look(0)
        assert sum(Imbalance.objects.filter(ended_at=None).values_list("difference", flat=True)) == 1
        transaction.set_rollback(True)


@pytest.mark.parametrize("state", sorted(TicketState))
def test_a_message_is_in_exactly_one_place_in_every_state(world: World, state: TicketState) -> None:
    told = History(world)
    told.say(0), told.read(0)
    put(Ticket.objects.get(), state, NOW)
    found = balance(Inbound.objects.all())
    places = {"open": found.open, "answered": found.answered, "refused": found.refused, "merged": found.merged}
    assert (places.pop(fate(state)), sum(places.values()), found.difference) == (1, 0, 0) and (fate(state) == "open") == (state in OPEN)
