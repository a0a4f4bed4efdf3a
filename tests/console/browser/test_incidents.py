"""Incidents on the screen: live, by keyboard, on a phone, in both languages."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bot import clock
from bot.incidents.answering import send
from bot.incidents.following import Follows
from bot.incidents.models import Incident
from bot.outbox.models import Delivery
from bot.staff.models import Person
from bot.tickets.actions import claim
from bot.tickets.models import Ticket
from policies.facts import Lane
from tests.bot.conftest import World
from tests.bot.incidents.conftest import OUTAGE
from tests.console.browser.test_pages import SCREENS, seen
from tests.console.town import opened

pytestmark = pytest.mark.django_db(transaction=True)
Screen = Callable[..., Page]
SMELL = ("滨河新村的垃圾站臭得不行，晚上窗户都不敢开", "滨河新村垃圾站味道太大，夏天根本没法住")


@pytest.fixture
def follows() -> Follows:
    return Follows("test")


@pytest.fixture
def event(world: World, follows: Follows) -> Incident:
    for text in (*OUTAGE, *SMELL):
        opened(world, text)
    follows.follow(clock.now())
    return Incident.objects.order_by("-level").first() or Incident()


def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("HUIYIN_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_the_list_follows_what_comes(screen: Screen, world: World, event: Incident, follows: Follows):
    page = screen(world.alice)
    page.goto("/incidents/")
    expect(page.locator(".incident")).to_have_count(2)
    picture(page, "incidents")
    opened(world, "阳光花园二期也停水了，什么时候来水")
    follows.follow(clock.now())
    expect(page.locator(f"#incident-{event.number} .many").first).to_contain_text("4")


def test_the_list_is_walked_and_opened_by_keys(screen: Screen, world: World, event: Incident):
    page = screen(world.alice)
    page.goto("/incidents/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(event.title)


def test_a_reply_to_all_is_written_by_keyboard_and_its_progress_seen(screen: Screen, world: World, event: Incident, follows: Follows):
    claim(world.bob, Ticket.objects.order_by("pk")[0], clock.now())
    page = screen(world.alice)
    page.goto(f"/incidents/{event.number}")
    page.keyboard.press("r")
    page.keyboard.type("阳光花园今晚八点恢复供水，给您带来不便深表歉意。")
    picture(page, "incident")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#progress")).to_contain_text("已提交 0 / 2")
    while send(clock.now()):
        follows.follow(clock.now())
    expect(page.locator("#progress")).to_contain_text("已提交 2 / 2")
    expect(page.locator("#members .badge").first).to_have_text("已答复")
    expect(page.locator("#reply")).to_have_value("")
    picture(page, "incident-answered")
    assert Delivery.objects.filter(lane=Lane.HUMAN).count() == 2


def test_on_a_phone_and_in_english_nothing_is_wider_than_the_screen(screen: Screen, world: World, event: Incident):
    Person.objects.filter(pk=world.alice.person_id).update(language="en")
    page = screen(world.alice, width=390, english=True)
    for address, name in (("/incidents/", "incidents-390"), (f"/incidents/{event.number}", "incident-390")):
        page.goto(address)
        picture(page, name)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@SCREENS
def test_the_pages_are_accessible(screen: Screen, world: World, event: Incident, english: bool, options: dict[str, object]):
    assert seen(screen, world.alice, english, ["/incidents/", "/incidents/?ended=1", f"/incidents/{event.number}"], **options) == []
