"""Paging in the browser: every page accessible, and a page acknowledged on a phone without signing in."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page as Screenful

from bot import clock
from bot.paging.links import link_of
from bot.paging.models import Attempt, Gateway, Page
from policies.paging import PageState
from policies.roles import Role
from tests.bot.conftest import World, person
from tests.bot.paging.conftest import call_for, contact, robot, run
from tests.console.browser.test_pages import LANGUAGES, findings, seen
from tests.console.town import client_of, opened
from tests.pretend_pagers.web import platform

pytestmark = pytest.mark.django_db(transaction=True)
Screen = Callable[..., Screenful]
PICTURES = os.environ.get("HUIYIN_PICTURES")  # where to keep what was seen, for the documents


def kept(page: Screenful, name: str) -> None:
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=True)


def busy(world: World) -> Attempt:
    """A page that is under way, one that could be sent to nobody, a contact point that failed its test."""
    with platform() as good, platform("code:310000") as bad:
        contact(world.alice, robot(world, good, "卫健委值班群（钉钉）"))
        failing = contact(world.alice, robot(world, bad, "备用群"), order=2, quiet=True)
        client_of(world.alice).post(f"/contacts/{failing.pk}/test")
        ticket = opened(world, hours=-1)
        call_for(world, world.alice, world.bob, key=ticket.number, now=clock.now(), urgent=True)
        call_for(world, key=opened(world, hours=-2).number, now=clock.now())
        run(clock.now())
    return Attempt.objects.filter(test="").get()


@pytest.mark.parametrize(("english", "options"), [(False, {}), (True, {"width": 390}), (False, {"color_scheme": "dark"})], ids=range(3))
def test_the_pages_of_paging_are_accessible(screen: Screen, world: World, english: bool, options: dict[str, object]):
    busy(world)
    admin = person("adam", world.root, Role.ADMIN)
    way = Gateway.objects.order_by("pk").first()
    assert way
    pages = ["/pages/", f"/pages/{Page.objects.order_by('pk').first().pk}/", "/contacts/", f"/contacts/new/{way.pk}", "/"]
    settings = ["/pages/gateways/", f"/pages/gateways/{way.pk}/", "/pages/gateways/new/mail", "/pages/gateways/new/sms"]
    assert seen(screen, world.alice, english, pages, **options) + seen(screen, admin, english, settings, **options) == []


def test_empty_pages_of_paging_are_accessible(screen: Screen, world: World):
    admin = person("adam", world.root, Role.ADMIN)
    assert seen(screen, admin, False, ["/pages/", "/pages/gateways/", "/contacts/", "/pages/?state=exhausted"]) == []


@LANGUAGES
def test_a_page_is_acknowledged_on_a_phone_without_signing_in(screen: Screen, world: World, english: bool):
    link = "/a/" + link_of(busy(world)).rpartition("/")[2]
    page = screen(None, width=390, english=english)
    page.goto(link)
    assert findings(page) == [] and page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    kept(page, f"acknowledge-{'en' if english else 'zh'}")
    page.get_by_role("button", name="I will take care of it" if english else "我来处理").click()
    page.get_by_role("link", name="Sign in and deal with it" if english else "登录办理").wait_for()
    assert findings(page) == [] and Page.objects.filter(state=PageState.ACKNOWLEDGED).count() == 1
    kept(page, f"acknowledged-{'en' if english else 'zh'}")


def test_a_contact_point_is_added_and_tested_with_the_keyboard(screen: Screen, world: World):
    with platform() as server:
        way = robot(world, server, "卫健委值班群（钉钉）")
        page = screen(world.alice)
        page.goto(f"/contacts/new/{way.pk}")
        page.locator("#id_address").fill("13812345678")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="测试").click()
        page.get_by_text("平台已接收测试呼叫").wait_for()
    kept(page, "contacts-zh")
    assert len(server.taken) == 1 and "138****5678" in page.content()


def test_what_was_called_is_seen_with_its_result(screen: Screen, world: World):
    busy(world)
    page = screen(world.alice)
    page.goto("/pages/")
    kept(page, "pages-zh")
    page.get_by_role("link", name="1 件呼叫无人确认，其中 1 件送不出去").wait_for()
    page.goto(f"/pages/{Page.objects.order_by('pk').first().pk}/")
    kept(page, "page-zh")
    assert page.get_by_text("已送出").count() == 1
