"""The pages of learning: accessible in both languages, narrow and wide; a training moves before one's eyes."""

import os
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from bot import clock
from bot.learning import training
from bot.learning.actions import Said, correct
from bot.learning.models import ModelVersion, Training
from tests.bot.conftest import World
from tests.console.browser.test_pages import SCREENS, seen
from tests.console.town import opened

pytestmark = pytest.mark.django_db(transaction=True)
Screen = Callable[..., Page]
NEW = {"intent": {"value": 0.91, "of": 533}, "emergencies": {"value": 0.985, "of": 446}, "dismissed": {"value": 0.001, "of": 1270}}
OLD = {"intent": {"value": 0.905, "of": 533}, "emergencies": {"value": 0.99, "of": 446}, "dismissed": {"value": 0.001, "of": 1270}}


def furnished(world: World) -> int:
    """A correction, a model that was refused, and a training under way; the key of the corrected message."""
    message = opened(world, "滨河步道边上的共享充电宝柜子吞了押金不退，找谁管？" * 3).messages.get(direction="citizen")
    correct(world.alice, message, Said("complaint", "commerce", department=world.water, answer="请拨打 12315。"), clock.now())
    reason = {"name": "emergencies", "old": 0.99, "new": 0.985, "tolerance": 0.0}
    fields = {"metrics": NEW, "compared": OLD, "reasons": [reason], "corrections": 12, "made_at": clock.now(), "made_by": "diana"}
    ModelVersion.objects.create(file="learned/0123456789abcdef.tar.gz", base="b", data_hash="h", state="refused", **fields)
    row = training.ask("diana", clock.now())
    runner = training.take(row, clock.now())
    training.tell(row, runner, clock.now(), "更正：学习 12 条，留作检验 3 条，略去 1 条。", step="train", percent=10)
    return message.pk


@SCREENS
def test_the_pages_of_learning_are_accessible(screen: Screen, world: World, english: bool, options: dict[str, object]):
    pk = furnished(world)
    assert seen(screen, world.diana, english, ["/learning/", f"/messages/{pk}/reading"], **options) == []


@pytest.mark.parametrize("width", [390, 1280])
def test_the_pages_fit_the_screen(screen: Screen, world: World, width: int):
    pk = furnished(world)
    page = screen(world.diana, width=width)
    for name, address in (("learning", "/learning/"), ("reading", f"/messages/{pk}/reading")):
        page.goto(address)
        if os.environ.get("HUIYIN_PICTURES"):
            page.screenshot(path=f"{os.environ['HUIYIN_PICTURES']}/{name}-{width}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_training_moves_before_ones_eyes_and_its_end_is_shown(screen: Screen, world: World):
    furnished(world)
    row = Training.objects.get()
    page = screen(world.diana)
    page.goto("/learning/")
    training.tell(row, row.runner, clock.now(), "新模型：识别 1346 条检验文本。", step="measure", percent=80)
    page.get_by_text("新模型：识别 1346 条检验文本。").wait_for(timeout=5000)
    assert page.locator("#training progress").get_attribute("value") == "80"
    training.end(row, row.runner, Training.State.REFUSED, clock.now())
    page.locator("#outcome").wait_for(timeout=8000)
    assert "未换用" in page.locator("#outcome").inner_text()
