"""The one door out: claimed once, written before the call, never sent twice by a machine."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bot.channels.models import Account, Conversation
from bot.conflict import Conflict
from bot.outbox.actions import claim, new_delivery, reconnected, release
from bot.outbox.finishing import finish
from bot.outbox.models import Delivery
from bot.outbox.settling import claim_checks, doubt_expired, finish_check, retry, settle
from policies.facts import Hold, Lane, Outcome, Result
from tests.bot.conftest import NOW, World, later


def queued(world: World, lane: Lane = Lane.HUMAN, text: str = "您好") -> Delivery:
    row = new_delivery(world.talk, lane, text, NOW)
    row.save()
    return row


def state_of(row: Delivery) -> str:
    return Delivery.objects.get(pk=row.pk).state


def test_a_claim_is_written_before_anything_is_sent(world: World) -> None:
    row = queued(world)
    (taken,) = claim("w1", 10, NOW)
    stored = Delivery.objects.get(pk=row.pk)
    assert (taken.pk, stored.state, stored.attempts, stored.fence) == (row.pk, "sending", 1, 1)
    assert claim("w2", 10, NOW) == []


def test_human_replies_leave_before_automatic_answers(world: World) -> None:
    queued(world, Lane.AUTO)
    human = queued(world, Lane.HUMAN)
    assert claim("w1", 1, NOW)[0].pk == human.pk


def test_two_replies_to_one_citizen_keep_their_order(world: World) -> None:
    first, second = queued(world), queued(world)
    (taken,) = claim("w1", 10, NOW)
    assert taken.pk == first.pk
    finish(taken, Result(Outcome.SENT, platform_id="1"), NOW)
    assert [row.pk for row in claim("w1", 10, later(seconds=30))] == [second.pk]


def test_a_retry_waits_at_least_as_long_as_the_platform_asks(world: World) -> None:
    queued(world)
    (taken,) = claim("w1", 10, NOW)
    finish(taken, Result(Outcome.RETRY, retry_after=10_072), NOW)
    assert claim("w1", 10, later(seconds=10_071)) == []
    assert len(claim("w1", 10, later(seconds=40_000))) == 1


def test_an_expired_lease_becomes_unknown_and_never_queued(world: World) -> None:
    row = queued(world)
    claim("w1", 10, NOW)
    assert doubt_expired(later(seconds=61)) == 1
    assert state_of(row) == "unknown"
    assert claim("w2", 10, later(days=1)) == []


def test_a_late_workers_result_is_not_taken_once_the_lease_was_lost(world: World) -> None:
    row = queued(world)
    (taken,) = claim("w1", 10, NOW)
    doubt_expired(later(seconds=61))
    assert not finish(taken, Result(Outcome.RETRY), later(seconds=62))
    assert state_of(row) == "unknown"


def test_a_check_that_finds_the_message_settles_it_as_sent(world: World) -> None:
    row = queued(world)
    claim("w1", 10, NOW)
    doubt_expired(later(seconds=61))
    (doubtful,) = claim_checks(10, later(hours=1))
    assert finish_check(doubtful, Result(Outcome.SENT, platform_id="77"), later(hours=1))
    assert Delivery.objects.get(pk=row.pk).platform_id == "77"


def test_a_check_that_cannot_say_leaves_it_to_a_person(world: World) -> None:
    row = queued(world)
    claim("w1", 10, NOW)
    doubt_expired(later(seconds=61))
    for day in range(1, 30):
        for doubtful in claim_checks(10, later(days=day)):
            assert not finish_check(doubtful, Result(Outcome.UNKNOWN), later(days=day))
    assert state_of(row) == "unknown"
    assert claim_checks(10, later(days=60)) == []


def test_only_an_unknown_delivery_can_be_settled_by_a_person(world: World) -> None:
    row = queued(world)
    with pytest.raises(Conflict):
        settle("alice", row, sent=True, note="", now=NOW)


def test_a_person_who_says_not_sent_queues_it_again(world: World) -> None:
    row = queued(world)
    claim("w1", 10, NOW)
    doubt_expired(later(seconds=61))
    settle("alice", row, sent=False, note="市民未收到", now=later(hours=1))
    assert state_of(row) == "queued"


def test_an_unknown_delivery_cannot_be_retried(world: World) -> None:
    row = queued(world)
    claim("w1", 10, NOW)
    doubt_expired(later(seconds=61))
    with pytest.raises(Conflict):
        retry("alice", row, later(hours=1))


def closed(world: World, left: int | None = 0, until: timedelta = timedelta(hours=1)) -> None:
    Conversation.objects.filter(pk=world.talk.pk).update(window_closes=True, window_until=NOW + until, window_left=left)
    world.talk.refresh_from_db()


def test_a_human_reply_after_the_window_is_held_until_the_citizen_returns(world: World) -> None:
    closed(world, left=5, until=-timedelta(hours=1))
    row = queued(world)
    assert claim("w1", 10, NOW) == []
    assert (state_of(row), Delivery.objects.get(pk=row.pk).hold) == ("held", Hold.WINDOW)
    Conversation.objects.filter(pk=world.talk.pk).update(window_until=later(hours=48), window_left=5)
    assert release([world.talk.pk], NOW) == 1
    assert len(claim("w1", 10, NOW)) == 1


def test_an_automatic_answer_that_cannot_leave_is_withdrawn(world: World) -> None:
    closed(world, left=0)
    row = queued(world, Lane.AUTO)
    assert claim("w1", 10, NOW) == []
    assert state_of(row) == "withdrawn"


def test_a_message_surely_not_accepted_gives_its_place_in_the_window_back(world: World) -> None:
    closed(world, left=3)
    queued(world)
    (taken,) = claim("w1", 10, NOW)
    assert Conversation.objects.get(pk=world.talk.pk).window_left == 2
    finish(taken, Result(Outcome.RETRY), NOW)
    assert Conversation.objects.get(pk=world.talk.pk).window_left == 3


def test_nothing_is_given_back_to_a_window_that_was_opened_since(world: World) -> None:
    closed(world, left=3)
    queued(world)
    (taken,) = claim("w1", 10, NOW)
    Conversation.objects.filter(pk=world.talk.pk).update(window_left=5, window_opened_at=later(seconds=1))
    finish(taken, Result(Outcome.RETRY), later(seconds=2))
    assert Conversation.objects.get(pk=world.talk.pk).window_left == 5


def test_a_doubtful_message_is_given_back_only_to_the_window_it_was_taken_from(world: World) -> None:
    closed(world, left=3)
    row = queued(world)
    claim("w1", 10, NOW)
    Conversation.objects.filter(pk=world.talk.pk).update(window_left=5, window_opened_at=later(seconds=1))
    doubt_expired(later(seconds=61))
    row.refresh_from_db()
    settle("alice", row, sent=False, note="市民未收到", now=later(minutes=5))
    assert Conversation.objects.get(pk=world.talk.pk).window_left == 5


def test_what_the_platform_said_of_the_window_before_is_not_believed(world: World) -> None:
    # The citizen wrote before the call, and we learnt of it during the call.
    closed(world, left=3)
    row = queued(world)
    (taken,) = claim("w1", 10, NOW)
    Conversation.objects.filter(pk=world.talk.pk).update(
        window_left=5, last_in_at=NOW - timedelta(seconds=5), window_opened_at=later(seconds=1)
    )
    finish(taken, Result(Outcome.REFUSED, hold=Hold.QUOTA), later(seconds=2))
    assert state_of(row) == "retry"
    assert Conversation.objects.get(pk=world.talk.pk).window_left == 5


def test_an_unknown_end_keeps_its_place_in_the_window(world: World) -> None:
    closed(world, left=3)
    queued(world)
    (taken,) = claim("w1", 10, NOW)
    finish(taken, Result(Outcome.UNKNOWN), NOW)
    assert Conversation.objects.get(pk=world.talk.pk).window_left == 2


def test_a_dead_credential_stops_the_whole_account(world: World) -> None:
    queued(world)
    queued(world)
    (taken,) = claim("w1", 1, NOW)
    finish(taken, Result(Outcome.RECONNECT, error="令牌失效"), NOW)
    assert Account.objects.get(pk="tg1").state == "reconnect"
    assert claim("w1", 10, later(hours=1)) == []


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads a small table whole whatever its indexes")
def test_looking_for_what_may_leave_after_a_reconnection_reads_no_whole_table(world: World) -> None:
    queued(world)
    with CaptureQueriesContext(connection) as asked:
        assert reconnected(NOW) == 0
    with connection.cursor() as cursor:
        plans = [str(row) for query in asked for row in cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")]
    assert any("delivery_of_account" in plan for plan in plans)
    assert not [plan for plan in plans if "SCAN outbox_delivery" in plan]


def test_an_account_wide_wait_holds_the_accounts_other_deliveries(world: World) -> None:
    queued(world)
    (taken,) = claim("w1", 1, NOW)
    finish(taken, Result(Outcome.RETRY, retry_after=60, account_wide=True), NOW)
    queued(world, Lane.NOTICE)
    assert claim("w1", 10, later(seconds=30)) == []


def test_one_account_is_paced_across_workers(world: World) -> None:
    for number in range(100):
        talk = Conversation.objects.create(account=world.account, external_id=f"c{number}", window_closes=False, created_at=NOW)
        new_delivery(talk, Lane.AUTO, "x", NOW).save()
    first = claim("w1", 100, NOW)
    assert 0 < len(first) < 100
    assert claim("w2", 100, NOW) == []
