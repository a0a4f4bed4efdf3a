"""What holds when several processes do the same at once. Threads with connections of their own stand for the processes.

Runs on the database that DATABASE_URL names: on SQLite with the rest of the tests, on PostgreSQL by test_data_layer_on_postgresql.py.
"""

import asyncio
from collections import Counter
from datetime import timedelta
from functools import partial

import pytest
from django.db.models import Count

from bot.channels.models import Account, Conversation
from bot.channels.queries import limits_of
from bot.dialogue.handle import handle
from bot.dialogue.sweep import handle_each, sweep
from bot.inbox.commit import GroupCommit
from bot.inbox.models import Inbound
from bot.inbox.rows import NewRow
from bot.outbox.actions import claim, handed_over, new_delivery
from bot.outbox.finishing import finish
from bot.outbox.models import Delivery
from bot.outbox.settling import claim_checks, doubt_expired
from bot.supervision.balance import current
from bot.tickets import actions as tickets
from bot.tickets.models import Message, Ticket
from policies.facts import Event, EventKind, Lane, Outcome, Result, WindowTrigger
from tests.bot.conftest import NOW, World, later
from tests.bot.dialogue.test_handle import ZERO, read, said
from tests.engines.together import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def queue(world: World, count: int, lane: Lane = Lane.HUMAN) -> list[int]:
    """Deliveries to as many different citizens."""
    talks = [Conversation(account=world.account, external_id=f"c{n}", window_closes=False, created_at=NOW) for n in range(count)]
    Conversation.objects.bulk_create(talks)
    made = Delivery.objects.bulk_create([new_delivery(talk, lane, f"答复{talk.external_id}", NOW) for talk in talks])
    return [row.pk for row in made]


def event(key: str, citizen: str = "o1") -> Event:
    return Event(key, EventKind.MESSAGE, NOW, citizen, text=f"疫苗几点打 {key}", trigger=WindowTrigger.MESSAGE)


def row(world: World, key: str, citizen: str = "o1") -> NewRow:
    return NewRow(world.account.pk, world.health.pk, event(key, citizen), NOW, later(seconds=15))


def store(batches: list[list[NewRow]]) -> None:
    """Put batches through a group commit of their own, all waiting at the same time."""
    commit = GroupCommit(handed_over)
    commit.start()

    async def all_of_them() -> None:
        await asyncio.gather(*(commit.store(batch) for batch in batches))

    try:
        asyncio.run(all_of_them())
    finally:
        commit.stop()


def test_each_delivery_is_claimed_by_one_worker_only(world: World) -> None:
    wanted = queue(world, 60)
    taken: list[int] = []
    for second in range(8):
        found = at_once(*(partial(claim, f"w{n}", 10, later(seconds=10 * second)) for n in range(6)))
        taken += [delivery.pk for rows in found for delivery in rows]
    assert sorted(taken) == sorted(wanted)
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {1}


def test_workers_together_keep_an_accounts_pace(world: World) -> None:
    burst = int(limits_of(Account.objects.get(pk=world.account.pk)).per_second)
    queue(world, 4 * burst)
    found = at_once(*(partial(claim, f"w{n}", 2 * burst, NOW) for n in range(4)))
    assert 0 < sum(len(rows) for rows in found) <= burst


def test_two_replies_to_one_citizen_keep_their_order_among_workers(world: World) -> None:
    for number in range(6):
        new_delivery(world.talk, Lane.HUMAN, str(number), NOW).save()
    order: list[str] = []
    for minute in range(6):
        (delivery,) = (got for rows in at_once(*(partial(claim, f"w{n}", 10, later(minutes=minute)) for n in range(4))) for got in rows)
        order.append(delivery.text)
        finish(delivery, Result(Outcome.SENT), later(minutes=minute))
    assert order == [str(number) for number in range(6)]


def test_an_expired_lease_is_doubted_once_and_checked_by_one_worker(world: World) -> None:
    wanted = queue(world, 20)
    claim("dead", 20, NOW)
    assert sum(at_once(*(partial(doubt_expired, later(hours=1)) for _ in range(4)))) == 20
    found = at_once(*(partial(claim_checks, 20, later(hours=2)) for _ in range(4)))
    assert sorted(delivery.pk for rows in found for delivery in rows) == sorted(wanted)


