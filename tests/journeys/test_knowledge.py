"""Acceptance 5 of understanding: a department switches automatic answers on, a citizen gets one, the ticket still waits for a person."""

import re
from pathlib import Path

import pyotp
from playwright.sync_api import Browser, Page, expect

from bot.worker.demo import PASSWORD
from tests.journeys.stack import Stack, until

expect.set_options(timeout=20_000)  # a busy machine is slow, not wrong
QUESTION = "请问小学一年级什么时候报名？"
ANSWER = "网上报名为 6 月 1 日至 15 日"


def signed_in(browser: Browser, stack: Stack, username: str) -> Page:
    """A desk; whoever needs a second factor binds one."""
    page = browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900}).new_page()
    page.goto(stack.web)
    page.locator("input[name=username]").fill(username)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("button.main").click()
    if username == "leader":
        key = page.locator(".code-key").inner_text().replace(" ", "")
        page.locator("input[name=code]").fill(pyotp.TOTP(key).now())
        page.locator("button.main").click()
    expect(page.get_by_role("heading", name="诉求队列")).to_be_attached()
    return page


def asked(stack: Stack, citizen: str) -> str:
    """What the citizen's phone shows after the question."""
    stack.say("education-wechat", citizen, QUESTION)
    return str(until(lambda: next((text for text in stack.heard("education-wechat", citizen) if "自动回复" in text), "")))


def test_a_department_switches_answers_on_and_the_ticket_still_waits(stack: Stack, browser: Browser, pictures: Path) -> None:
    assert ANSWER not in asked(stack, "甲")  # off until somebody switches it on
    desk = signed_in(browser, stack, "leader")
    desk.goto(f"{stack.web}/knowledge/answers?department=education")
    desk.get_by_role("button", name="开启 教育文体").click()
    expect(desk.locator("li", has_text="教育文体")).to_contain_text("已开启")
    desk.screenshot(path=pictures / "automatic-answers.png")

    heard = asked(stack, "乙")
    assert all(words in heard for words in (ANSWER, "云川市义务教育阶段学校招生办法", "核对）", "转人工"))
    api = stack.caller("agent", "education")
    waiting = until(lambda: rows if len(rows := api.get("/tickets", params={"account": "education-wechat"}).json()["items"]) == 2 else None)
    assert {row["state"] for row in waiting} == {"waiting"} and all(row["deadline"] for row in waiting)
    desk.context.close()


def test_who_asks_for_a_person_is_passed_up_and_the_other_is_answered_with_a_suggestion(
    stack: Stack, browser: Browser, pictures: Path
) -> None:
    stack.say("education-wechat", "乙", "转人工")
    until(lambda: any("已为您转人工" in text for text in stack.heard("education-wechat", "乙")))
    desk = signed_in(browser, stack, "education1")
    rows = desk.locator("li.row", has_text="小学一年级")
    expect(rows.filter(has_text="王建国")).to_have_count(1)  # nobody is on duty in the department: the ladder calls whoever stands above
    rows.filter(has_not_text="王建国").locator("a").click()
    expect(desk.locator(".suggestion").first).to_contain_text("小学一年级什么时候报名")
    desk.keyboard.press("1")
    expect(desk.locator("#reply")).to_have_value(re.compile(ANSWER))
    desk.screenshot(path=pictures / "suggestions.png")
    desk.locator("#reply").press("End")
    desk.keyboard.type("具体以学校通知为准。")
    desk.locator("#reply").press("Control+Enter")
    expect(desk.locator("#pane")).to_contain_text("具体以学校通知为准。")
    desk.context.close()
