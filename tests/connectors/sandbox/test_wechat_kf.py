"""Customer-service messages: window, allowance, rights and records (wechat.md §3.2–3.4)."""

import json
import time
from typing import Any

import pytest

from connectors.sandbox.accounts import citizen_id, read_account
from tests.connectors.sandbox.conftest import CREDENTIALS, Sim
from tests.connectors.sandbox.test_wechat_api import stable

OPENID = citizen_id(read_account({"id": "a1", "platform": "wechat", "credentials": CREDENTIALS["wechat"]}, ""), "张三")


def call(sim: Sim, path: str, data: Any, *, ascii_only: bool = False) -> Any:
    body = json.dumps(data, ensure_ascii=ascii_only).encode()
    return sim.http.post(f"{path}?access_token={stable(sim)['access_token']}", content=body).json()


def send(sim: Sim, text: str = "您好", openid: str = OPENID, **more: Any) -> int:
    data = {"touser": openid, "msgtype": "text", "text": {"content": text}}
    return int(call(sim, "/cgi-bin/message/custom/send", data, **more)["errcode"])


def test_five_messages_are_allowed_after_a_message_and_the_sixth_is_45047(sim: Sim) -> None:
    sim.account("wechat")
    sim.say()
    assert [send(sim, str(n)) for n in range(6)] == [0, 0, 0, 0, 0, 45047]
    assert sim.texts() == ["0", "1", "2", "3", "4"]


def test_a_new_message_gives_the_allowance_back(sim: Sim) -> None:
    sim.account("wechat")
    sim.say()
    for n in range(5):
        send(sim, str(n))
    sim.say("还在吗")
    assert send(sim) == 0


def test_what_is_left_of_a_window_is_told(sim: Sim) -> None:
    sim.account("wechat")
    sim.say()
    send(sim)
    assert sim.get("/sim/windows")["rows"] == [{"account": "a1", "citizen": OPENID, "left": 4}]
    sim.clock(48 * 3600 + 1)
    assert sim.get("/sim/windows")["rows"] == [{"account": "a1", "citizen": OPENID, "left": None}]


def test_after_48_hours_the_window_is_closed(sim: Sim) -> None:
    sim.account("wechat")
    sim.say()
    sim.clock(48 * 3600 - 60)
    assert send(sim) == 0
    sim.clock(61)
    assert send(sim) == 45015


@pytest.mark.parametrize("kind", ["menu", "follow", "scan"])
def test_a_click_opens_three_messages_for_a_minute(sim: Sim, kind: str) -> None:
    sim.account("wechat")
    sim.say("", kind=kind)
    assert [send(sim, str(n)) for n in range(4)] == [0, 0, 0, 45047]
    sim.clock(61)
    assert send(sim) == 45015


def test_unsubscribing_closes_the_window(sim: Sim) -> None:
    sim.account("wechat")
    sim.say()
    sim.say("", kind="unfollow")
    assert send(sim) == 45015


@pytest.mark.parametrize("kind", ["subscription_uncertified", "service_uncertified"])
def test_uncertified_accounts_may_not_write_first(sim: Sim, kind: str) -> None:
    sim.account("wechat", kind=kind)
    sim.say()
    assert send(sim) == 48001


def test_an_unknown_openid_is_40003(sim: Sim) -> None:
    sim.account("wechat")
    assert send(sim, openid="oNobody") == 40003


def test_escaped_text_is_40033_and_nothing_is_sent(sim: Sim) -> None:
    sim.account("wechat")
    sim.say()
    assert send(sim, "您好", ascii_only=True) == 40033
    assert sim.texts() == []


def test_a_control_character_and_a_written_backslash_u_are_no_escapes(sim: Sim) -> None:
    sim.account("wechat")
    sim.say()
    assert [send(sim, "a\x1fb"), send(sim, "写作 \\u4f60")] == [0, 0]


@pytest.mark.parametrize(("text", "code"), [("好" * 682, 0), ("好" * 683, 45002), ("", 44004)])
def test_the_text_limit_is_2048_bytes(sim: Sim, text: str, code: int) -> None:
    sim.account("wechat")
    sim.say()
    assert send(sim, text) == code


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"msgtype": "news", "news": {"articles": [{"title": "a"}, {"title": "b"}]}}, 45008),
        ({"msgtype": "image", "image": {"media_id": "none"}}, 40007),
        ({"msgtype": "poem", "poem": {}}, 40008),
        ({"msgtype": "text"}, 47001),
        ({"msgtype": "msgmenu", "msgmenu": {"head_content": "选一个", "list": [{"id": "1", "content": "是"}]}}, 0),
    ],
)
def test_other_kinds_are_checked(sim: Sim, message: dict[str, Any], code: int) -> None:
    sim.account("wechat")
    sim.say()
    assert call(sim, "/cgi-bin/message/custom/send", {"touser": OPENID, **message})["errcode"] == code


def test_records_tell_what_arrived(sim: Sim) -> None:
    sim.account("wechat")
    sim.say()
    send(sim, "第一条")
    send(sim, "第二条")
    span = {"starttime": int(time.time()) - 60, "endtime": int(time.time()) + 60, "msgid": 1, "number": 1}
    first = call(sim, "/customservice/msgrecord/getmsglist", span)
    second = call(sim, "/customservice/msgrecord/getmsglist", span | {"msgid": first["msgid"]})
    rows = first["recordlist"] + second["recordlist"]
    assert [(row["text"], row["openid"], row["opercode"]) for row in rows] == [("第一条", OPENID, 2002), ("第二条", OPENID, 2002)]


def test_typing_follows_its_rules(sim: Sim) -> None:
    sim.account("wechat")
    sim.say()
    commands = ["Typing", "Typing", "CancelTyping", "Sing"]
    codes = [call(sim, "/cgi-bin/message/custom/typing", {"touser": OPENID, "command": name})["errcode"] for name in commands]
    sim.clock(31)
    codes.append(call(sim, "/cgi-bin/message/custom/typing", {"touser": OPENID, "command": "Typing"})["errcode"])
    assert codes == [0, 45081, 0, 45072, 45080]
