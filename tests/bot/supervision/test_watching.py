"""The balance per account and day: kept, counted anew where something changed, and loud where it does not come out even."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bot.audit.models import Entry
from bot.channels.actions import save_account
from bot.conflict import Conflict, Denied
from bot.dialogue.handle import handle
from bot.inbox.models import Inbound
from bot.paging.models import Page
from bot.staff.actions import Invalid
from bot.supervision.balance import balance, concerned, count, current
from bot.supervision.mending import explain, read_again
from bot.supervision.models import AccountDay, Imbalance, Watch
from bot.supervision.watching import look
from bot.tickets.actions import claim, reply
from bot.tickets.dismissing import make_ticket
from bot.tickets.models import Message, Ticket
from policies.roles import Role
from tests.bot.conftest import NOW, TELEGRAM, World, later, person
from tests.bot.dialogue.test_handle import ZERO, read, said

DAY = date(2026, 11, 20)


def heard(world: World, text: str = "question|疫苗几点打？", *, days: float = 0, citizen: str = "42", **fields: Any) -> Inbound:
    at = later(days=days)
    event = said(world, text, citizen=citizen, received_at=at, sent_at=at, lease_until=at, **fields)
    handle([event], read, at, ZERO)
    return event


def lose(event: Inbound) -> None:
    """The link between what came in and what became of it, deleted behind the house's back."""
    Message.objects.filter(inbound=event).delete()


def restore(event: Inbound) -> None:
    Inbound.objects.filter(pk=event.pk).update(state="stored")


def whole() -> Any:
    return balance(Inbound.objects.filter(counted=True))


def test_each_account_and_day_is_kept_with_its_fates(world: World) -> None:
    heard(world), heard(world, "thanks|谢谢", citizen="43")
    look(NOW)
    row = AccountDay.objects.get(day=DAY)
    assert (row.account_id, row.received, row.open, row.dismissed, row.difference) == ("tg1", 2, 1, 1, 0)


def test_a_lost_link_raises_an_alarm_at_the_next_look_and_names_the_message(world: World) -> None:
    lost, _kept = heard(world), heard(world, citizen="43")
    look(NOW)
    lose(lost)
    look(later(minutes=1))
    alarm = Imbalance.objects.get()
    assert (alarm.account_id, alarm.day, alarm.difference, concerned()) == ("tg1", DAY, 1, [lost.pk])


def test_a_difference_pages_the_administrators_and_an_even_count_settles_it(world: World) -> None:
    admin, lost = person("admin", world.root, Role.ADMIN), heard(world)
    lose(lost)
    look(NOW), look(later(minutes=1))
    called = Page.objects.get()
    assert (called.people, called.key, called.path, called.urgent) == ([admin.person_id], f"tg1:{DAY}", f"/balance/tg1/{DAY}", True)
    Inbound.objects.filter(pk=lost.pk).update(state="stored")
    look(later(minutes=2))
    assert Page.objects.get().state == "settled"


def test_a_difference_that_grows_calls_again_and_one_that_shrinks_does_not(world: World) -> None:
    first, second = heard(world), heard(world, citizen="43")
    for minute, change in enumerate((lambda: lose(first), lambda: lose(second), lambda: restore(first))):
        change()
        look(later(minutes=minute))
    assert list(Page.objects.order_by("pk").values_list("state", flat=True)) == ["settled", "calling"]


def test_an_alarm_is_raised_once_and_ends_with_an_even_count(world: World) -> None:
    lost = heard(world)
    lose(lost)
    for minute in range(3):
        look(later(minutes=minute))
    Inbound.objects.filter(pk=lost.pk).update(state="stored")
    look(later(minutes=4))
    actions = list(Entry.objects.filter(object_type="balance").order_by("pk").values_list("action", flat=True))
    assert actions == ["balance.differed", "balance.evened"] and Imbalance.objects.get().ended_at == later(minutes=4)


def test_a_link_lost_on_a_day_long_kept_is_found_by_the_slow_round(world: World) -> None:
    lost = heard(world)
    look(later(days=9))
    lose(lost)
    look(later(days=9, minutes=5))
    assert not Imbalance.objects.exists()  # nothing told of it
    look(later(days=9, minutes=11))  # its day has an open request: due again after ten minutes
    assert Imbalance.objects.get().day == DAY


def test_rows_that_vanish_from_the_inbox_are_a_difference(world: World) -> None:
    gone = heard(world)
    look(NOW)
    lose(gone)
    gone.delete()
    look(later(minutes=1))
    assert (Imbalance.objects.get().difference, current(day=DAY).difference) == (1, 1)


def test_what_vanished_is_explained_by_a_person_and_the_alarm_ends(world: World) -> None:
    gone = heard(world)
    look(NOW)
    lose(gone), gone.delete()
    assert explain(world.alice, world.account, DAY, "按法定要求删除", later(minutes=1)) == 1
    look(later(minutes=2))
    assert not Imbalance.objects.filter(ended_at=None).exists()
    assert Entry.objects.get(action="balance.explained").detail == {"gone": 1, "note": "按法定要求删除"}


