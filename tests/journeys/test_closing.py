"""Acceptance 2 of issue 4: a held answer goes first when the citizen writes again; two refusals; a bad rating reopens."""

from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, expect

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


def test_a_department_refuses_twice_and_the_one_above_decides(stack: Stack) -> None:
    row = asked(stack, "health-telegram", "孙九", "这个井盖到底归谁管呢")
    number, health, water = row["number"], stack.caller("agent", "health"), stack.caller("agent", "water")
    root = stack.caller("supervisor", "root")
    for _ in range(2):
        assert health.post(f"/tickets/{number}/transfer", json={"department": "water", "note": "属水务"}).status_code == 200
        assert water.post(f"/tickets/{number}/hand-back", json={"reason": "不属水务"}).status_code == 200
    assert root.get(f"/tickets/{number}").json()["department"] == "root"
    assert root.post(f"/tickets/{number}/hand-back", json={"reason": "我也不要"}).status_code == 409
    assert root.post(f"/tickets/{number}/transfer", json={"department": "water", "note": "由水务承办"}).status_code == 200
    assert water.post(f"/tickets/{number}/hand-back", json={"reason": "还是不"}).status_code == 409
    assert water.get(f"/tickets/{number}").json()["department"] == "water"


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
