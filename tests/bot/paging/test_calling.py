"""A page goes from means to means and from person to person until somebody says that they saw it."""

from datetime import timedelta

import pytest

from bot.audit.models import Entry
from bot.channels.shared import DatabaseTokens
from bot.paging.actions import acknowledge_attempt, settle
from bot.paging.calling import call
from bot.paging.claiming import claim
from bot.paging.finishing import finish
from bot.paging.links import attempt_of, link_of
from bot.paging.models import Attempt, Page
from bot.staff.models import Person
from policies.facts import Outcome, Result
from policies.paging import LEASE, LINK_LIFE, AttemptState, PageState, bundle, repeat, wait
from tests.bot.conftest import NOW, later
from tests.bot.paging.conftest import call_for, contact, robot, run

SOON = NOW + wait("dingtalk", urgent=False)
BAD = ["code:130101", "code:310000", "code:999999", "http:429", "http:500", "drop", "hang", "garbage", "html"]


def test_a_page_leaves_with_what_it_is_about_and_its_link(world, servers):
    server = servers(secret="SECabc")
    contact(world.alice, robot(world, server))
    call_for(world, world.alice)
    assert run(NOW) == 1
    text = server.taken[0].body["text"]["content"]
    assert "诉求 20261120-000001 已超期" in text and text.endswith(link_of(Attempt.objects.get()))


def test_the_one_who_is_called_is_mentioned(world, servers):
    server = servers()
    contact(world.alice, robot(world, server))
    call_for(world, world.alice)
    run(NOW)
    assert server.taken[0].body["at"]["atMobiles"] == ["13800000000"]


@pytest.mark.parametrize("mode", BAD)
def test_whatever_the_platform_does_the_page_is_passed_on_and_the_failure_seen(world, servers, mode):
    good = servers()
    contact(world.alice, robot(world, servers(mode)))
    contact(world.bob, robot(world, good))
    call_for(world, world.alice, world.bob)
    run(NOW)
    run(later(seconds=1))
    assert len(good.taken) == 1
    first, second = Attempt.objects.order_by("pk")
    assert first.state in (AttemptState.FAILED, AttemptState.UNKNOWN) and first.code and first.error
    assert (second.state, second.person_id) == (AttemptState.SENT, world.bob.person_id)


def test_unacknowledged_it_goes_to_the_next_person_after_the_wait(world, servers):
    server = servers()
    for who in (world.alice, world.bob):
        contact(who, robot(world, server))
    call_for(world, world.alice, world.bob)
    run(NOW)
    assert run(SOON - timedelta(seconds=1)) == 0
    assert run(SOON) == 1
    assert list(Attempt.objects.order_by("pk").values_list("person", flat=True)) == [world.alice.person_id, world.bob.person_id]


def test_acknowledged_nobody_else_is_called(world, servers):
    contact(world.alice, robot(world, servers()))
    shown = call_for(world, world.alice, world.bob)
    run(NOW)
    assert acknowledge_attempt(Attempt.objects.get(), later(minutes=1)) == 1
    shown.refresh_from_db()
    assert (shown.state, shown.acknowledged_by_id, shown.next_at) == (PageState.ACKNOWLEDGED, world.alice.person_id, None)
    assert run(later(days=1)) == 0


def test_acknowledging_twice_changes_nothing(world, servers):
    contact(world.alice, robot(world, servers()))
    call_for(world, world.alice)
    run(NOW)
    attempt = Attempt.objects.get()
    acknowledge_attempt(attempt, later(minutes=1))
    assert acknowledge_attempt(attempt, later(minutes=2)) == 0
    assert Page.objects.get().acknowledged_at == later(minutes=1)
    assert Entry.objects.filter(action="page.acknowledged").count() == 1


def test_what_is_done_calls_nobody_any_more(world, servers):
    contact(world.alice, robot(world, servers()))
    call_for(world, world.alice)
    assert settle("ticket", "20261120-000001", NOW) == 1
    assert run(NOW) == 0
    assert Page.objects.get().state == PageState.SETTLED


def test_when_nobody_acknowledges_the_last_is_called_again_and_it_is_an_alarm(world, servers):
    server = servers()
    contact(world.alice, robot(world, server))
    page = call_for(world, world.alice)
    run(NOW)
    run(SOON)
    page.refresh_from_db()
    assert (page.state, page.alarm_at, page.ever_reached) == (PageState.EXHAUSTED, SOON, True)
    assert run(SOON + repeat(urgent=False, reached=True)) == 1
    assert len(server.taken) == 2


def test_a_page_for_nobody_is_an_alarm_at_once(world):
    page = call_for(world)
    run(NOW)
    page.refresh_from_db()
    assert (page.state, page.ever_reached) == (PageState.EXHAUSTED, False)
    assert Entry.objects.filter(action="page.exhausted").count() == 1


