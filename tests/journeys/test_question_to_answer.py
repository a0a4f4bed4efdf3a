"""The story of the product: a citizen asks on a phone, a person answers in the console, the answer arrives on the phone."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.worker.demo import PASSWORD
from tests.journeys.stack import Stack, until

expect.set_options(timeout=20_000)  # a busy machine is slow, not wrong
STORIES = [
    ("wechat", "请问流感疫苗在哪里可以接种？需要预约吗？", "全市社区卫生服务中心均可接种，请带身份证，工作日上午九点到十一点半。"),
    ("weibo", "南湖路的路灯坏了三天没人修，晚上很黑，老人不敢出门", "已联系路灯所，今晚八点前修好，谢谢您告诉我们。"),
    ("telegram", "How do I register my child for primary school?", "请于 3 月 1 日起在「云川教育」小程序登记；名单 4 月公布。"),
]


def signed_in(browser: Browser, stack: Stack, username: str = "demo") -> Page:
    page = browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900}).new_page()
    page.goto(stack.web)
    page.locator("input[name=username]").fill(username)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("button.main").click()
    expect(page.get_by_role("heading", name="诉求队列")).to_be_attached()
    return page


@pytest.mark.parametrize(("platform", "question", "answer"), STORIES)
def test_a_question_is_asked_on_a_phone_and_answered_by_a_person(
    stack: Stack, browser: Browser, pictures: Path, platform: str, question: str, answer: str
) -> None:
    desk = signed_in(browser, stack)
    town = browser.new_page(viewport={"width": 1280, "height": 900})
    town.goto(stack.sandbox)
    phone = town.get_by_test_id(f"phone-{platform}")
    expect(phone.get_by_test_id("account")).to_have_value(f"health-{platform}")
    phone.get_by_test_id("say").fill(question)
    phone.get_by_test_id("send").click()
    bubbles = phone.get_by_test_id("bubbles")
    expect(bubbles.locator("li.out.auto")).to_contain_text("自动回复" if platform != "telegram" else "Automatic reply")

    row = desk.locator("li.row", has_text=question[:12])  # it slides in without a reload
    expect(row).to_be_visible()
    desk.screenshot(path=pictures / "queue.png")
    row.locator("a").click()
    desk.locator("#reply").fill(answer)
    desk.screenshot(path=pictures / "ticket.png")
    desk.locator("#reply").press("Control+Enter")

    expect(bubbles.locator("li.out", has_text=answer)).to_be_visible()
    town.screenshot(path=pictures / "phones.png")
    expect(desk.locator("#pane")).to_contain_text("已送达")
    desk.context.close()
    town.close()


def test_the_loop_through_api_and_webhooks_alone(stack: Stack) -> None:
    said = stack.say("water-wechat", "王小明", "我家停水两天了，什么时候能恢复？")
    assert said["status"] == 200
    api = stack.caller("agent", "water")
    number = until(lambda: next((row["number"] for row in api.get("/tickets", params={"q": "停水两天"}).json()["items"]), None))
    assert api.post(f"/tickets/{number}/claim").status_code == 200
    assert api.post(f"/tickets/{number}/reply", json={"text": "今晚八点前恢复供水。"}).status_code == 202
    until(lambda: "今晚八点前恢复供水。" in stack.heard("water-wechat", "王小明"))
    shown = api.get(f"/tickets/{number}").json()
    assert shown["state"] == "answered"
    assert until(lambda: api.get(f"/tickets/{number}").json()["messages"][-1]["delivery"]["state"] == "sent")


def test_an_answer_after_the_window_is_held_and_arrives_at_the_next_contact(stack: Stack) -> None:
    stack.say("education-wechat", "赵六", "转学需要什么材料？")
    import httpx

    api = stack.caller("agent", "education")
    number = until(lambda: next((row["number"] for row in api.get("/tickets", params={"q": "转学"}).json()["items"]), None))
    httpx.post(f"{stack.sandbox}/sim/say", json={"account": "education-wechat", "citizen": "赵六", "kind": "unfollow"}, timeout=30)
    api.post(f"/tickets/{number}/reply", json={"text": "户口簿、学籍表和住房证明。"})
    until(lambda: api.get(f"/tickets/{number}").json()["messages"][-1]["delivery"]["state"] == "held")
    stack.say("education-wechat", "赵六", "", kind="follow")
    stack.say("education-wechat", "赵六", "有结果了吗？")
    until(lambda: "户口簿、学籍表和住房证明。" in stack.heard("education-wechat", "赵六"))


def test_the_citizen_reads_the_answer_with_the_query_code(stack: Stack, browser: Browser) -> None:
    stack.say("health-telegram", "孙七", "体检中心周末上班吗？")
    api = stack.caller("agent", "health")
    row = until(lambda: next(iter(api.get("/tickets", params={"q": "体检中心"}).json()["items"]), None))
    api.post(f"/tickets/{row['number']}/reply", json={"text": "周六上午上班，可拨 13812345678 预约。"})
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{stack.web}/q/{row['query_code']}")
    expect(page.locator("body")).to_contain_text("周六上午上班")
    assert "13812345678" not in page.content()
    page.close()


def test_nothing_of_all_this_wrote_a_secret_into_a_log(stack: Stack) -> None:
    import json

    accounts = json.loads((stack.folder / "data" / "sandbox.json").read_text())["accounts"]
    secrets = [
        str(value)
        for row in accounts
        for name, value in row["credentials"].items()
        if name not in ("mode", "uid", "chat_id", "safe_domain", "app_key", "app_id")
    ]
    logs = stack.logs()
    assert logs and not [secret[:4] for secret in secrets if secret in logs]


def opened_by(browser: Browser, stack: Stack, username: str, first_line: str) -> Page:
    """A desk on which this ticket is open."""
    desk = signed_in(browser, stack, username)
    desk.locator("li.row", has_text=first_line).locator("a").click()
    expect(desk.locator("#ticket-title")).to_be_visible()
    return desk


def test_a_colleagues_simultaneous_reply_is_refused_and_nothing_typed_is_lost(stack: Stack, browser: Browser, pictures: Path) -> None:
    stack.say("education-wechat", "周八", "滨江小学门口放学时堵车，能不能安排人疏导？")
    one, other = (opened_by(browser, stack, username, "滨江小学门口") for username in ("demo", "education1"))
    one.locator("#reply").press_sequentially("滨江小学门口自12月1日起放学时段安排护学岗疏导，")
    expect(other.locator("#writers")).to_contain_text("正在写答复")
    mine = "滨江小学门口堵车一事，已请交警中队12月1日起到场疏导。"
    other.locator("#reply").fill(mine)
    one.locator("#reply").press("End")
    one.locator("#reply").press_sequentially("每天两人。")
    one.locator("#reply").press("Control+Enter")
    expect(one.locator(".undo")).to_be_visible()
    other.locator("#reply").press("Control+Enter")
    expect(other.locator(".banner.bad")).to_contain_text("刚刚已答复")
    expect(other.locator("#talk")).to_contain_text("每天两人")
    expect(other.locator("#kept-text")).to_have_value(mine)
    other.screenshot(path=pictures / "collision.png")
    until(lambda: any("每天两人" in text for text in stack.heard("education-wechat", "周八")))
    assert not any("交警中队" in text for text in stack.heard("education-wechat", "周八"))
    one.context.close()
    other.context.close()


def test_a_reply_is_warned_of_sent_and_taken_back_within_ten_seconds(stack: Stack, browser: Browser, pictures: Path) -> None:
    stack.say("health-telegram", "吴九", "南湖社区卫生服务中心的停车场什么时候修好？老人看病很不方便")
    desk = opened_by(browser, stack, "demo", "南湖社区卫生服务中心")
    desk.locator("#reply").fill("南湖社区卫生服务中心停车场正在铺设沥青，将尽快开放。")
    expect(desk.locator(".remark")).to_contain_text("没有说明时间")
    desk.screenshot(path=pictures / "remarks.png")
    desk.locator("#reply").press("Control+Enter")
    expect(desk.get_by_role("button", name="仍要发送")).to_be_visible()
    desk.locator("#reply").press("Control+Enter")
    expect(desk.locator(".undo")).to_be_visible()
    desk.screenshot(path=pictures / "undo.png")
    desk.get_by_role("button", name="撤回").click()
    expect(desk.locator("#reply")).to_have_value(re.compile("将尽快开放"))
    api = stack.caller("agent", "health")
    row = api.get("/tickets", params={"q": "停车场什么时候"}).json()["items"][0]
    messages = api.get(f"/tickets/{row['number']}").json()["messages"]
    assert row["state"] == "waiting" and [one["delivery"]["state"] for one in messages if one["direction"] == "note"] == ["withdrawn"]
    desk.context.close()


def test_an_emergency_calls_the_duty_group_and_is_acknowledged_on_a_phone(stack: Stack, browser: Browser, pictures: Path) -> None:
    stack.say("water-wechat", "周婶", "救命，河边有孩子落水了")
    api = stack.caller("agent", "water")
    number = until(lambda: next((row["number"] for row in api.get("/tickets", params={"q": "落水"}).json()["items"]), None))
    phone = browser.new_context(locale="zh-CN", viewport={"width": 390, "height": 844}).new_page()
    phone.goto(f"{stack.sandbox}/duty")
    message = phone.get_by_test_id("said").locator("li", has_text=number)
    expect(message).to_be_visible()  # the page reloads by itself
    phone.goto(str(message.get_by_role("link").get_attribute("href")))
    expect(phone.locator("main")).to_contain_text(number)
    phone.get_by_role("button", name="我来处理").click()
    expect(phone.get_by_role("link", name="登录办理")).to_have_attribute("href", re.compile("/tickets/|/duty/"))
    phone.screenshot(path=pictures / "phone-acknowledged.png")
    expect(phone.locator("main")).to_contain_text("不再呼叫其他人")
    assert api.get(f"/tickets/{number}").json()["state"] != "answered"  # the calling ends, the clock does not
    phone.context.close()
