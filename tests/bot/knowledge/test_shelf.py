"""The index of a process follows what is published, and is not made anew for nothing."""

import time
from datetime import timedelta

import pytest

from bot.knowledge import actions
from bot.knowledge.shelf import shelf
from tests.bot.conftest import NOW, World
from tests.bot.knowledge.base import QUESTION, published


def test_the_shelf_is_the_same_until_something_changes(world: World) -> None:
    published(world)
    first = shelf(NOW)
    assert shelf(NOW) is first
    actions.switch(world.bob, world.health, "health", True, NOW)
    assert shelf(NOW).switched == {world.health.pk: frozenset({"health"})}


def test_asking_whether_it_is_current_takes_one_read(world: World, django_assert_num_queries: object) -> None:
    shelf(NOW)
    with django_assert_num_queries(1):  # type: ignore[operator]
        shelf(NOW)


def test_what_another_process_published_is_found(world: World) -> None:
    assert shelf(NOW).search(QUESTION, {world.health.pk}) == []
    entry = published(world)  # as it would be done elsewhere: this process is told by the edition alone
    assert [hit.key for hit in shelf(NOW).search(QUESTION, {world.health.pk})] == [entry.pk]


def test_a_new_day_makes_a_new_shelf(world: World) -> None:
    published(world, valid_until=NOW.date())
    assert len(shelf(NOW).index) == 1
    assert len(shelf(NOW + timedelta(days=1)).index) == 0


@pytest.mark.django_db(transaction=True)
def test_a_large_shelf_is_made_beside_and_the_old_one_serves_meanwhile(world: World) -> None:
    first = shelf(NOW)
    entry = published(world)
    assert shelf(NOW, at_once=0) is first
    until = time.monotonic() + 20
    while (found := shelf(NOW, at_once=0)) is first and time.monotonic() < until:
        time.sleep(0.02)
    assert [hit.key for hit in found.search(QUESTION, {world.health.pk})] == [entry.pk]
