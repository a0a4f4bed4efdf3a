"""The page of phones in a real browser: written, answered, broken, read by an accessibility engine."""

import json
import re
import shutil
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from tests.connectors.sandbox.conftest import Sim
from tests.connectors.sandbox.test_telegram import send
from tests.connectors.sandbox.test_weibo_push import passive

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


def opened(browser: Browser, sim: Sim, path: str = "/", width: int = 1280) -> Page:
    for platform in ("wechat", "weibo", "telegram"):
        sim.account(platform, platform)
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(sim.base + path)
    expect(page.get_by_test_id("phone-wechat").get_by_test_id("account")).to_have_value("wechat")
    return page


def test_a_message_is_sent_by_keyboard_and_the_answer_appears(browser: Browser, sim: Sim) -> None:
    page = opened(browser, sim)
    sim.echo.answer = lambda row: (200, passive(row, "已收到"))
    phone = page.get_by_test_id("phone-weibo")
    phone.get_by_test_id("say").fill("路灯坏了")
    phone.get_by_test_id("say").press("Enter")
    expect(phone.get_by_test_id("bubbles").locator("li.in")).to_contain_text("路灯坏了")
    expect(phone.get_by_test_id("bubbles").locator("li.out.auto")).to_contain_text("已收到")
    expect(page.get_by_test_id("push-log").locator("tbody tr")).to_contain_text("随推送答复")
    page.close()


def test_a_message_written_before_the_accounts_are_known_is_sent_when_they_are(browser: Browser, sim: Sim) -> None:
    sim.account("wechat", "wechat")
    page, held = browser.new_page(), list[Route]()
    page.route("**/sim/accounts", lambda route: held.append(route))  # noqa: PLW0108  Playwright takes no built-in method
    page.goto(sim.base)
    phone = page.get_by_test_id("phone-wechat")
    with page.expect_request("**/sim/say*") as said:
        phone.get_by_test_id("say").fill("路灯坏了")
        phone.get_by_test_id("say").press("Enter")
        page.wait_for_timeout(200)
        expect(phone.get_by_test_id("say")).to_have_value("路灯坏了")
        [route.continue_() for route in held]
    expect(phone.get_by_test_id("bubbles").locator("li.in")).to_contain_text("路灯坏了")
    assert json.loads(said.value.post_data or "")["account"] == "wechat"
    page.close()


SLOW_THREADS = """() => { const real = window.fetch; window.fetch = async (path, options) => {
  const answer = await real(path, options);
  if (path.startsWith("/sim/thread")) { await new Promise((go) => setTimeout(go, 800)); document.body.dataset.fetched = "1"; }
  return answer;
}; }"""


def test_a_message_that_comes_while_the_thread_is_fetched_stays(browser: Browser, sim: Sim) -> None:
    page = opened(browser, sim)
    page.evaluate(SLOW_THREADS)
    phone = page.get_by_test_id("phone-wechat")
    with page.expect_response(re.compile(r"/sim/thread\?")):
        phone.get_by_test_id("citizen").fill("赵早到")
        phone.get_by_test_id("citizen").press("Tab")
    sim.say("你好", citizen="赵早到", account="wechat")
    expect(phone.get_by_test_id("bubbles").locator("li.in")).to_have_count(1)
    expect(page.locator("body")).to_have_attribute("data-fetched", "1")
    page.wait_for_timeout(50)
    assert phone.get_by_test_id("bubbles").locator("li.in").count() == 1
    page.close()


def test_markup_in_a_text_is_shown_and_not_run(browser: Browser, sim: Sim) -> None:
    page = opened(browser, sim)
    sim.say("<img src=x onerror=alert(1)>", citizen="王小明", account="wechat")
    expect(page.get_by_test_id("phone-wechat").get_by_test_id("bubbles")).to_contain_text("<img src=x onerror=alert(1)>")
    assert page.get_by_test_id("phone-wechat").locator("img").count() == 0
    page.close()


def test_a_channel_post_appears_on_the_public_tab(browser: Browser, sim: Sim) -> None:
    page = opened(browser, sim)
    phone = page.get_by_test_id("phone-telegram")
    phone.get_by_test_id("tab-public").click()
    send(sim, "停水通告")
    expect(phone.get_by_test_id("posts")).to_contain_text("停水通告")
    page.close()


def test_a_comment_appears_below_the_post(browser: Browser, sim: Sim) -> None:
    page = opened(browser, sim)
    phone = page.get_by_test_id("phone-weibo")
    phone.get_by_test_id("tab-public").click()
    phone.get_by_test_id("public-say").fill("几点停水？")
    phone.get_by_test_id("comment").click()
    expect(phone.get_by_test_id("posts")).to_contain_text("李晓红：几点停水？")
    page.close()


def test_faults_and_the_clock_are_shown_and_undone(browser: Browser, sim: Sim) -> None:
    page = opened(browser, sim)
    page.get_by_test_id("fault-accept_then_hang").click()
    expect(page.get_by_test_id("fault-state")).to_contain_text("收下后不应答")
    page.get_by_test_id("fault-clear").click()
    expect(page.get_by_test_id("fault-state")).to_have_text("平台都正常。")
    page.get_by_test_id("clock-days").click()
    expect(page.get_by_test_id("clock")).to_contain_text("49 小时")
    page.close()


@pytest.mark.parametrize(("path", "width"), [("/", 390), ("/?lang=en", 390), ("/", 1280), ("/?lang=en", 1280)])
def test_the_page_fits_and_has_no_serious_findings(browser: Browser, sim: Sim, path: str, width: int) -> None:
    page = opened(browser, sim, path, width)
    sim.say("你好", citizen=page.get_by_test_id("phone-wechat").get_by_test_id("citizen").input_value(), account="wechat")
    expect(page.get_by_test_id("phone-wechat").get_by_test_id("bubbles").locator("li.in")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = [row["id"] for row in Axe().run(page).response["violations"] if row["impact"] in ("serious", "critical")]
    page.close()
    assert found == []


def test_the_language_switch_leads_to_the_other_language(browser: Browser, sim: Sim) -> None:
    page = opened(browser, sim)
    page.get_by_role("link", name="English").click()
    expect(page).to_have_title(re.compile("citizens"))
    page.close()