def test_nothing_is_explained_without_words_without_a_gap_or_without_the_right(world: World) -> None:
    heard(world)
    look(NOW)
    for who, words, refusal in ((world.alice, " ", Invalid), (world.alice, "x", Conflict), (world.charlie, "x", Denied)):
        with pytest.raises(refusal):
            explain(who, world.account, DAY, words, NOW)
    assert AccountDay.objects.get(day=DAY).received == 1


def test_a_lost_message_read_again_gets_a_ticket_whose_clock_started_at_its_own_time(world: World) -> None:
    lost = heard(world)
    lose(lost), Ticket.objects.update(state="refused", refuse_reason="x")  # so that it joins nothing
    read_again(world.alice, world.account, lost.pk, later(hours=3))
    handle([Inbound.objects.get(pk=lost.pk)], read, later(hours=3), ZERO)
    assert (Ticket.objects.get(state="waiting").received_at, whole().difference) == (NOW, 0)


def test_a_message_with_a_place_is_not_read_again_and_nobody_elses_is(world: World) -> None:
    event = heard(world)
    with pytest.raises(Conflict):
        read_again(world.alice, world.account, event.pk, NOW)
    with pytest.raises(Denied):
        read_again(world.charlie, world.account, event.pk, NOW)
    assert Inbound.objects.get(pk=event.pk).state == "handled"


def test_an_answer_to_an_old_day_is_followed(world: World) -> None:
    heard(world)
    look(later(days=20))
    ticket = Ticket.objects.get()
    claim(world.alice, ticket, later(days=20, minutes=1)), reply(world.alice, ticket, "已修好。", later(days=20, minutes=2))
    assert current() == whole()  # even before the next look
    look(later(days=20, minutes=3))
    assert AccountDay.objects.get(day=DAY).answered == 1


def test_an_old_dismissed_message_made_a_ticket_is_followed(world: World) -> None:
    heard(world, "thanks|谢谢")
    look(later(days=20))
    make_ticket(world.alice, Message.objects.get(direction="citizen"), later(days=20, minutes=1))
    look(later(days=20, minutes=2))
    row = AccountDay.objects.get(day=DAY)
    assert (row.open, row.dismissed) == (1, 0)


def test_a_message_left_unread_for_days_is_counted_until_it_is_read(world: World) -> None:
    event = said(world, "thanks|谢谢")
    look(later(days=5))
    handle([event], read, later(days=5, minutes=1), ZERO)
    assert current() == whole()
    look(later(days=5, minutes=2))
    assert (AccountDay.objects.get(day=DAY).arriving, AccountDay.objects.get(day=DAY).dismissed) == (0, 1)


def test_one_process_looks_not_all_but_each_looks_at_its_start(world: World) -> None:
    look(NOW)
    heard(world)
    assert (look(later(seconds=10)), AccountDay.objects.count()) == (0, 0)
    look(later(seconds=11), at_start=True)
    assert AccountDay.objects.count() == 1


def test_a_clock_set_back_does_not_stop_the_watch(world: World) -> None:
    look(later(days=300))
    heard(world)
    look(later(minutes=1))
    assert Watch.objects.get().checked_at == later(minutes=1) and current() == whole()


def test_a_long_past_is_kept_in_several_looks_and_the_sum_is_right_in_between(world: World) -> None:
    for days in (-200, -130, -3, 0):
        heard(world, days=days, citizen=str(days))
    sums, again = [], 1
    while again:
        again = look(NOW)
        sums.append(current())
    assert len(sums) > 2 and set(sums) == {whole()} and AccountDay.objects.count() == 4


def test_departments_see_their_own_accounts_sums(world: World) -> None:
    save_account("test", {"id": "tg2", "platform": "telegram", "name": "水务", "credentials": TELEGRAM}, world.water, NOW)
    heard(world)
    look(later(days=9))
    assert (current(world.alice).received, current(world.charlie).received, current(world.diana).received) == (1, 0, 1)
    assert (current(account="tg1").received, current(account="tg2").received, current(world.charlie, account="tg1").received) == (1, 0, 0)


def test_a_day_is_counted_by_beijing_time(world: World) -> None:
    heard(world, days=0.6)  # 16:24 UTC, past midnight in Beijing
    assert (count("tg1", DAY).received, count("tg1", DAY + timedelta(days=1)).received) == (0, 1)


def test_whoever_administers_is_called_the_nearest_first(world: World) -> None:
    from bot.supervision.alarms import administrators

    near, far = person("near", world.health, Role.ADMIN), person("far", world.root, Role.ADMIN)
    assert administrators(world.health) == [near.person_id, far.person_id]
    assert administrators(world.water) == [far.person_id]


def test_without_an_administrator_those_who_watch_the_balance_are_called(world: World) -> None:
    from bot.supervision.alarms import administrators

    assert administrators(world.health) == [world.alice.person_id, world.bob.person_id, world.diana.person_id]


def test_a_look_costs_as_many_statements_with_many_days_as_with_few(world: World) -> None:
    costs = []
    for days in (range(-3, 0), range(-90, -3)):
        for day in days:
            heard(world, days=day, citizen=f"c{day}")
        Watch.objects.all().delete(), AccountDay.objects.all().delete()
        while look(NOW):
            pass
        with CaptureQueriesContext(
            connection,
        ) as asked:
            look(later(minutes=1))
        costs.append(len(asked))
    assert costs[0] == costs[1] < 40
