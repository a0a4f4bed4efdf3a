"""Who is competent for what: each department's table, below the tables above it."""

import pytest

from bot.audit.models import Entry
from bot.conflict import Denied
from bot.staff.actions import Invalid, create_department
from bot.staff.models import Department, Route
from bot.staff.routing import Tables, inherited, reachable, remove_route, routes_of, set_route, suggested, take_in
from policies.facts import Understanding
from policies.roles import Role
from tests.bot.conftest import NOW, World, person

READ = Understanding("complaint", 0.9, "transport", 0.9, "rasa", topic="transport.taxi", topic_confidence=0.9)


@pytest.fixture
def ward(world: World) -> Department:
    return create_department("test", "ward", "社区医院", world.health, NOW)


@pytest.fixture
def boss(world: World):
    return person("boss", world.root, Role.ADMIN)


def test_a_row_above_counts_until_a_nearer_one_says_otherwise(world: World, ward: Department, boss) -> None:
    set_route(boss, world.root, "transport", world.water, NOW)
    assert Tables([ward]).department(READ, ward.pk) == world.water.pk
    set_route(boss, ward, "transport.taxi", world.health, NOW)
    tables = Tables([ward, world.health])
    assert [tables.department(READ, row.pk) for row in (ward, world.health)] == [world.health.pk, world.water.pk]


def test_a_department_out_of_use_gets_nothing(world: World, boss) -> None:
    set_route(boss, world.root, "transport", world.water, NOW)
    Department.objects.filter(pk=world.water.pk).update(is_active=False)
    assert Tables([world.health]).department(READ, world.health.pk) == world.health.pk


def test_all_tables_are_one_query(world: World, ward: Department, boss, django_assert_num_queries) -> None:
    set_route(boss, world.root, "transport", world.water, NOW)
    with django_assert_num_queries(1):
        Tables([ward, world.health, world.water]).department(READ, ward.pk)


def test_saying_it_again_replaces_the_row_and_both_are_on_record(world: World, boss) -> None:
    set_route(boss, world.health, "transport", world.water, NOW)
    set_route(boss, world.health, "transport", world.root, NOW)
    assert [row.competent for row in routes_of(world.health)] == [world.root]
    assert list(Entry.objects.filter(object_id="health", action__startswith="route.").values_list("action", flat=True)) == [
        "route.set",
        "route.changed",
    ]


def test_a_row_is_taken_away_once(world: World, boss) -> None:
    set_route(boss, world.health, "transport", world.water, NOW)
    assert [remove_route(boss, world.health, "transport", NOW) for _ in range(2)] == [True, False]
    assert Tables([world.health]).department(READ, world.health.pk) == world.health.pk


def test_only_those_who_manage_the_department_may_change_its_table(world: World) -> None:
    below = person("below", world.health, Role.ADMIN)
    set_route(below, world.health, "transport", world.water, NOW)
    for actor, department in ((world.alice, world.health), (below, world.root), (below, world.water)):
        with pytest.raises(Denied):
            set_route(actor, department, "transport", world.health, NOW)


def test_an_unknown_subject_and_a_department_of_another_tree_are_refused(world: World, ward: Department, boss) -> None:
    with pytest.raises(Invalid):
        set_route(boss, world.health, "weather", world.water, NOW)
    with pytest.raises(Invalid):
        set_route(boss, ward, "transport", world.water, NOW)
    assert {row.code for row in reachable(ward)} == {"health", "ward"}


def test_a_list_is_taken_in_row_by_row(world: World, boss) -> None:
    set_route(boss, world.health, "education", world.water, NOW)
    rows = [
        {"subject": "transport", "department": "water"},
        {"subject": "出租车与网约车", "department": "水务局"},
        {"subject": "没有的主题", "department": "water"},
        {"subject": "labour", "department": "没有的局"},
        {"subject": "education", "department": ""},
    ]
    saved, problems = take_in(boss, world.health, rows, NOW)
    assert (saved, [line.split("：")[0] for line in problems]) == (3, ["第 4 行", "第 5 行"])
    assert {row.label for row in routes_of(world.health)} == {"transport", "transport.taxi"}


def test_what_comes_from_above_is_told_once_and_only_where_nothing_nearer_stands(world: World, ward: Department, boss) -> None:
    set_route(boss, world.root, "transport", world.water, NOW)
    set_route(boss, world.health, "transport", world.root, NOW)
    set_route(boss, world.root, "labour", world.water, NOW)
    assert [(row.label, row.department.code) for row in inherited(ward)] == [("labour", "root"), ("transport", "health")]


def test_a_corrected_subject_suggests_the_competent_department(world: World, boss) -> None:
    set_route(boss, world.root, "transport", world.water, NOW)
    assert suggested(world.health, "transport") == world.water
    assert suggested(world.water, "transport") is None
    assert suggested(world.health, "labour") is None
    assert Route.objects.count() == 1
