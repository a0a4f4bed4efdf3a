"""Calls end in many threads; one writes down how, many good ends in one transaction, and none is lost."""

import threading

import pytest

from bot.audit.models import Entry
from bot.channels.models import Conversation
from bot.outbox.actions import claim, new_delivery
from bot.outbox.finishing import finish, finish_sent
from bot.outbox.models import Delivery
from bot.worker.finisher import Finisher
from policies.facts import Lane, Outcome, Result
from tests.bot.conftest import NOW, World, later

pytestmark = pytest.mark.django_db(transaction=True)


def under_way(world: World, count: int) -> list[Delivery]:
    """Claimed deliveries to as many citizens."""
    talks = [Conversation(account=world.account, external_id=f"f{n}", window_closes=False, created_at=NOW) for n in range(count)]
    Conversation.objects.bulk_create(talks)
    Delivery.objects.bulk_create([new_delivery(talk, Lane.AUTO, "已收到", NOW) for talk in talks])
    return claim("w1", count, NOW)


def ended(ends: list[tuple[Delivery, Result]]) -> None:
    """Put them through a finisher, and wait until all have landed."""
    landed = threading.Semaphore(0)
    finisher = Finisher(lambda ids: landed.release(len(ids)))
    for end in ends:
        finisher.put(*end)
    assert all(landed.acquire(timeout=10) for _ in ends)
    finisher.close()


def test_every_end_is_written_whatever_it_was(world: World) -> None:
    rows = under_way(world, 6)
    outcomes = [Outcome.SENT, Outcome.SENT, Outcome.RETRY, Outcome.UNKNOWN, Outcome.REFUSED, Outcome.SENT]
    ended([(row, Result(outcome, platform_id=str(row.pk))) for row, outcome in zip(rows, outcomes, strict=True)])
    states = dict(Delivery.objects.values_list("pk", "state"))
    assert [states[row.pk] for row in rows] == ["sent", "sent", "retry", "unknown", "refused", "sent"]
    assert Entry.objects.filter(object_type="delivery").count() >= len(rows)


def test_an_end_whose_lease_was_lost_changes_nothing_and_spoils_no_other(world: World) -> None:
    lost, kept = under_way(world, 2)
    Delivery.objects.filter(pk=lost.pk).update(fence=lost.fence + 1)
    assert finish_sent([(lost, Result(Outcome.SENT)), (kept, Result(Outcome.SENT))], later(seconds=1)) == [lost]
    assert list(Delivery.objects.order_by("pk").values_list("state", flat=True)) == ["sending", "sent"]


def test_one_bad_end_does_not_keep_the_others_from_being_written(world: World) -> None:
    rows = under_way(world, 3)
    bad = Result(Outcome.SENT, platform_id="x", url="http://[\x00")
    ended([(rows[0], Result(Outcome.SENT)), (rows[1], bad), (rows[2], Result(Outcome.SENT))])
    states = dict(Delivery.objects.values_list("pk", "state"))
    assert (states[rows[0].pk], states[rows[2].pk]) == ("sent", "sent")


def test_an_end_that_comes_twice_counts_once(world: World) -> None:
    (row,) = under_way(world, 1)
    assert finish(row, Result(Outcome.SENT), later(seconds=1))
    assert finish_sent([(row, Result(Outcome.SENT))], later(seconds=2)) == [row]
