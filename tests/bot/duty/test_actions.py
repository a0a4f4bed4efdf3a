"""What may be done with a roster, and by whom."""

from datetime import date, time

import pytest

from bot.audit.models import Entry
from bot.conflict import Conflict, Denied
from bot.duty import actions, steps
from bot.duty.actions import Weekly
from bot.duty.models import Absence, Shift
from bot.duty.queries import on_duty, steps_of
from bot.staff.access import Actor
from bot.staff.actions import Invalid
from bot.staff.models import Person
from policies.ladder import NORMAL, Act, Step
from policies.roles import Role
from tests.bot.conftest import NOW, World, later, person

OWN = [Step(Act.HEAD, share=1.0), Step(Act.ABOVE, after_minutes=30)]


def row(who: Actor) -> Person:
    return Person.objects.get(pk=who.person_id)


def test_a_supervisor_puts_people_on_duty_and_it_is_recorded(world: World) -> None:
    actions.add_shift(world.alice, world.health, row(world.bob), NOW, later(hours=8), NOW)
    assert on_duty(world.health.pk, NOW) == row(world.bob)
    assert Entry.objects.get(action="shift.added").detail["person"] == "bob"


@pytest.mark.parametrize("role", [Role.AGENT, Role.DUTY, Role.REVIEWER, Role.SECURITY_ADMIN])
def test_without_the_right_there_is_no_roster_to_write(world: World, role: Role) -> None:
    who = person("other", world.health, role)
    with pytest.raises(Denied):
        actions.add_shift(who, world.health, row(world.bob), NOW, later(hours=8), NOW)
    with pytest.raises(Denied):
        steps.set_ladder(who, world.health, OWN, NOW, urgent=False)
    with pytest.raises(Denied):
        actions.set_post(who, world.health, row(world.bob), "head", round_the_clock=False, now=NOW)


def test_another_departments_supervisor_may_not(world: World) -> None:
    with pytest.raises(Denied):
        actions.add_shift(world.charlie, world.health, row(world.bob), NOW, later(hours=8), NOW)


@pytest.mark.parametrize(("start", "end"), [(0, 0), (2, 1), (0, 0.5), (0, 169)])
def test_a_shift_has_a_length_that_can_be(world: World, start: float, end: float) -> None:
    with pytest.raises(Invalid):
        actions.add_shift(world.alice, world.health, row(world.bob), later(hours=start), later(hours=end), NOW)


def test_who_may_not_answer_there_is_not_put_on_duty(world: World) -> None:
    with pytest.raises(Invalid):
        actions.add_shift(world.alice, world.health, row(world.charlie), NOW, later(hours=8), NOW)
    assert row(world.charlie) not in actions.able(world.health) and row(world.diana) in actions.able(world.health)


def test_nobody_is_on_duty_twice_at_once(world: World) -> None:
    actions.add_shift(world.alice, world.health, row(world.bob), NOW, later(hours=8), NOW)
    with pytest.raises(Conflict):
        actions.add_shift(world.alice, world.health, row(world.bob), later(hours=7), later(hours=9), NOW)
    actions.add_shift(world.alice, world.health, row(world.bob), later(hours=8), later(hours=9), NOW)
    assert Shift.objects.count() == 2


def test_weekly_nights_end_the_next_morning_and_leave_out_what_overlaps(world: World) -> None:
    nights = Weekly(date(2026, 11, 23), date(2026, 12, 6), {0, 2}, time(18), time(8))
    assert actions.add_weekly(world.alice, world.health, row(world.bob), nights, NOW) == 4
    first = Shift.objects.order_by("starts_at")[0]
    assert (first.starts_at.isoformat(), first.ends_at.isoformat()) == ("2026-11-23T10:00:00+00:00", "2026-11-24T00:00:00+00:00")
    with pytest.raises(Invalid):
        actions.add_weekly(world.alice, world.health, row(world.bob), nights, NOW)
    assert Shift.objects.count() == 4


@pytest.mark.parametrize(
    "weekly",
    [
        Weekly(date(2026, 12, 6), date(2026, 11, 23), {0}, time(8), time(18)),
        Weekly(date(2026, 11, 23), date(2026, 12, 6), set(), time(8), time(18)),
        Weekly(date(2026, 11, 23), date(2029, 12, 6), {0}, time(8), time(18)),
        Weekly(date(2026, 11, 23), date(2026, 12, 6), {0}, time(8), time(8, 30)),
        Weekly(date(2025, 11, 23), date(2025, 12, 6), {0}, time(8), time(18)),
    ],
)
def test_a_pattern_that_makes_no_sense_is_refused(world: World, weekly: Weekly) -> None:
    with pytest.raises(Invalid):
        actions.add_weekly(world.alice, world.health, row(world.bob), weekly, NOW)


def test_a_shift_under_way_that_is_taken_off_ends_now(world: World) -> None:
    made = actions.add_shift(world.alice, world.health, row(world.bob), NOW, later(hours=8), NOW)
    actions.remove_shift(world.alice, made, later(hours=2))
    assert Shift.objects.get().ends_at == later(hours=2)
    with pytest.raises(Conflict):
        actions.remove_shift(world.alice, made, later(hours=3))


def test_people_may_swap_their_own_shift(world: World) -> None:
    agent = person("agent", world.health, Role.AGENT)
    made = actions.add_shift(world.alice, world.health, row(agent), NOW, later(hours=8), NOW)
    actions.give_shift(agent, made, row(world.bob), later(hours=3))
    assert on_duty(world.health.pk, later(hours=2)) == row(agent)
    assert on_duty(world.health.pk, later(hours=4)) == row(world.bob)


def test_everybody_enters_their_own_absence_and_nobody_elses(world: World) -> None:
    agent = person("agent", world.health, Role.AGENT)
    actions.add_absence(agent, row(agent), (NOW, later(days=2)), row(world.bob), "年假", NOW)
    with pytest.raises(Denied):
        actions.add_absence(agent, row(world.bob), (NOW, later(days=2)), None, "", NOW)
    assert Absence.objects.get().deputy == row(world.bob)


def test_nobody_deputises_for_themselves(world: World) -> None:
    with pytest.raises(Invalid):
        actions.add_absence(world.alice, row(world.bob), (NOW, later(days=2)), row(world.bob), "", NOW)


def test_who_is_back_early_is_asked_again(world: World) -> None:
    actions.add_shift(world.alice, world.health, row(world.bob), NOW, later(hours=30), NOW)
    gone = actions.add_absence(world.alice, row(world.bob), (NOW, later(days=2)), row(world.alice), "", NOW)
    assert on_duty(world.health.pk, later(hours=5)) == row(world.alice)
    actions.end_absence(world.bob, gone, later(hours=4))
    assert on_duty(world.health.pk, later(hours=5)) == row(world.bob)


def test_a_departments_own_ladder_replaces_the_one_above_until_it_is_cleared(world: World) -> None:
    steps.set_ladder(world.diana, world.root, OWN, NOW, urgent=False)
    assert [step.act for step in steps_of(world.health.pk)] == [Act.HEAD, Act.ABOVE]
    steps.clear_ladder(world.diana, world.root, NOW, urgent=False)
    assert steps_of(world.health.pk) == NORMAL.steps
    with pytest.raises(Conflict):
        steps.clear_ladder(world.diana, world.root, NOW, urgent=False)


def test_a_ladder_that_could_forget_somebody_is_not_kept(world: World) -> None:
    with pytest.raises(Invalid):
        steps.set_ladder(world.alice, world.health, [Step(Act.DUTY, share=1.0)], NOW, urgent=True)
    assert not Entry.objects.filter(action="ladder.set").exists()
