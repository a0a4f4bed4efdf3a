"""Joint handling, many tickets at once, reasons for a refusal, and reminders of what nobody confirmed."""

from datetime import timedelta

import pytest

from bot.closing import bulk, joint, refusals
from bot.closing.bulk import Order
from bot.closing.models import Contribution
from bot.closing.reminding import remind_dismissed
from bot.conflict import Conflict, Denied
from bot.dialogue.handle import handle
from bot.paging.models import Page
from bot.staff.actions import Invalid
from bot.tickets import actions
from bot.tickets.models import Message, Ticket
from bot.tickets.queries import tickets_for
from tests.bot.closing.conftest import asked, replied
from tests.bot.conftest import NOW, World, later
from tests.bot.dialogue.test_handle import ZERO, read, said


def test_the_lead_asks_another_gives_and_the_lead_keeps_ticket_and_clock(town: World) -> None:
    ticket = asked(town)
    (row,) = joint.ask(town.alice, ticket, [town.water], "水管归谁？", NOW)
    assert NOW < row.due_at < ticket.deadline and [one.pk for one in joint.asked_of(town.charlie)] == [row.pk]
    assert list(tickets_for(town.charlie)) == []  # what is asked, not the ticket
    joint.give(town.charlie, row, "归我局，已派人。", later(hours=1))
    note = Message.objects.get(direction="note")
    assert "已派人" in note.text and "水务局" in note.author and note.ticket_id == ticket.pk
    assert Ticket.objects.get().deadline == ticket.deadline and list(joint.asked_of(town.charlie)) == []


def test_only_the_asked_may_give_and_only_once(town: World) -> None:
    (row,) = joint.ask(town.alice, asked(town), [town.water], "？请说明", NOW)
    with pytest.raises(Denied):
        joint.give(town.alice, row, "我来", NOW)
    joint.give(town.charlie, row, "好", NOW)
    with pytest.raises(Conflict):
        joint.give(town.charlie, row, "再说一次", NOW)
    assert Message.objects.filter(direction="note").count() == 1


@pytest.mark.parametrize("who", ["nobody", "oneself", "again", "ended"])
def test_what_cannot_be_asked_is_refused(town: World, who: str) -> None:
    ticket = replied(town) if who == "ended" else asked(town)
    if who == "again":
        joint.ask(town.alice, ticket, [town.water], "请协办", NOW)
    departments = {"nobody": [], "oneself": [town.health]}.get(who, [town.water])
    with pytest.raises((Invalid, Conflict)):
        joint.ask(town.alice, ticket, departments, "请协办", NOW)
    assert Contribution.objects.count() == (1 if who == "again" else 0)


def test_a_late_contribution_is_called_for_once(town: World) -> None:
    (row,) = joint.ask(town.alice, asked(town), [town.water], "请协办", NOW)
    assert joint.remind_late(row.due_at - timedelta(seconds=1)) == 0
    assert joint.remind_late(row.due_at) == 1 and joint.remind_late(row.due_at + timedelta(days=1)) == 0
    assert Page.objects.filter(kind="contribution", insist=True).get().people == [town.charlie.person_id, town.diana.person_id]
    joint.withdraw(town.alice, row, later(days=9))
    assert Contribution.objects.get().state == "withdrawn"


def test_many_at_once_each_by_its_own_rules(town: World) -> None:
    done = replied(town)
    handle([said(town, "question|另一位", citizen="43")], read, NOW, ZERO)
    waiting = Ticket.objects.exclude(pk=done.pk).get()
    results = bulk.each(town.alice, [done.number, waiting.number, "20990101-000001", done.number], Order("close", "电话"), later(hours=2))
    assert [bool(one.refused) for one in results] == [False, True, True]
    assert sorted(Ticket.objects.values_list("state", flat=True)) == ["closed", "waiting"]


def test_many_refusals_still_need_a_second_person(town: World) -> None:
    ticket = asked(town)
    bulk.each(town.alice, [ticket.number], Order("refuse", "请找法院", "legal"), NOW)
    (own,) = bulk.each(town.alice, [ticket.number], Order("confirm-refusal"), NOW)
    (other,) = bulk.each(town.bob, [ticket.number], Order("confirm-refusal"), NOW)
    assert own.refused and not other.refused and Ticket.objects.get().refuse_reason == "须按法定途径提出"


@pytest.mark.parametrize(("verb", "numbers"), [("drop", ["1"]), ("close", []), ("close", [str(n) for n in range(101)])])
def test_a_wrong_order_is_refused_whole(town: World, verb: str, numbers: list[str]) -> None:
    with pytest.raises(Invalid):
        bulk.each(town.alice, numbers, Order(verb), NOW)
    assert Ticket.objects.count() == 0


def test_a_department_adds_reasons_for_itself_and_all_below(town: World) -> None:
    refusals.add_reason(town.diana, town.root, "lease", "租赁纠纷请找住建", NOW)
    assert ("lease", "租赁纠纷请找住建") in refusals.choices_for(town.water, "zh")
    ticket = refusals.ask(town.alice, asked(town), "lease", "请找住建局。", NOW)
    assert ticket.refuse_reason == "租赁纠纷请找住建"
    with pytest.raises(Conflict):
        refusals.add_reason(town.diana, town.root, "not_ours", "x", NOW)


def test_a_reason_in_own_words_is_kept_as_other_and_none_is_refused(town: World) -> None:
    with pytest.raises(Invalid):
        refusals.ask(town.alice, asked(town), " ", "不受理。", NOW)
    assert refusals.ask(town.alice, Ticket.objects.get(), "说不清", "不受理。", NOW).refuse_reason == "其他：说不清"


def test_what_nobody_confirmed_for_a_day_is_told_once_a_day(town: World) -> None:
    handle([said(town, "谢谢")], read, NOW, ZERO)
    assert remind_dismissed(later(hours=23)) == 0
    assert remind_dismissed(later(hours=25)) == 1 and remind_dismissed(later(hours=26)) == 0
    assert remind_dismissed(later(hours=49)) == 1 and Page.objects.filter(kind="dismissed").count() == 2
    assert Page.objects.first().people[:2] == [town.alice.person_id, town.bob.person_id]


def test_nobody_is_told_in_the_night_nor_of_what_was_confirmed(town: World) -> None:
    handle([said(town, "谢谢")], read, NOW, ZERO)
    assert remind_dismissed(later(hours=40)) == 0  # 02:00 in Beijing
    Message.objects.filter(ticket=None).update(confirmed_by_id=town.alice.person_id)
    assert remind_dismissed(later(hours=49)) == 0 and actions.CLAIM_LEASE
