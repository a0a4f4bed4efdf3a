"""One extension, before expiry, with a reason, by the department's own pack, and the citizen is told."""

from datetime import timedelta

import pytest

from bot.audit.models import Entry
from bot.channels.models import Conversation
from bot.conflict import Conflict
from bot.deadlines.actions import set_term
from bot.outbox.models import Delivery
from bot.staff.actions import Invalid
from bot.tickets import actions
from bot.tickets.models import Ticket
from policies.packs import Own
from tests.bot.conftest import NOW, World, later
from tests.bot.tickets.test_pausing import again, local, ticket

__all__ = ["ticket"]
SECOND = timedelta(seconds=1)


def test_the_extension_is_as_long_as_the_default_pack_says(world: World, ticket: Ticket):
    row = actions.extend(world.alice, ticket, "须会同住建部门核实", NOW)
    assert (row.state, local(row.service_deadline)) == ("extended", "12-15 17:30")  # fifteen working days after 24 November


def test_the_departments_own_pack_counts(world: World, ticket: Ticket):
    set_term(world.diana, world.root, Own("extension.working_days", 5, "working_days", "市级规定"), NOW)
    assert local(actions.extend(world.alice, ticket, "核实", NOW).service_deadline) == "12-01 17:30"


def test_the_citizen_is_told_the_new_day_and_why(world: World, ticket: Ticket):
    actions.extend(world.alice, ticket, "须会同住建部门核实", NOW)
    text = Delivery.objects.get(lane="human").text
    assert all(words in text for words in (ticket.number, "2026-12-15", "须会同住建部门核实"))


def test_the_record_says_until_when_and_why(world: World, ticket: Ticket):
    actions.extend(world.alice, ticket, "核实", NOW)
    detail = Entry.objects.get(action="ticket.extended").detail
    assert detail["reason"] == "核实" and detail["until"] == again(ticket).service_deadline.isoformat()


def test_a_second_extension_is_refused_also_after_other_states(world: World, ticket: Ticket):
    actions.extend(world.alice, ticket, "核实", NOW)
    actions.release(world.alice, again(ticket), later(hours=1))
    with pytest.raises(Conflict, match="一次"):
        actions.extend(world.alice, again(ticket), "再核实", later(hours=2))


def test_the_last_second_is_in_time_and_the_moment_itself_is_not(world: World, ticket: Ticket):
    with pytest.raises(Conflict, match="已过"):
        actions.extend(world.alice, ticket, "核实", ticket.service_deadline)
    assert actions.extend(world.alice, again(ticket), "核实", ticket.service_deadline - SECOND).extended_at is not None


@pytest.mark.parametrize("words", ["", "  ", "\x00"])
def test_an_extension_without_a_reason_is_refused(world: World, ticket: Ticket, words: str):
    with pytest.raises(Invalid):
        actions.extend(world.alice, ticket, words, NOW)
    assert again(ticket).extended_at is None


def test_a_department_may_allow_none(world: World, ticket: Ticket):
    set_term(world.alice, world.health, Own("extension.times", 0, "times", "本局规定"), NOW)
    with pytest.raises(Conflict, match="不允许延期"):
        actions.extend(world.alice, ticket, "核实", NOW)


def test_an_emergency_is_not_extended(world: World, ticket: Ticket):
    Ticket.objects.update(urgent=True)
    with pytest.raises(Conflict, match="紧急"):
        actions.extend(world.alice, ticket, "核实", NOW)


def test_the_platforms_window_is_not_extended(world: World, ticket: Ticket):
    Conversation.objects.update(window_closes=True, window_until=later(hours=40), window_left=4)
    assert actions.extend(world.alice, ticket, "核实", NOW).deadline == later(hours=40)
