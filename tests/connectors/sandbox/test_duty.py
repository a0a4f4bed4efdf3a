"""The duty group's phone of the sandbox: our own robot reaches it, and its page shows links but runs nothing."""

import httpx

from connectors.dingtalk.robot import Robot
from policies.facts import AccountFacts, Outcome
from tests.connectors.sandbox.conftest import Sim
from tests.pretend_pagers.gateways import LINK, paging, tools


def test_a_page_sent_by_our_robot_is_seen_with_its_link_and_whom_it_calls(sim: Sim) -> None:
    gateway = AccountFacts("1", "dingtalk", "值班群", base_url=sim.base, credentials={"access_token": "canary-token"})
    assert Robot().send(paging(), "13800000001", gateway, tools(timeout=5)).outcome is Outcome.SENT
    page = httpx.get(f"{sim.base}/duty").text
    assert f'<a href="{LINK}">' in page and "@13800000001" in page


def test_marks_in_a_message_are_shown_and_not_run(sim: Sim) -> None:
    body = {"msgtype": "text", "text": {"content": '<script>alert(1)</script> https://x/"onclick="1'}}
    httpx.post(f"{sim.base}/robot/send?access_token=x", json=body)
    page = httpx.get(f"{sim.base}/duty?lang=en").text
    assert "<script>alert" not in page and '"onclick=' not in page


def test_a_message_without_token_or_text_is_refused_with_its_code(sim: Sim) -> None:
    codes = [httpx.post(f"{sim.base}/robot/send{query}", json={}).json()["errcode"] for query in ("", "?access_token=x")]
    assert codes == [300001, 40035]
