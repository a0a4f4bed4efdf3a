"""The round of refusals on real tickets."""

from datetime import timedelta

import pytest

from bot.audit.models import Entry
from bot.conflict import Conflict
from bot.dialogue.handle import handle
from bot.tickets import actions
from bot.tickets.models import Handover, Ticket
from policies.roles import Role
from tests.bot.conftest import NOW, World, later, person
from tests.bot.dialogue.test_handle import read, said


@pytest.fixture
def ticket(world: World) -> Ticket:
    handle([said(world, "question|谁来管？")], read, NOW, timedelta(0))
    return Ticket.objects.get()


def test_a_transferred_ticket_goes_back_to_who_sent_it(world: World, ticket: Ticket) -> None:
    actions.transfer(world.alice, ticket, world.water, "属水务", NOW)
    actions.hand_back(world.charlie, ticket, "不属水务", later(hours=1))
    row = Ticket.objects.get()
    assert (row.department, row.state, row.objections) == (world.health, "handed_back", 1)
    assert (row.deadline, row.received_at) == (ticket.deadline, ticket.received_at)


def twice_refused(world: World, ticket: Ticket) -> Ticket:
    actions.transfer(world.alice, ticket, world.water, "属水务", NOW)
    actions.hand_back(world.charlie, ticket, "不属水务", NOW)
    actions.transfer(world.alice, ticket, world.water, "确属水务", NOW)
    return actions.hand_back(world.charlie, ticket, "仍不属", NOW)


def test_the_second_refusal_is_decided_above_and_that_binds(world: World, ticket: Ticket) -> None:
    row = twice_refused(world, ticket)
    assert (row.department, row.objections) == (world.root, 2)
    with pytest.raises(Conflict, match="须由本部门决定"):
        actions.hand_back(world.diana, row, "我也不要", NOW)
    actions.transfer(world.diana, row, world.water, "由水务承办", NOW)
    for verb in (
        lambda: actions.hand_back(world.charlie, row, "不", NOW),
        lambda: actions.transfer(world.charlie, row, world.health, "", NOW),
    ):
        with pytest.raises(Conflict, match="上级部门已决定"):
            verb()
    assert Ticket.objects.get().department == world.water
    assert [one.step for one in Handover.objects.order_by("pk")][-2:] == ["raised", "decision"]


def test_who_decided_may_decide_anew(world: World, ticket: Ticket) -> None:
    row = twice_refused(world, ticket)
    actions.transfer(world.diana, row, world.water, "由水务承办", NOW)
    actions.transfer(world.diana, row, world.health, "改由卫健承办", NOW)
    with pytest.raises(Conflict):
        actions.hand_back(world.alice, row, "不", NOW)
    assert Ticket.objects.get().department == world.health


def test_every_step_is_on_record_with_its_reason(world: World, ticket: Ticket) -> None:
    twice_refused(world, ticket)
    done = list(Entry.objects.filter(object_id=ticket.number).exclude(action="ticket.left").order_by("id").values_list("action", flat=True))
    assert done == ["ticket.opened", "ticket.transferred", "ticket.handed_back", "ticket.transferred", "ticket.raised"]
    assert Entry.objects.get(action="ticket.raised").detail["reason"] == "仍不属"


def test_a_hand_back_needs_a_reason_and_the_right(world: World, ticket: Ticket) -> None:
    from bot.conflict import Denied
    from bot.staff.actions import Invalid

    with pytest.raises(Invalid):
        actions.hand_back(world.alice, ticket, " ", NOW)
    with pytest.raises(Denied):
        actions.hand_back(person("zoe", world.water, Role.AGENT), ticket, "不", NOW)
    assert Ticket.objects.get().objections == 0
