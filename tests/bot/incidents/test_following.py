"""Requests are gathered as they come: once, in one department, by their own time; a person's word stands."""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import transaction

from bot.audit.models import Entry
from bot.channels.actions import save_account
from bot.incidents import actions
from bot.incidents.following import Follows
from bot.incidents.models import Follower, Incident, Member
from bot.incidents.queries import hottest, incidents_for, shown
from bot.tickets.actions import reply, transfer
from policies.incidents import IncidentState, heat
from tests.bot.conftest import NOW, TELEGRAM, World, later
from tests.bot.incidents.conftest import OUTAGE, Says

SMELL = ("滨河新村的垃圾站臭得不行，晚上窗户都不敢开", "滨河新村垃圾站味道太大，夏天根本没法住")

ALONE_AT_FIRST = (
    "我们阳光花园三栋没有水了",
    "阳光花园小区从早上停水到现在，物业也不说",
    "阳光花园停水了，什么时候来水？",
    "投诉：阳光花园停水一整天，老人孩子没水喝",
)


def test_three_citizens_of_one_outage_are_one_incident(says: Says, follows: Follows) -> None:
    for text in (*OUTAGE, SMELL[0]):
        says(text)
    follows.follow(NOW)
    row = Incident.objects.get()
    assert (row.citizens, row.requests, row.waiting, row.state, row.place) == (3, 3, 3, "open", "阳光花园")
    assert row.title in OUTAGE and row.number == "E20261120-0001"


def test_what_comes_later_joins_what_is_there(says: Says, follows: Follows) -> None:
    for text in OUTAGE:
        says(text)
        follows.follow(NOW)
    assert [row.requests for row in Incident.objects.all()] == [3]
    assert Entry.objects.filter(object_type="incident", action="incident.joined").count() == 3


def test_one_that_was_left_alone_is_looked_at_again_when_an_incident_says_more(says: Says, follows: Follows) -> None:
    for text in ALONE_AT_FIRST:
        says(text)
        follows.follow(NOW)
    assert [row.requests for row in Incident.objects.all()] == [4]
    assert Member.objects.count() == 4


def test_nothing_new_costs_no_writing(says: Says, follows: Follows, django_assert_num_queries) -> None:
    says(OUTAGE[0])
    while follows.follow(NOW):
        pass
    with django_assert_num_queries(2):
        assert follows.follow(NOW) == 0


def test_a_second_process_goes_on_where_the_first_ended(says: Says, follows: Follows) -> None:
    says(OUTAGE[0])
    follows.follow(NOW)
    says(OUTAGE[1])
    other = Follows("other")
    assert other.follow(NOW) == 0  # the first holds the lease
    assert other.follow(later(minutes=1)) > 0
    says(OUTAGE[2], at=later(minutes=1))
    assert follows.follow(later(minutes=3)) > 0
    assert Incident.objects.get().requests == 3


def test_a_process_that_lost_its_turn_writes_nothing(says: Says, follows: Follows) -> None:
    says(OUTAGE[0])
    follows.follow(NOW)
    says(OUTAGE[1])
    Follower.objects.update(owner="other", lease_until=later(hours=1))
    assert follows.follow(NOW) == 0
    assert not Incident.objects.exists()


def test_departments_have_incidents_of_their_own(says: Says, follows: Follows, world: World) -> None:
    save_account("test", {"id": "tg2", "platform": "telegram", "name": "水务", "credentials": TELEGRAM}, world.water, NOW)
    says(OUTAGE[0], account="tg1")
    says(OUTAGE[0], account="tg2")
    says(OUTAGE[1], account="tg2")
    follows.follow(NOW)
    assert [row.department for row in Incident.objects.all()] == [world.water]
    assert incidents_for(world.charlie).count() == 1 and incidents_for(world.diana).count() == 1
    assert not incidents_for(world.alice).exists()


def test_a_transferred_ticket_leaves_and_is_gathered_anew(says: Says, follows: Follows, world: World) -> None:
    tickets = [says(text) for text in OUTAGE]
    follows.follow(NOW)
    for ticket in tickets[:2]:
        transfer(world.alice, ticket, world.water, "", NOW)
    while follows.follow(NOW):
        pass
    assert {row.department.code: row.requests for row in Incident.objects.all()} == {"health": 1, "water": 2}


def test_a_ticket_a_person_took_out_is_never_put_back(says: Says, follows: Follows, world: World) -> None:
    tickets = [says(text) for text in OUTAGE]
    follows.follow(NOW)
    actions.take_out(world.alice, Incident.objects.get(), tickets[0], NOW)
    says(OUTAGE[0], citizen=tickets[0].conversation.external_id, at=later(minutes=1))
    while follows.follow(later(minutes=1)):
        pass
    assert Incident.objects.get().requests == 2
    assert Member.objects.get(ticket=tickets[0]).incident is None


def test_after_a_person_put_two_incidents_together_more_comes_to_the_one(says: Says, follows: Follows, world: World) -> None:
    for text in (*OUTAGE[:2], *SMELL):
        says(text)
    follows.follow(NOW)
    first, second = Incident.objects.order_by("pk")
    actions.merge(world.alice, first, second, NOW)
    says(OUTAGE[2])
    while follows.follow(NOW):
        pass
    second.refresh_from_db()
    assert (second.requests, second.citizens) == (5, 5)


def test_what_a_person_closed_takes_nothing_in(says: Says, follows: Follows, world: World) -> None:
    for text in OUTAGE[:2]:
        says(text)
    follows.follow(NOW)
    actions.close(world.alice, Incident.objects.get(), NOW)
    says(OUTAGE[2])
    while follows.follow(NOW):
        pass
    assert Incident.objects.get().requests == 2


def test_a_first_word_that_says_nothing_is_read_with_the_next(says: Says, follows: Follows) -> None:
    says(OUTAGE[0])
    says("你好，有个事情想问一下", citizen="late")
    follows.follow(NOW)
    says(OUTAGE[1], citizen="late", at=later(minutes=1))
    follows.follow(later(minutes=1))
    assert Incident.objects.get().requests == 2


def test_an_answered_incident_says_so_and_opens_again(says: Says, follows: Follows, world: World) -> None:
    for ticket in [says(text) for text in OUTAGE[:2]]:
        reply(world.alice, ticket, "正在抢修。", NOW)
    follows.follow(NOW)
    assert Incident.objects.get().state == IncidentState.ANSWERED
    says(OUTAGE[2])
    follows.follow(NOW)
    assert (Incident.objects.get().state, Incident.objects.get().waiting) == (IncidentState.OPEN, 1)


def test_heat_follows_the_citizens_own_times(says: Says, follows: Follows, world: World) -> None:
    old = NOW - timedelta(days=4)
    for text in OUTAGE[:2]:
        says(text, at=old, now=NOW)
    for text in SMELL:
        says(text)
    follows.follow(NOW)
    hot, cool = shown(hottest(world.alice), NOW)
    assert (round(hot.heat, 3), round(cool.heat, 3)) == (2.0, 0.5)
    assert heat(cool.row.level, old) == pytest.approx(2.0)


def test_a_crash_while_writing_leaves_nothing_and_is_made_good(says: Says, follows: Follows) -> None:
    for text in OUTAGE:
        says(text)
    with suppress(RuntimeError), transaction.atomic():
        follows.follow(NOW)
        raise RuntimeError("the power is gone")
    assert not Member.objects.exists() and not Follower.objects.filter(cursor__gt=0).exists()
    follows.follow(NOW)
    assert Member.objects.filter(incident=Incident.objects.get()).count() == 3
