"""Without the demo: accounts are imported from a file, a token is made, and all goes through webhooks and API alone."""

import csv
import json
from pathlib import Path

import httpx
import pytest

from tests.journeys.stack import Stack, running, until

KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
ACCOUNTS = [
    ("wx-plain", "wechat", "service", {"app_id": "wx1", "app_secret": "s1", "token": "tok-1", "aes_key": KEY, "mode": "plain"}),
    ("wx-compat", "wechat", "service", {"app_id": "wx2", "app_secret": "s2", "token": "tok-2", "aes_key": KEY, "mode": "compat"}),
    ("wx-safe", "wechat", "service", {"app_id": "wx3", "app_secret": "s3", "token": "tok-3", "aes_key": KEY, "mode": "safe"}),
    (
        "wx-small",
        "wechat",
        "subscription_uncertified",
        {"app_id": "wx4", "app_secret": "s4", "token": "tok-4", "aes_key": KEY, "mode": "safe"},
    ),
    ("wb", "weibo", "", {"app_key": "k", "app_secret": "s", "access_token": "t", "uid": "1234567890", "safe_domain": "gov.example"}),
    ("tg", "telegram", "", {"bot_token": "1:abc", "secret_token": "sec", "chat_id": "-1001"}),
]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> object:
    folder = tmp_path_factory.mktemp("real")
    with running(folder, demo=False) as found:
        connect(found, folder / "accounts.csv")
        yield found


def connect(stack: Stack, path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "platform", "name", "department", "kind", "base_url", "credentials"])
        for account_id, platform, kind, credentials in ACCOUNTS:
            rows.writerow([account_id, platform, f"测试 {account_id}", "某市城管局", kind, stack.sandbox, json.dumps(credentials)])
    assert "已导入 6 个账号" in stack.manage("accounts_import", str(path))
    for account_id, platform, kind, credentials in ACCOUNTS:
        body = {"id": account_id, "platform": platform, "name": account_id, "department": "", "kind": kind, "credentials": credentials}
        httpx.post(
            f"{stack.sandbox}/sim/accounts", json={**body, "hook_url": f"{stack.web}/hooks/{platform}/{account_id}"}, timeout=30
        ).raise_for_status()


@pytest.mark.parametrize("account", [row[0] for row in ACCOUNTS if row[0] != "wx-small"])
def test_a_question_is_answered_on_every_kind_of_account(stack: Stack, account: str) -> None:
    said = stack.say(account, "市民甲", f"{account} 门口的井盖坏了，什么时候修？")
    assert said["status"] == 200 and ("自动回复" in said["passive"] if account != "tg" else said["passive"] is None)
    until(lambda: any("自动回复" in text for text in stack.heard(account, "市民甲")))
    api = stack.caller("agent", "某市城管局")
    number = until(lambda: next((row["number"] for row in api.get("/tickets", params={"account": account}).json()["items"]), None))
    assert api.post(f"/tickets/{number}/reply", json={"text": "今天修好。"}).status_code == 202
    until(lambda: stack.heard(account, "市民甲").count("今天修好。") == 1)


def test_an_account_that_may_not_write_first_answers_at_the_next_contact(stack: Stack) -> None:
    stack.say("wx-small", "市民乙", "垃圾站几点开门？")
    api = stack.caller("agent", "root")
    row = until(lambda: next(iter(api.get("/tickets", params={"account": "wx-small"}).json()["items"]), None))
    api.post(f"/tickets/{row['number']}/reply", json={"text": "早上六点开门。"})
    until(lambda: api.get(f"/tickets/{row['number']}").json()["messages"][-1]["delivery"]["hold"] == "unsupported")
    assert "早上六点开门。" in httpx.get(f"{stack.web}/q/{row['query_code']}", timeout=30).text
    assert stack.say("wx-small", "市民乙", "有结果了吗？")["passive"] == "早上六点开门。"


def test_a_token_of_root_sees_everything_below_and_the_balance_holds(stack: Stack) -> None:
    api = stack.caller("supervisor")
    found = api.get("/balance").json()
    assert found["received"] >= 1 and found["difference"] == 0
    assert len(api.get("/accounts").json()["items"]) == 6


def test_no_demo_data_gets_into_a_real_installation(stack: Stack) -> None:
    with pytest.raises(AssertionError, match="正式环境不写入演示数据"):
        stack.manage("seed")
