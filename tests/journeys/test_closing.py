"""Acceptance 2 of issue 4: a held answer goes first when the citizen writes again; two refusals; a bad rating reopens."""

import re
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Locator, Page, expect

from tests.journeys.stack import Stack, until
from tests.journeys.test_question_to_answer import signed_in

ANSWER = "换灯的师傅明天上午九点到。"


def asked(stack: Stack, account: str, citizen: str, text: str) -> dict[str, object]:
    stack.say(account, citizen, text)
    api = stack.caller("agent", account.partition("-")[0])
    return dict(until(lambda: next(iter(api.get("/tickets", params={"q": text[:10]}).json()["items"]), None)))


def answered(stack: Stack, account: str, row: dict[str, object], text: str) -> httpx.Client:
    api = stack.caller("agent", account.partition("-")[0])
    assert api.post(f"/tickets/{row['number']}/reply", json={"text": text}).status_code == 202
    return api


def citizens_page(browser: Browser, stack: Stack, code: object) -> Page:
    page = browser.new_page(viewport={"width": 390, "height": 844}, locale="zh-CN")
    page.goto(f"{stack.web}/q/{code}")
    return page


def test_a_held_answer_goes_first_when_the_citizen_writes_again(stack: Stack, browser: Browser, pictures: Path) -> None:
    account, citizen = "water-wechat", "钱七"
    row = asked(stack, account, citizen, "和平里三号楼前的阀门井盖响")
    httpx.post(f"{stack.sandbox}/sim/say", json={"account": account, "citizen": citizen, "kind": "unfollow"}, timeout=30)
    api = answered(stack, account, row, ANSWER)
    assert until(lambda: api.get(f"/tickets/{row['number']}").json()["delivered"] is False)
    until(lambda: api.get(f"/tickets/{row['number']}").json()["messages"][-1]["delivery"]["state"] == "held")
    desk = signed_in(browser, stack)
    desk.goto(f"{stack.web}/closing/undelivered")
    expect(desk.locator("table")).to_contain_text(str(row["number"]))
    desk.screenshot(path=pictures / "undelivered.png")
    phone = citizens_page(browser, stack, row["query_code"])
    expect(phone.locator("body")).to_contain_text(ANSWER)
    before = len(stack.heard(account, citizen))
    stack.say(account, citizen, "", kind="follow")
    stack.say(account, citizen, "还有一件事：水表不走了")
    heard = until(lambda: (them := stack.heard(account, citizen)[before:]) and ANSWER in them and them)
    assert heard[0] == ANSWER
    assert until(lambda: api.get(f"/tickets/{row['number']}").json()["messages"][-1]["at"])
    phone.close()
    desk.context.close()


def drawer(page: Page, name: str) -> Locator:
    """One of the ticket's folded forms, opened."""
    page.locator("details.drawer > summary", has_text=re.compile(f"^{name}$")).click()
    return page.locator("details.drawer[open]", has=page.get_by_role("button", name=name, exact=True))


def passes_on(page: Page, address: str, department: str, why: str) -> None:
    page.goto(address)
    form = drawer(page, "转办")
    form.get_by_label("转到部门").select_option(label=department)
    form.get_by_label("说明（对方可见）").fill(why)
    form.get_by_role("button", name="转办").click()
    expect(page.get_by_role("alert").or_(page.get_by_role("status")).first).to_be_attached()


def sends_back(page: Page, address: str, why: str) -> None:
    page.goto(address)
    form = drawer(page, "退回")
    form.get_by_role("textbox").fill(why)
    form.get_by_role("button", name="退回").click()


def test_a_department_refuses_twice_and_the_one_above_decides(stack: Stack, browser: Browser, pictures: Path) -> None:
    row = asked(stack, "health-telegram", "孙九", "这个井盖到底归谁管呢")
    number, address, root = row["number"], f"{stack.web}/tickets/{row['number']}", stack.caller("supervisor", "root")
    program = stack.caller("agent", "water")
    health, water, above = (signed_in(browser, stack, name) for name in ("health1", "water1", "demo"))

    def lies_with(department: str) -> None:
        until(lambda: root.get(f"/tickets/{number}").json()["department"] == department)

    for round_, back in ((1, "health"), (2, "root")):
        passes_on(health, address, "云川市水务局", f"属水务，第 {round_} 次")
        lies_with("water")
        sends_back(water, address, f"不属水务，第 {round_} 次")
        lies_with(back)
    assert root.post(f"/tickets/{number}/hand-back", json={"reason": "我也不要"}).status_code == 409
    above.goto(address)
    expect(above.locator("#pane")).to_contain_text("不属水务，第 2 次")
    above.screenshot(path=pictures / "refused-twice.png", full_page=True)
    passes_on(above, address, "云川市水务局", "由水务承办")
    lies_with("water")
    water.goto(address)
    expect(water.locator("#side")).to_contain_text("由水务承办")
    expect(water.locator("#side")).to_contain_text("上级部门已决定由本部门办理，不能再退回。")
    expect(water.locator("details.drawer > summary", has_text=re.compile("^退回$"))).to_have_count(0)
    assert program.post(f"/tickets/{number}/hand-back", json={"reason": "还是不"}).status_code == 409
    assert program.get(f"/tickets/{number}").json()["department"] == "water"
    water.screenshot(path=pictures / "bound.png", full_page=True)
    for page in (health, water, above):
        page.context.close()


def test_a_bad_rating_reopens_what_the_citizen_had_settled(stack: Stack, browser: Browser, pictures: Path) -> None:
    row = asked(stack, "education-telegram", "吴十", "学校门口的减速带坏了")
    api = answered(stack, "education-telegram", row, "已更换。")
    assert until(lambda: api.get(f"/tickets/{row['number']}").json()["delivered"])
    phone = citizens_page(browser, stack, row["query_code"])
    phone.get_by_role("button", name="问题已解决，可以办结").click()
    expect(phone.get_by_role("status")).to_contain_text("已办结")
    phone.screenshot(path=pictures / "citizen-rating.png", full_page=True)
    phone.get_by_role("radio", name="1", exact=True).check()
    phone.get_by_label("原因（可空）").fill("只换了一半")
    phone.get_by_role("button", name="提交评分").click()
    expect(phone.locator("body")).to_contain_text("办理中")
    again = api.get(f"/tickets/{row['number']}").json()
    assert again["state"] == "reopened" and "只换了一半" in again["messages"][-1]["text"]
    phone.close()