def test_twenty_copies_in_two_processes_make_one_message(world: World) -> None:
    copies = [row(world, "same") for _ in range(20)]
    at_once(partial(store, [[copy] for copy in copies[:10]]), partial(store, [[copy] for copy in copies[10:]]))
    assert Inbound.objects.count() == 1
    assert Counter(copy.fresh for copy in copies) == {True: 1, False: 19}
    assert {copy.id for copy in copies} == {Inbound.objects.get().pk}


def test_the_same_messages_in_opposite_order_do_not_stop_each_other(world: World, caplog: pytest.LogCaptureFixture) -> None:
    keys = [f"k{n:03}" for n in range(200)]
    for turn in range(5):
        there = [row(world, f"{turn}-{key}", key) for key in keys]
        back = [row(world, f"{turn}-{key}", key) for key in reversed(keys)]
        at_once(partial(store, [there]), partial(store, [back]))
        assert sum(copy.fresh for copy in there + back) == len(keys)
    assert Inbound.objects.count() == 5 * len(keys)
    assert "group commit failed" not in caplog.text


def test_messages_of_one_citizen_in_two_processes_make_one_ticket(world: World, caplog: pytest.LogCaptureFixture) -> None:
    citizens = [f"z{n}" for n in range(24)]
    first = [said(world, f"question|一 {name}", f"1{name}", citizen=name) for name in citizens]
    second = [said(world, f"question|二 {name}", f"2{name}", citizen=name) for name in reversed(citizens)]
    at_once(partial(handle_each, first, read, NOW, ZERO), partial(handle_each, second, read, NOW, ZERO))
    sweep(read, later(minutes=1))
    assert Ticket.objects.count() == len(citizens)
    assert set(Ticket.objects.annotate(said=Count("messages", distinct=True)).values_list("said", flat=True)) <= {2, 3, 4}
    assert (Message.objects.filter(direction="citizen").count(), current().difference) == (2 * len(citizens), 0)
    assert "a batch failed" not in caplog.text


def test_one_message_taken_by_two_processes_is_handled_once(world: World) -> None:
    events = [said(world, f"question|{n}", citizen=f"z{n}") for n in range(10)]
    at_once(partial(handle_each, events, read, NOW, ZERO), partial(handle_each, events[::-1], read, NOW, ZERO))
    assert Message.objects.filter(direction="citizen").count() == len(events)
    assert Delivery.objects.count() == len(events)


def test_ticket_numbers_are_given_once_among_processes(world: World) -> None:
    batches = [[said(world, f"question|{n}", citizen=f"z{n}-{m}") for m in range(5)] for n in range(6)]
    at_once(*(partial(handle_each, batch, read, NOW, ZERO) for batch in batches))
    sweep(read, later(minutes=1))
    assert sorted(Ticket.objects.values_list("number", flat=True)) == [f"20261120-{n:06}" for n in range(1, 31)]


def test_a_reply_is_not_undone_by_a_message_that_comes_at_the_same_moment(world: World) -> None:
    for turn in range(25):
        name = f"z{turn}"
        handle([said(world, "question|一", citizen=name)], read, NOW, ZERO)
        ticket = Ticket.objects.get(conversation__external_id=name)
        more = said(world, "question|二", f"more{turn}", citizen=name)
        at_once(partial(tickets.reply, world.alice, ticket, "已处理", NOW), partial(handle, [more], read, NOW, ZERO))
        ticket.refresh_from_db()
        assert ticket.state in ("answered", "reopened") and ticket.answered_at == NOW


def test_a_reply_is_not_held_when_the_citizen_comes_back_at_the_same_moment(world: World) -> None:
    for turn in range(25):
        name = f"z{turn}"
        talk = Conversation.objects.create(account=world.account, external_id=name, window_closes=True, created_at=NOW)
        reply = new_delivery(talk, Lane.HUMAN, "答复", NOW)
        reply.save()
        back = said(world, "question|有结果了吗", citizen=name)
        at_once(partial(claim, "w1", 10, later(minutes=turn)), partial(handle, [back], read, NOW, timedelta(hours=1)))
        reply.refresh_from_db()
        assert reply.state in ("sending", "queued")
