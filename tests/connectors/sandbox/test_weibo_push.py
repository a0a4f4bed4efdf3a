"""The fan service's pushes, its passive reply and its active reply (weibo-telegram-cap.md §2)."""

import hashlib
import json
from typing import Any
from urllib.parse import quote

import pytest

from connectors.sandbox.weibo_push import signature
from tests.connectors.sandbox.conftest import Sim
from tests.connectors.sandbox.echo import Pushed

TOKEN = "2.00one"


def body(row: Pushed) -> Any:
    return json.loads(row.body)


def passive(row: Pushed, text: str = "收到", **changes: Any) -> bytes:
    pushed = body(row)
    data = quote(json.dumps({"text": text}, ensure_ascii=False))
    reply = {"result": True, "receiver_id": str(pushed["sender_id"]), "sender_id": str(pushed["receiver_id"]), "type": "text", "data": data}
    return json.dumps(reply | changes).encode()


def answer(sim: Sim, text: str = "您好", receiver: str = "", **changes: str) -> Any:
    receiver = receiver or str(body(sim.echo.posts()[-1])["sender_id"])
    form = {"access_token": TOKEN, "type": "text", "receiver_id": receiver, "data": json.dumps({"text": text})} | changes
    return sim.http.post("/2/messages/reply.json", data=form).json()


def test_the_official_signature_vector_is_met() -> None:
    assert signature("xyz123xyz", "1397022061823", "57155157") == "90e4c22c90a58f26526c2dd5b6c56c8822edeaa1"


def test_a_push_is_signed_and_shaped_as_documented(sim: Sim) -> None:
    sim.account("weibo")
    sim.say("你好")
    row = sim.echo.posts()[0]
    joined = "".join(sorted(["xyz123xyz", row.query["timestamp"], row.query["nonce"]]))
    assert row.query["signature"] == hashlib.sha1(joined.encode()).hexdigest()
    assert (body(row)["type"], body(row)["receiver_id"], body(row)["text"], body(row)["data"]) == ("text", 1234567890, "你好", {})


@pytest.mark.parametrize(("kind", "subtype"), [("follow", "follow"), ("unfollow", "unfollow"), ("menu", "click"), ("scan", "scan")])
def test_events_carry_their_subtype(sim: Sim, kind: str, subtype: str) -> None:
    sim.account("weibo")
    sim.say("", kind=kind)
    assert (body(sim.echo.posts()[0])["type"], body(sim.echo.posts()[0])["data"]["subtype"]) == ("event", subtype)


def test_a_picture_can_be_fetched_by_its_tovfid(sim: Sim) -> None:
    sim.account("weibo")
    sim.say("", media="image")
    fid = body(sim.echo.posts()[0])["data"]["tovfid"]
    assert sim.http.get("/2/mss/msget", params={"access_token": TOKEN, "fid": fid}).content.startswith(b"\x89PNG")


def test_two_messages_of_one_citizen_never_share_a_second(sim: Sim) -> None:
    sim.account("weibo")
    for _ in range(3):
        sim.say("同一句话")
    assert len({body(row)["created_at"] for row in sim.echo.posts()}) == 3


def test_the_passive_reply_is_decoded(sim: Sim) -> None:
    sim.account("weibo")
    sim.echo.answer = lambda row: (200, passive(row, "收到 100% +1"))
    assert sim.say()["passive"] == "收到 100% +1"


@pytest.mark.parametrize(
    "changes", [{"result": False}, {"receiver_id": "1"}, {"type": "poem"}, {"data": "{"}, {"data": quote('{"text":""}')}]
)
def test_a_wrong_passive_reply_is_malformed(sim: Sim, changes: dict[str, Any]) -> None:
    sim.account("weibo")
    sim.echo.answer = lambda row: (200, passive(row, **changes))
    report = sim.say()
    assert (report["answer"], report["passive"]) == ("malformed", None)


def test_a_failing_hook_gets_three_deliveries(sim: Sim) -> None:
    sim.account("weibo")
    sim.echo.answer = lambda _: (502, b"")
    assert sim.say()["attempts"] == len({row.body for row in sim.echo.posts()}) * 3 == 3


def test_an_active_reply_arrives_within_48_hours(sim: Sim) -> None:
    sim.account("weibo")
    sim.say()
    assert answer(sim)["result"] is True
    sim.clock(48 * 3600 + 1)
    assert answer(sim)["error_code"] == 26403
    assert sim.texts() == ["您好"]


def test_url_encoded_data_is_understood_too(sim: Sim) -> None:
    sim.account("weibo")
    sim.say()
    assert answer(sim, data=quote(json.dumps({"text": "二次编码"})))["result"] is True
    assert sim.texts() == ["二次编码"]


def test_a_mention_may_be_answered_once(sim: Sim) -> None:
    sim.account("weibo", mention_push=True)
    sim.say("怎么办证", kind="mention")
    assert body(sim.echo.posts()[0])["data"]["subtype"] == "status"
    assert [answer(sim).get("error_code") for _ in range(2)] == [None, 26403]


def test_an_unfollower_cannot_be_answered(sim: Sim) -> None:
    sim.account("weibo")
    sim.say()
    sim.say("", kind="unfollow")
    assert answer(sim)["error_code"] == 26403


def test_the_other_error_envelope_can_be_chosen(sim: Sim) -> None:
    sim.account("weibo")
    sim.limits(weibo__reply__envelope="errcode")
    assert answer(sim, receiver="1")["errcode"] == 20003


def test_the_fan_token_and_the_open_token_are_not_mixed(sim: Sim) -> None:
    sim.account("weibo", fan_access_token="2.00fan")
    sim.say()
    assert answer(sim)["error_code"] == 21332
    assert answer(sim, access_token="2.00fan")["result"] is True


@pytest.mark.parametrize(
    ("changes", "code"), [({"type": ""}, 10016), ({"data": "{"}, 10008), ({"data": json.dumps({"text": "长" * 301})}, 20013)]
)
def test_replies_are_checked(sim: Sim, changes: dict[str, str], code: int) -> None:
    sim.account("weibo")
    sim.say()
    assert answer(sim, **changes)["error_code"] == code
