"""The list of messages read as no question, by keys alone."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from bot import clock
from bot.tickets.models import Message, Ticket
from tests.bot.conftest import World
from tests.console.town import dismissed

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_key_makes_a_request_of_a_message_and_old_ones_are_marked(world: World, screen: Callable[..., Page]) -> None:
    old, young = dismissed(world, "那个桥还修不修"), dismissed(world, "谢谢")
    Message.objects.filter(pk=old.pk).update(at=clock.now() - timedelta(days=2))
    page = screen(world.alice)
    page.goto("/dismissed/")
    expect(page.locator("tbody tr").first).to_contain_text("超过一天未核")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("tbody tr").first.get_by_role("checkbox")).to_be_checked()
    page.keyboard.press("t")
    page.wait_for_url("**/tickets/*")
    assert Ticket.objects.get().first_line == "那个桥还修不修" and Message.objects.get(pk=young.pk).ticket_id is None
