"""A held answer is announced by the platform's own notice: once, where there is one, with its outcome on record."""

import pytest

from bot.channels.actions import save_account
from bot.closing.announcing import announce_held
from bot.closing.models import Announcement
from bot.dialogue.handle import handle
from bot.outbox.actions import claim
from bot.outbox.finishing import finish
from bot.outbox.models import Delivery
from bot.tickets import actions
from bot.tickets.models import Ticket
from policies.facts import EventKind, Outcome, Result
from tests.bot.closing.conftest import WECHAT, asked
from tests.bot.conftest import NOW, World, later
from tests.bot.dialogue.test_handle import ZERO, read, said


def held(town: World, text: str = "已修好。", **credentials: str) -> Ticket:
    values = {"id": "wx1", "platform": "wechat", "name": "健康某市", "kind": "service", "credentials": {**WECHAT, **credentials}}
    save_account("test", values, town.health, NOW)
    ticket = asked(town)
    Delivery.objects.update(state="sent", sent_at=NOW)
    actions.reply(town.alice, ticket, text, later(hours=60))
    for minute in range(5):
        claim("w", 9, later(hours=60, minutes=minute))
    return ticket


def notices() -> list[Delivery]:
    return list(Delivery.objects.filter(kind="announcement"))


def test_a_held_answer_of_several_parts_is_announced_once(town: World) -> None:
    ticket = held(town, "长" * 2000, template_id="T1")
    assert Delivery.objects.filter(state="held").count() == 3 and announce_held(later(hours=61)) == 3
    (notice,) = notices()
    assert notice.thread["announcement"]["number"] == ticket.number and ticket.query_code in notice.thread["announcement"]["url"]
    assert announce_held(later(hours=62)) == 0 and len(notices()) == 1


def test_the_notice_leaves_though_no_window_is_open_and_costs_none(town: World) -> None:
    held(town, template_id="T1")
    announce_held(later(hours=61))
    (row,) = claim("w", 9, later(hours=61))
    assert row.kind == "announcement" and not row.charged
    finish(row, Result(Outcome.SENT, platform_id="77"), later(hours=61))
    assert Announcement.objects.get().delivery.state == "sent" and Delivery.objects.filter(state="held").count() == 1


def test_what_the_platform_says_at_last_is_kept(town: World) -> None:
    held(town, template_id="T1")
    announce_held(later(hours=61))
    notices()[0].__class__.objects.filter(kind="announcement").update(platform_id="77", state="sent")
    receipt = {"receipt": {"citizen": "42", "number": "77", "status": "failed:user block"}}
    body = {"trigger": "none", "detail": receipt}
    handle([said(town, "", kind=EventKind.JOB, citizen="", body=body)], read, later(hours=62), ZERO)
    assert Announcement.objects.get().receipt == "failed:user block"


@pytest.mark.parametrize(
    "receipt", ["x", {}, {"citizen": None, "number": [], "status": {}}, {"citizen": "42", "number": "", "status": "x" * 99}]
)
def test_a_strange_receipt_changes_nothing_and_breaks_nothing(town: World, receipt: object) -> None:
    held(town, template_id="T1")
    announce_held(later(hours=61))
    Delivery.objects.filter(kind="announcement").update(platform_id="77", state="sent")
    event = said(town, "", kind=EventKind.JOB, citizen="", body={"trigger": "none", "detail": {"receipt": receipt}})
    handle([event], read, later(hours=62), ZERO)
    event.refresh_from_db()
    assert event.state == "handled" and Announcement.objects.get().receipt == ""


def test_without_a_template_or_with_an_answer_on_its_way_nothing_is_announced(town: World) -> None:
    held(town)
    assert announce_held(later(hours=61)) == 1 and notices() == [] and announce_held(later(hours=62)) == 0


def test_who_has_left_is_not_told(town: World) -> None:
    held(town, template_id="T1")
    Delivery.objects.filter(state="held").update(hold="unfollowed")
    announce_held(later(hours=61))
    assert notices() == []


def test_an_announced_answer_still_goes_first_at_the_next_contact(town: World) -> None:
    held(town, template_id="T1")
    announce_held(later(hours=61))
    at = later(hours=70)
    handle([said(town, "question|还有", sent_at=at, received_at=at)], read, at, ZERO)
    assert [row.lane for row in claim("w", 1, at)] == ["human"]