def test_a_page_that_could_be_sent_nowhere_goes_on_trying_and_arrives_when_the_platform_is_back(world, servers):
    server = servers("http:500")
    contact(world.alice, robot(world, server))
    call_for(world, world.alice)
    run(NOW)
    run(later(seconds=1))
    server.mode = "ok"
    run(later(seconds=1) + repeat(urgent=False, reached=False))
    assert len(server.taken) == 1


def test_a_dead_worker_loses_no_page(world, servers):
    server = servers()
    for who in (world.alice, world.bob):
        contact(who, robot(world, server))
    call_for(world, world.alice, world.bob)
    (lost,) = claim(8, NOW)
    assert run(NOW + LEASE - timedelta(seconds=1)) == 0
    assert run(NOW + LEASE) == 1
    lost.refresh_from_db()
    assert (lost.state, len(server.taken)) == (AttemptState.UNKNOWN, 1)


def test_a_result_that_comes_after_its_lease_is_not_taken(world, servers):
    contact(world.alice, robot(world, servers()))
    call_for(world, world.alice)
    (slow,) = claim(8, NOW)
    run(NOW + LEASE)
    before = Page.objects.get().next_at
    assert not finish(slow, Result(Outcome.SENT), NOW + LEASE * 2)
    assert Page.objects.get().next_at == before


def test_a_flood_becomes_one_message(world, servers):
    server = servers()
    contact(world.alice, robot(world, server))
    for number in range(200):
        call_for(world, world.alice, key=f"20261120-{number:06}")
    assert run(NOW) == 1
    assert "共 200 件" in server.taken[0].body["text"]["content"]
    assert acknowledge_attempt(Attempt.objects.get(), NOW) == 200


def test_what_comes_within_the_minute_waits_for_the_next_message(world, servers):
    server = servers()
    contact(world.alice, robot(world, server))
    call_for(world, world.alice)
    run(NOW)
    for number in range(2, 5):
        call_for(world, world.alice, key=f"20261120-{number:06}", now=later(seconds=number))
        run(later(seconds=number))
    assert len(server.taken) == 1
    run(NOW + bundle(urgent=False))
    assert [("共 3 件" in one.body["text"]["content"]) for one in server.taken] == [False, True]


def test_a_robot_never_gets_more_than_its_pace(world, servers):
    server = servers()
    gateway = robot(world, server)
    people = [world.alice, world.bob, world.charlie, world.diana]
    for who in people * 8:
        contact(who, gateway)
    for moment in range(0, 60, 5):
        for who in people:
            call_for(world, who, key=f"{who.username}{moment}", urgent=True, now=later(seconds=moment))
        run(later(seconds=moment))
    assert len(server.got) == 20


def test_who_only_has_to_be_told_is_told_once(world, servers):
    server = servers()
    contact(world.alice, robot(world, server))
    page = call_for(world, world.alice, insist=False)
    run(NOW)
    run(later(days=1))
    page.refresh_from_db()
    assert (page.state, len(server.taken)) == (PageState.TOLD, 1)


def test_a_link_is_good_for_its_attempt_and_its_time_only(world, servers):
    contact(world.alice, robot(world, servers()))
    call_for(world, world.alice)
    run(NOW)
    attempt = Attempt.objects.get()
    token = link_of(attempt).rpartition("/")[2]
    assert attempt_of(token, later(hours=1)) == attempt
    assert attempt_of(token, NOW + LINK_LIFE) is None
    assert [attempt_of(forged, NOW) for forged in ("", "1", token[:-1], "2" + token[1:], token + "x", "é" * 500)] == [None] * 6


def test_the_link_of_somebody_who_left_opens_nothing(world, servers):
    contact(world.alice, robot(world, servers()))
    call_for(world, world.alice)
    run(NOW)
    token = link_of(Attempt.objects.get()).rpartition("/")[2]
    Person.objects.filter(pk=world.alice.person_id).update(is_active=False)
    assert attempt_of(token, NOW) is None


def test_no_secret_shows_in_the_record(world, servers, caplog):
    contact(world.alice, robot(world, servers("drop", secret="SECabc")))
    call_for(world, world.alice)
    run(NOW)
    seen = caplog.text + str(list(Entry.objects.values())) + str(list(Attempt.objects.values()))
    assert not any(secret in seen for secret in ("token-of-the-robot", "SECabc", "13800000000"))


def test_what_cannot_be_opened_any_more_is_told_and_passed_on(world, servers):
    gateway = robot(world, servers())
    gateway.credentials = "not ours"
    gateway.save()
    contact(world.alice, gateway)
    call_for(world, world.alice)
    (attempt,) = claim(8, NOW)
    assert call(attempt, NOW, DatabaseTokens()).outcome is Outcome.RECONNECT
