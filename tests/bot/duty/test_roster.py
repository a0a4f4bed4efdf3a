"""Who is asked: the roster, deputies, heads, and what is above."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.duty import book
from bot.duty.desk import Desk
from bot.duty.models import Absence, Post, Shift, Step
from bot.duty.queries import chain, duty_or_above, head_of, on_duty, steps_of
from bot.staff.access import Actor
from bot.staff.actions import set_active
from bot.staff.models import Department, Person
from policies.ladder import NORMAL, URGENT, Act
from policies.roles import Role
from tests.bot.conftest import NOW, World, later, person


def shift(department: Department, who: Actor, start: float = -1, end: float = 8) -> None:
    Shift.objects.create(department=department, person_id=who.person_id, starts_at=later(hours=start), ends_at=later(hours=end))


def away(who: Actor, deputy: Actor | None = None, start: float = -1, end: float = 8) -> None:
    hours = {"starts_at": later(hours=start), "ends_at": later(hours=end)}
    Absence.objects.create(person_id=who.person_id, deputy_id=deputy and deputy.person_id, **hours)


def name(found: Person | None) -> str:
    return found.username if found else ""


def test_a_shift_counts_from_its_first_moment_to_before_its_last(world: World) -> None:
    shift(world.health, world.alice, 0, 8)
    shift(world.health, world.bob, 8, 16)
    assert [name(on_duty(world.health.pk, later(hours=hour))) for hour in (-1, 0, 7.99, 8, 16)] == ["", "alice", "alice", "bob", ""]


def test_the_roster_of_one_department_is_not_anothers(world: World) -> None:
    shift(world.water, world.charlie)
    assert on_duty(world.health.pk, NOW) is None


def test_without_any_roster_whoever_has_the_role_is_on_duty(world: World) -> None:
    person("watch", world.health, Role.DUTY)
    assert name(on_duty(world.health.pk, NOW)) == "watch"
    shift(world.health, world.alice, 20, 30)
    assert on_duty(world.health.pk, NOW) is None


def test_who_is_away_is_deputised_for(world: World) -> None:
    shift(world.health, world.alice)
    away(world.alice, world.bob)
    assert name(on_duty(world.health.pk, NOW)) == "bob"


def test_deputies_who_deputise_for_each_other_are_nobody(world: World) -> None:
    shift(world.health, world.alice)
    away(world.alice, world.bob)
    away(world.bob, world.alice)
    assert on_duty(world.health.pk, NOW) is None


def test_a_row_of_deputies_is_followed(world: World) -> None:
    shift(world.health, world.alice)
    away(world.alice, world.bob)
    away(world.bob, world.diana)
    assert name(on_duty(world.health.pk, NOW)) == "diana"


def test_who_has_left_is_not_asked(world: World) -> None:
    shift(world.health, world.alice)
    set_active("test", Person.objects.get(username="alice"), False, NOW)
    assert on_duty(world.health.pk, NOW) is None
    assert world.alice.person_id not in chain(world.health.pk, NOW)


def test_who_lost_the_right_to_answer_there_is_not_asked(world: World) -> None:
    shift(world.health, world.charlie)
    assert on_duty(world.health.pk, NOW) is None


def test_an_empty_roster_asks_the_department_above(world: World) -> None:
    shift(world.health, world.alice, 20, 30)
    shift(world.root, world.diana)
    found, where = duty_or_above(world.health.pk, NOW)
    assert (name(found), where) == ("diana", world.root.pk)


@pytest.mark.parametrize(("rule", "expected"), [("above", "diana"), ("next", "bob"), ("head", "alice")])
def test_a_department_says_who_is_asked_when_its_roster_is_empty(world: World, rule: str, expected: str) -> None:
    shift(world.root, world.diana)
    shift(world.health, world.bob, 20, 30)
    Post.objects.create(department=world.health, head_id=world.alice.person_id, when_empty=rule)
    assert name(duty_or_above(world.health.pk, NOW)[0]) == expected


def test_with_no_roster_anywhere_it_is_the_nearest_head(world: World) -> None:
    found, where = duty_or_above(world.health.pk, NOW)
    assert (name(found), where) == ("alice", world.health.pk)


def test_the_named_head_comes_before_the_supervisors(world: World) -> None:
    assert name(head_of(world.health.pk, NOW)) == "alice"
    Post.objects.create(department=world.health, head_id=world.bob.person_id)
    assert name(head_of(world.health.pk, NOW)) == "bob"


def test_the_chain_goes_from_the_post_to_the_root_each_once(world: World) -> None:
    shift(world.health, world.bob)
    shift(world.root, world.diana)
    names = dict(Person.objects.values_list("pk", "username"))
    assert [names[pk] for pk in chain(world.health.pk, NOW)] == ["bob", "alice", "diana"]


def test_the_chain_is_not_empty_while_anybody_could_answer(world: World) -> None:
    lone = person("lone", world.root, Role.AGENT)
    for who in (world.alice, world.bob, world.diana):
        away(who)
    away(lone)
    assert chain(world.health.pk, NOW)[0] in {lone.person_id, world.alice.person_id, world.bob.person_id, world.diana.person_id}


def test_steps_are_the_packs_until_a_department_sets_its_own(world: World) -> None:
    assert steps_of(world.health.pk) == NORMAL.steps and steps_of(world.health.pk, urgent=True) == URGENT.steps
    Step.objects.create(department=world.root, position=1, act=Act.HEAD, share=1.0)
    Step.objects.create(department=world.root, position=2, act=Act.ABOVE, after_minutes=30)
    book.forget()
    assert [step.act for step in steps_of(world.health.pk)] == [Act.HEAD, Act.ABOVE]
    assert steps_of(world.health.pk, urgent=True) == URGENT.steps


def test_a_department_made_a_moment_ago_is_known(world: World) -> None:
    assert book.line(world.health.pk) == (world.health.pk, world.root.pk)
    below = Department.objects.create(code="clinic", name="诊所", path="/root/health/clinic/", parent=world.health, created_at=NOW)
    assert book.line(below.pk) == (below.pk, world.health.pk, world.root.pk)


@given(deputies=st.lists(st.integers(0, 5), min_size=6, max_size=6), absent=st.sets(st.integers(0, 5)))
def test_a_stand_in_is_never_somebody_who_is_away(deputies: list[int], absent: set[int]) -> None:
    desk = object.__new__(Desk)
    desk._away = {who: deputies[who] for who in absent}
    desk._able = {(who, 1): True for who in range(6)}
    for who in range(6):
        found = desk.stand_in(who, 1)
        assert found not in absent and (found == who or who in absent)
