"""Accounts are asked as often as their platform allows, told where we are, and never closed by a question."""

from bot.audit.models import Entry
from bot.channels.actions import needs_reconnect, note_health
from bot.channels.health import claim_health
from bot.channels.models import Account
from bot.outbox.actions import claim, new_delivery, reconnected
from bot.outbox.finishing import finish
from bot.outbox.models import Delivery
from policies.facts import Health, HealthReport, Lane, Outcome, Result
from tests.bot.conftest import NOW, World, later


def test_an_account_is_asked_at_once_and_then_after_its_platforms_pause(world: World) -> None:
    assert [row.pk for row in claim_health(NOW, 5)] == ["tg1"]
    assert claim_health(later(seconds=599), 5) == []
    assert [row.pk for row in claim_health(later(seconds=600), 5)] == ["tg1"]


def test_a_bad_report_is_shown_but_stops_no_message(world: World) -> None:
    note_health(world.account, HealthReport(Health.RECONNECT, "查询被拒"), NOW)
    new_delivery(world.talk, Lane.HUMAN, "您好", NOW).save()
    assert Account.objects.get().health == "reconnect"
    assert len(claim("w1", 10, NOW)) == 1


def test_what_waited_for_a_dead_credential_leaves_once_the_account_works_again(world: World) -> None:
    row = new_delivery(world.talk, Lane.HUMAN, "您好", NOW)
    row.save()
    (taken,) = claim("w1", 10, NOW)
    finish(taken, Result(Outcome.RECONNECT, error="令牌失效"), NOW)
    assert reconnected(NOW) == 0
    note_health(Account.objects.get(), HealthReport(Health.OK, "好了"), later(minutes=10))
    assert reconnected(later(minutes=10)) == 1
    assert Delivery.objects.get(pk=row.pk).state == "queued"


def test_a_dead_credential_is_recorded_once(world: World) -> None:
    for _ in range(3):
        needs_reconnect(world.account, "令牌失效", NOW)
    assert Account.objects.get().state == "reconnect"
    assert Entry.objects.filter(action="account.reconnect").count() == 1
