"""Broken and hostile requests: each gets its platform's own refusal, and the sandbox goes on."""

from typing import Any

import pytest

from tests.connectors.sandbox.conftest import Sim
from tests.connectors.sandbox.test_wechat_api import stable

BOT = "/bot123456:TEST-token"
BODIES = [b"", b"{", b"[]", b"null", b"1e999", b"[" * 50_000, b'{"a":' * 20_000, b"\xff\xfe\x00", b"9" * 5000, b'"\\ud800"']
TEXTS = ["\x00", "\u202e右到左", "👨‍👩‍👧‍👦" * 50, "]]>", "<xml>", "/start", "²", "9" * 5000, "\\ud83d", "%00", "a\r\nb: c"]
WECHAT = [
    "/cgi-bin/stable_token",
    "/cgi-bin/message/custom/send",
    "/cgi-bin/message/custom/typing",
    "/customservice/msgrecord/getmsglist",
    "/cgi-bin/draft/add",
    "/cgi-bin/freepublish/submit",
    "/cgi-bin/message/mass/sendall",
    "/cgi-bin/openapi/quota/get",
    "/cgi-bin/clear_quota",
]
WEIBO = ["statuses/share", "comments/reply", "comments/create", "messages/reply"]


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_wechat_answers_broken_bodies_with_an_errcode(sim: Sim, body: bytes) -> None:
    sim.account("wechat")
    token = stable(sim)["access_token"]
    answers = [sim.http.post(f"{path}?access_token={token}", content=body) for path in WECHAT]
    assert [(row.status_code, row.json()["errcode"] != 0) for row in answers] == [(200, True)] * len(WECHAT)


@pytest.mark.parametrize("value", TEXTS, ids=range(len(TEXTS)))
def test_weibo_answers_odd_values_with_an_error_code(sim: Sim, value: str) -> None:
    sim.account("weibo")
    form = dict.fromkeys(("status", "cid", "id", "comment", "type", "data", "receiver_id"), value) | {"access_token": "2.00one"}
    answers = [sim.http.post(f"/2/{path}.json", data=form) for path in WEIBO]
    lists = sim.http.get("/2/comments/to_me.json", params={"access_token": "2.00one", "since_id": value})
    assert [row.status_code in (400, 403) and row.json()["error_code"] > 0 for row in (*answers, lists)] == [True] * 5


@pytest.mark.parametrize("value", TEXTS, ids=range(len(TEXTS)))
def test_telegram_answers_odd_values_with_a_description(sim: Sim, value: str) -> None:
    sim.account("telegram")
    names = ("chat_id", "message_id", "user_id", "file_id", "photo", "reply_parameters", "allowed_updates", "url")
    methods = ("getChat", "getChatMember", "sendPhoto", "editMessageText", "deleteMessage", "getFile", "setWebhook", "getUpdates")
    answers = [sim.http.post(f"{BOT}/{method}", data=dict.fromkeys(names, value)) for method in methods]
    assert [400 <= row.status_code < 500 and bool(row.json()["description"]) for row in answers] == [True] * len(methods)


@pytest.mark.parametrize("platform", ["wechat", "weibo", "telegram"])
@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_a_citizen_may_write_anything(sim: Sim, platform: str, text: str) -> None:
    sim.account(platform)
    assert sim.say(text)["status"] == 200
    assert sim.bubbles()[0][0] == "in"


def test_a_lone_surrogate_does_not_spoil_the_thread(sim: Sim) -> None:
    sim.account("weibo")
    answer = sim.http.post("/sim/say", content=b'{"account":"a1","citizen":"x","text":"a\\ud800b"}')
    assert answer.json()["status"] == 200
    assert sim.bubbles("x") == [("in", "a?b")]


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/sim/clock", {"advance": float("1e300")}),
        ("/sim/faults", {"mode": "error", "status": 99}),
        ("/sim/faults", {"mode": "delay", "seconds": -1}),
        ("/sim/raw", {"account": "none"}),
        ("/sim/limits", {"push.deliveries": None}),
        ("/sim/accounts", {"accounts": 7}),
    ],
)
def test_senseless_control_is_refused(sim: Sim, path: str, data: dict[str, Any]) -> None:
    assert sim.http.post(path, json=data).status_code == 400


@pytest.mark.parametrize("body", [b"", b"--", b"--b\r\n\r\n--b--", b'--b\r\nContent-Disposition: form-data; name="status"\r\n\r\nx\r\n--b'])
def test_a_broken_multipart_body_is_refused(sim: Sim, body: bytes) -> None:
    sim.account("weibo")
    headers = {"content-type": "multipart/form-data; boundary=b", "authorization": "OAuth2 2.00one"}
    answer = sim.http.post("/2/statuses/share.json", content=body, headers=headers)
    assert answer.json()["error_code"] in (20008, 10017)
