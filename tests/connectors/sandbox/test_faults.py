"""Planned faults, the clock and the counters."""

import time

import httpx
import pytest

from tests.connectors.sandbox.conftest import Sim
from tests.connectors.sandbox.test_telegram import CHANNEL, call, quiet, send
from tests.connectors.sandbox.test_wechat_api import code_with, stable
from tests.connectors.sandbox.test_wechat_kf import send as kf_send


def test_accept_then_hang_delivers_and_then_drops_the_line(sim: Sim) -> None:
    quiet(sim)
    sim.fault("accept_then_hang", platform="telegram", path="sendMessage", seconds=0.3, times=1)
    begun = time.monotonic()
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        send(sim, "只此一次")
    assert time.monotonic() - begun >= 0.3
    assert sim.texts() == ["只此一次"]


def test_refuse_connection_drops_the_line_and_delivers_nothing(sim: Sim) -> None:
    quiet(sim)
    sim.fault("refuse_connection", platform="telegram", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        send(sim)
    assert sim.texts() == []
    assert send(sim)["ok"]


def test_accept_then_502_delivers_and_answers_a_gateway_page(sim: Sim) -> None:
    quiet(sim)
    sim.fault("accept_then_502", path="sendMessage")
    answer = sim.http.post("/bot123456:TEST-token/sendMessage", data={"chat_id": CHANNEL, "text": "到了"})
    assert (answer.status_code, answer.headers["content-type"], sim.texts()) == (502, "text/html", ["到了"])


def test_html_is_an_answer_without_effect(sim: Sim) -> None:
    quiet(sim)
    sim.fault("html")
    answer = sim.http.post("/bot123456:TEST-token/sendMessage", data={"chat_id": CHANNEL, "text": "没到"})
    assert (answer.status_code, answer.text[:6], sim.texts()) == (200, "<html>", [])


def test_delay_only_delays(sim: Sim) -> None:
    quiet(sim)
    sim.fault("delay", seconds=0.3)
    begun = time.monotonic()
    assert send(sim)["ok"]
    assert time.monotonic() - begun >= 0.3


def test_an_error_has_the_platforms_own_words(sim: Sim) -> None:
    sim.account("wechat", "w")
    sim.account("weibo", "b")
    quiet(sim)
    token = stable(sim)["access_token"]
    sim.fault("error", platform="wechat", code=-1)
    sim.fault("error", platform="weibo", code=10001, status=503)
    sim.fault("error", platform="telegram", code=429, seconds=7)
    weibo = sim.http.get("/2/comments/to_me.json", params={"access_token": "2.00one"})
    assert code_with(sim, token) == -1
    assert (weibo.status_code, weibo.json()["error_code"]) == (503, 10001)
    assert send(sim)["parameters"] == {"retry_after": 7}


def test_a_dead_token_stays_dead_until_it_is_replaced(sim: Sim) -> None:
    sim.account("wechat")
    token = stable(sim)["access_token"]
    sim.fault("token_dies", platform="wechat", path="getcallbackip")
    assert [code_with(sim, token), code_with(sim, token)] == [40001, 40001]
    assert code_with(sim, stable(sim)["access_token"]) == 0


def test_a_dead_weibo_token_lives_again_when_the_account_is_reconnected(sim: Sim) -> None:
    sim.account("weibo")
    sim.fault("token_dies", platform="weibo")
    path = "/2/comments/to_me.json?access_token=2.00one"
    assert sim.http.get(path).json()["error_code"] == 21332
    sim.account("weibo")
    assert "comments" in sim.http.get(path).json()


def test_a_dead_bot_is_401(sim: Sim) -> None:
    quiet(sim)
    sim.fault("token_dies", platform="telegram")
    assert [call(sim, "getMe")["error_code"] for _ in range(2)] == [401, 401]


def test_a_fault_strikes_so_many_times_and_only_its_account(sim: Sim) -> None:
    quiet(sim)
    sim.fault("error", account="other")
    sim.fault("error", account="a1", times=2, code=400)
    assert [send(sim)["ok"] for _ in range(3)] == [False, False, True]


def test_probability_zero_never_strikes(sim: Sim) -> None:
    quiet(sim)
    sim.fault("error", probability=0.0)
    assert all(send(sim, str(n))["ok"] for n in range(20))


def test_faults_can_be_listed_and_cleared(sim: Sim) -> None:
    sim.fault("delay", seconds=9)
    assert [row["mode"] for row in sim.get("/sim/faults")["faults"]] == ["delay"]
    assert sim.http.delete("/sim/faults").json() == {"faults": []}


@pytest.mark.parametrize("plan", [{"mode": "explode"}, {"mode": "delay", "seconds": "long"}, {}])
def test_an_unknown_fault_is_refused(sim: Sim, plan: dict[str, str]) -> None:
    assert sim.http.post("/sim/faults", json=plan).status_code == 400


def test_the_clock_moves_windows_but_not_the_stamps_on_the_wire(sim: Sim) -> None:
    sim.account("wechat")
    sim.say()
    sim.clock(49 * 3600)
    assert kf_send(sim) == 45015
    sim.say("再来")
    assert abs(int(sim.echo.posts()[-1].query["timestamp"]) - time.time()) < 5


def test_the_stamps_follow_the_clock_when_asked(sim: Sim) -> None:
    sim.account("wechat")
    sim.clock(-24 * 3600, pushes=True)
    sim.say()
    assert abs(int(sim.echo.posts()[-1].query["timestamp"]) + 24 * 3600 - time.time()) < 5


def test_the_clock_can_be_put_back(sim: Sim) -> None:
    sim.clock(3600)
    assert sim.post("/sim/clock", {"offset": 0})["offset"] == 0
    assert sim.http.post("/sim/clock", json={"advance": "soon"}).status_code == 400
