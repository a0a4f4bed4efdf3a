"""Acceptance 2 of issue 4: an overdue ticket climbs to the next person, who is paged, acknowledges on a phone and answers there."""

import re
from pathlib import Path

import httpx
import pyotp
from playwright.sync_api import Browser, Page, expect

from bot.worker.demo import PASSWORD
from tests.journeys.stack import Stack, until
from tests.journeys.test_question_to_answer import signed_in

expect.set_options(timeout=20_000)  # a busy machine is slow, not wrong
PHONE = {"width": 390, "height": 780}
QUESTION = "菜市场门口的自来水管一直漏水，已经报了两次"
ANSWER = "抢修队已到菜市场门口，漏水的水管今晚八点前修好，水费不受影响。"
COVERED = "talk => Math.max(0, talk.scrollHeight - talk.clientHeight)"  # pixels that flow out of it, where it does not scroll by itself
# Only the ticket's own times: that its moment came, whose it is then and who is called is for the work process to find out.
OVERDUE = """
from datetime import timedelta
from bot import clock
from bot.tickets.models import Ticket
row, past = Ticket.objects.get(number={number!r}), clock.now() - timedelta(seconds=5)
by = row.deadline - past
moved = {{"received_at": row.received_at - by, "service_deadline": past, "deadline": past, "next_step_at": past}}
assert row.rung == 0 and Ticket.objects.filter(pk=row.pk).update(**moved) == 1
"""


def claimed(stack: Stack, desk: Page, number: str) -> None:
    """The owner at the desk takes the ticket."""
    desk.goto(f"{stack.web}/tickets/{number}")
    desk.get_by_role("button", name="认领").click()
    expect(desk.locator("#side")).to_contain_text("认领至")


def called(stack: Stack, page: Page, *words: str) -> str:
    """What the pretend robot's group was told with these words, and the link in it. The page reloads by itself."""
    page.goto(f"{stack.sandbox}/duty")
    message = page.get_by_test_id("said").locator("li")
    for word in words:
        message = message.filter(has_text=word)
    expect(message).to_have_count(1)
    return str(message.get_by_role("link").get_attribute("href"))


def sign_in_here(page: Page, username: str) -> None:
    """Sign in on the page that is open, with the second factor this person has to bind."""
    page.locator("input[name=username]").fill(username)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("button.main").click()
    key = page.locator(".code-key").inner_text().replace(" ", "")
    page.locator("input[name=code]").fill(pyotp.TOTP(key).now())
    page.locator("button.main").click()


def test_an_overdue_ticket_climbs_and_is_answered_on_a_phone(stack: Stack, browser: Browser, pictures: Path) -> None:
    stack.say("water-wechat", "何大爷", QUESTION)
    api = stack.caller("agent", "water")
    number = until(lambda: next((row["number"] for row in api.get("/tickets", params={"q": "一直漏水"}).json()["items"]), ""))
    desk = signed_in(browser, stack, "water1")
    claimed(stack, desk, number)
    assert api.get(f"/tickets/{number}").json()["owner"] == "water1"

    stack.manage("shell", "-c", OVERDUE.format(number=number))
    until(lambda: api.get(f"/tickets/{number}").json()["owner"] == "leader")
    desk.reload()
    expect(desk.locator("#side")).to_contain_text("water1 → leader")
    expect(desk.locator("#reply")).to_have_count(0)  # it is not theirs any more

    phone = browser.new_context(locale="zh-CN", viewport=PHONE, has_touch=True).new_page()
    called(stack, phone, number, "已转由 王建国 办理", "@13800000005")  # the earlier owner is told
    link = called(stack, phone, number, "现由您办理", "@13800000001")
    httpx.get(link, timeout=30).raise_for_status()  # a chat program fetches it for a preview
    phone.goto(link)
    expect(phone.locator("main")).to_contain_text(f"诉求单 {number} 已超过答复期限")
    expect(phone.locator("main")).to_contain_text("呼叫中")
    phone.screenshot(path=pictures / "phone-overdue.png")
    phone.get_by_role("button", name="我来处理").click()
    expect(phone.get_by_role("status")).to_contain_text("不再呼叫其他人")

    phone.get_by_role("link", name="登录办理").click()
    sign_in_here(phone, "leader")
    expect(phone).to_have_url(re.compile(f"/tickets/{number}$"))  # straight to what was called for
    phone.goto(f"{stack.web}/pages/")
    row = phone.get_by_role("row").filter(has_text=f"{number} 已超过")
    expect(row).to_contain_text("已确认")
    expect(row.get_by_role("cell").last).to_contain_text("王建国")

    phone.goto(f"{stack.web}/tickets/{number}")
    assert phone.locator("#talk").evaluate(COVERED) == 0  # every bubble can be scrolled out from under the form
    assert phone.evaluate("document.documentElement.scrollHeight - innerHeight") <= 0  # and no empty page below
    phone.locator("#reply").fill(ANSWER)
    phone.screenshot(path=pictures / "phone-answer.png")
    phone.locator("form.reply button.main").tap()
    until(lambda: ANSWER in stack.heard("water-wechat", "何大爷"))
    assert stack.heard("water-wechat", "何大爷").count(ANSWER) == 1
    answered = api.get(f"/tickets/{number}").json()
    assert answered["state"] == "answered" and answered["owner"] == "leader"
    phone.goto(f"{stack.web}/pages/?state=calling")
    expect(phone.get_by_role("row").filter(has_text=number)).to_have_count(0)  # nobody is called about it any more
    phone.context.close()
    desk.context.close()
