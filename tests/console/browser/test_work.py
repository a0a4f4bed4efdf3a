"""Own work, the pictures, the balance and the page for everybody, as a browser shows them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from bot import clock
from bot.staff.models import Person
from bot.supervision.watching import look
from tests.bot.conftest import World
from tests.bot.supervision.test_figures import asked
from tests.bot.supervision.test_watching import heard, lose
from tests.console.browser.test_pages import SCREENS, findings
from tests.console.town import answered, opened

pytestmark = pytest.mark.django_db(transaction=True)
Screen = Callable[..., Page]


def busy(world: World) -> None:
    """A month of work, with something of everything, and one message that got lost."""
    now = clock.now()
    for place in reversed(range(60)):
        kind = ("question", "help", "complaint", "report")[place % 4]
        asked(world, now - timedelta(hours=9 * place + place % 7), answer=(place % 9) ** 2 if place % 5 else None, kind=kind)
    for text, hours in (("小区停水三天了，什么时候恢复？", -3), ("三号线几点末班车", 2), ("想问疫苗接种点", 30)):
        held = opened(world, text, hours=hours, owner_id=world.alice.person_id, state="claimed")
        sent = answered(held, "正在为您办理", "held")
        sent.person_id = world.alice.person_id
        sent.save()
    opened(world, "没有人受理的", hours=1)
    lose(heard(world))
    look(now)


@SCREENS
def test_the_pages_of_work_are_readable_by_everybody(world: World, screen: Screen, english: bool, options: dict[str, object]):
    busy(world)
    Person.objects.filter(pk=world.alice.person_id).update(language="en" if english else "zh-hans")
    page = screen(world.alice, english=english, **options)
    for address in ("/work/", "/work/department/", "/work/charts/", "/balance/", "/balance/tg1/2026-11-20", "/open/health/"):
        page.goto(address)
        page.evaluate("for (const hidden of document.querySelectorAll('details:not(.menu)')) hidden.open = true")
        assert findings(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address


def test_a_lost_message_is_found_and_read_again_with_the_keyboard(world: World, screen: Screen):
    busy(world)
    page = screen(world.alice)
    page.goto("/work/")
    page.locator(".balance a").click()
    page.get_by_role("link", name="健康某市 · 2026-11-20").click()
    page.get_by_role("button", name="重新读取").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("已重新读取，稍后就有去处。")).to_be_visible()
