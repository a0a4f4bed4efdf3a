"""The control API: say, raw, outbox, log, stats, events, limits, accounts."""

import base64
import json
import time
from typing import Any

import pytest

from tests.connectors.sandbox.conftest import CREDENTIALS, Sim
from tests.connectors.sandbox.test_telegram import quiet, send


def test_say_without_waiting_returns_at_once(sim: Sim) -> None:
    sim.account("wechat")
    sim.echo.delay = 0.5
    begun = time.monotonic()
    answer = sim.http.post("/sim/say?wait=0", json={"account": "a1", "citizen": "张三", "text": "快"})
    assert (answer.status_code, time.monotonic() - begun < 0.4) == (202, True)


@pytest.mark.parametrize(
    "changes",
    [{"account": "none"}, {"citizen": ""}, {"kind": "poem"}, {"media": "smell"}, {"copies": 0}, {"copies": 101}, {"text": "x" * 100_001},
     {"kind": "comment"}, {"media": "file"}],
)  # fmt: skip
def test_senseless_acts_are_refused_with_a_reason(sim: Sim, changes: dict[str, Any]) -> None:
    sim.account("wechat")
    answer = sim.http.post("/sim/say", json={"account": "a1", "citizen": "张三", "text": "x", **changes})
    assert answer.status_code == 400 and answer.json()["error"]


@pytest.mark.parametrize("body", [b"{", b'"text"', b"[" * 100_000])
def test_a_body_that_is_no_object_is_refused(sim: Sim, body: bytes) -> None:
    assert sim.http.post("/sim/say", content=body).status_code == 400


def test_another_origin_may_not_control_the_sandbox(sim: Sim) -> None:
    assert sim.http.post("/sim/reset", json={}, headers={"origin": "http://evil.example"}).status_code == 403


def test_extra_fields_override_the_protocols_own(sim: Sim) -> None:
    sim.account("wechat")
    sim.say(extra={"MsgType": "unheard_of", "Novel": {"Deep": 1}})
    assert b"<MsgType><![CDATA[unheard_of]]></MsgType>" in sim.echo.posts()[0].body
    assert b"<Novel><Deep>1</Deep></Novel>" in sim.echo.posts()[0].body


@pytest.mark.parametrize("platform", ["wechat", "weibo", "telegram"])
def test_raw_pushes_any_bytes_signed_or_not(sim: Sim, platform: str) -> None:
    sim.account(platform)
    sim.post("/sim/raw", {"account": "a1", "body_base64": base64.b64encode(b"\x00\xff").decode()})
    sim.post("/sim/raw", {"account": "a1", "body": "<xml>", "sign": False, "query": {"signature": "0"}})
    signed, bare = sim.echo.posts()
    proof = signed.query.get("signature") or signed.headers.get("x-telegram-bot-api-secret-token")
    assert (signed.body, bool(proof), bare.body, bare.query) == (b"\x00\xff", True, b"<xml>", {"signature": "0"})


def test_the_outbox_keeps_all_sends_in_order(sim: Sim) -> None:
    quiet(sim)
    for n in range(300):
        send(sim, str(n))
    rows = sim.get("/sim/outbox", account="a1")
    assert [row["text"] for row in rows["rows"]] == [str(n) for n in range(300)]
    assert (rows["dropped"], len({row["platform_id"] for row in rows["rows"]})) == (0, 300)


def test_the_outbox_can_be_read_from_a_row_on(sim: Sim) -> None:
    quiet(sim)
    for n in range(3):
        send(sim, str(n))
    first = sim.get("/sim/outbox")["rows"][0]["id"]
    assert [row["text"] for row in sim.get("/sim/outbox", after=first, limit=1)["rows"]] == ["1"]


def test_a_thread_keeps_its_last_bubbles(sim: Sim) -> None:
    quiet(sim)
    for n in range(205):
        sim.say(str(n))
    assert sim.bubbles()[0][1] == "5"
    assert len(sim.bubbles()) == 200


def test_log_and_stats_count_pushes(sim: Sim) -> None:
    sim.account("wechat")
    sim.echo.answer = lambda _: (503, b"")
    sim.say()
    assert [(row["status"], row["attempt"]) for row in sim.get("/sim/log")["rows"]] == [(503, 1), (503, 2), (503, 3)]
    stats = sim.get("/sim/stats")
    assert (stats["pushes"]["pushes"], stats["pushes"]["undelivered"], stats["p99"] > 0) == (1, 1, True)


def test_events_are_live(sim: Sim) -> None:
    sim.account("wechat")
    with sim.http.stream("GET", "/sim/events") as stream:
        lines = stream.iter_lines()
        assert "event: hello" in [next(lines), next(lines)]
        sim.say("看得见")
        for line in lines:
            if line.startswith("data:") and "direction" in line:
                break
    assert json.loads(line.removeprefix("data: "))["text"] == "看得见"


def test_accounts_are_listed_without_credentials(sim: Sim) -> None:
    sim.account("wechat")
    text = sim.http.get("/sim/accounts").text
    assert "账号a1" in text
    assert not any(str(value) in text for value in (*CREDENTIALS["wechat"].values(),) if value != "plain")


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "a b"},
        {"platform": "fax"},
        {"credentials": {}},
        {"credentials": None},
        {"credentials": CREDENTIALS["wechat"] | {"mode": "royal"}},
        {"credentials": CREDENTIALS["wechat"] | {"mode": "safe", "aes_key": "short"}},
    ],
)
def test_a_wrong_account_is_refused_without_repeating_its_secrets(sim: Sim, changes: dict[str, Any]) -> None:
    data = {"id": "x", "platform": "wechat", "credentials": CREDENTIALS["wechat"], **changes}
    answer = sim.http.post("/sim/accounts?verify=0", json=data)
    assert answer.status_code == 400
    assert "secret-1" not in answer.text


@pytest.mark.parametrize("values", [{"no.such": 1}, {"wechat.kf.message_count": "many"}, {"wechat.kf.message_count": -1}])
def test_a_wrong_limit_is_refused(sim: Sim, values: dict[str, Any]) -> None:
    assert sim.http.post("/sim/limits", json=values).status_code == 400


def test_reset_forgets_everything_but_the_accounts(sim: Sim) -> None:
    sim.account("wechat")
    sim.say()
    sim.clock(3600)
    sim.fault("html")
    assert sim.post("/sim/reset") == {"accounts": 1}
    assert (sim.bubbles(), sim.get("/sim/faults")["faults"], sim.get("/sim/clock")["offset"]) == ([], [], 0)


def test_ids_are_never_used_again_after_a_reset(sim: Sim) -> None:
    sim.account("wechat")
    first = int(sim.say()["platform_id"])
    sim.post("/sim/reset")
    assert int(sim.say()["platform_id"]) > first
