"""The webhook's own answer as WeChat reads it: strictly."""

import json
import time
import xml.etree.ElementTree as ElementTree

import pytest
from wechatpy.crypto import WeChatCrypto

from tests.connectors.sandbox.conftest import AES_KEY, Sim
from tests.connectors.sandbox.echo import Pushed

FAULT = ("system", "该公众号提供的服务出现故障，请稍后再试")


def reply(row: Pushed, text: str = "收到", **changes: str) -> bytes:
    root = ElementTree.fromstring(row.body)
    fields = {
        "ToUserName": root.findtext("FromUserName") or "",
        "FromUserName": root.findtext("ToUserName") or "",
        "CreateTime": "1700000000",
        "MsgType": "text",
        "Content": text,
    } | changes
    return ("<xml>" + "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in fields.items()) + "</xml>").encode()


def sealed(row: Pushed, token: str = "simtoken") -> bytes:
    """An encrypted reply made by wechatpy."""
    opener = WeChatCrypto("simtoken", AES_KEY, "wx0000000000000001")
    xml = opener.decrypt_message(row.body, row.query["msg_signature"], row.query["timestamp"], row.query["nonce"])
    inner = reply(Pushed("POST", "", {}, {}, xml.encode() if isinstance(xml, str) else xml)).decode()
    body: str = WeChatCrypto(token, AES_KEY, "wx0000000000000001").encrypt_message(inner, "nonce", str(int(time.time())))
    return body.encode()


def test_a_plain_reply_is_shown_on_the_phone(sim: Sim) -> None:
    sim.account("wechat")
    sim.echo.answer = lambda row: (200, reply(row))
    assert sim.say()["passive"] == "收到"
    assert sim.bubbles() == [("in", "你好"), ("out", "收到")]
    assert sim.get("/sim/outbox", account="a1")["rows"][0]["via"] == "passive"


@pytest.mark.parametrize("mode", ["safe", "compat"])
def test_an_encrypted_reply_is_opened(sim: Sim, mode: str) -> None:
    sim.account("wechat", mode=mode)
    sim.echo.answer = lambda row: (200, sealed(row))
    assert sim.say()["passive"] == "收到"


def test_a_reply_signed_with_another_token_is_malformed(sim: Sim) -> None:
    sim.account("wechat", mode="safe")
    sim.echo.answer = lambda row: (200, sealed(row, "othertoken"))
    assert sim.say()["problem"] == "MsgSignature does not fit"
    assert sim.bubbles()[-1] == FAULT


def test_safe_mode_refuses_a_plain_reply(sim: Sim) -> None:
    sim.account("wechat", mode="safe")
    sim.echo.answer = lambda row: (200, reply(row))
    assert sim.say()["problem"] == "safe mode wants an encrypted answer"


@pytest.mark.parametrize("body", [b"success", b""])
def test_success_and_nothing_mean_taken(sim: Sim, body: bytes) -> None:
    sim.account("wechat")
    sim.echo.answer = lambda _: (200, body)
    report = sim.say()
    assert (report["delivered"], report["attempts"], report["passive"]) == (True, 1, None)
    assert sim.bubbles() == [("in", "你好")]


@pytest.mark.parametrize(
    "changes",
    [{"ToUserName": "oOther"}, {"FromUserName": "gh_other"}, {"CreateTime": "[1682391258]"}, {"MsgType": "poem"}, {"Content": ""}],
)
def test_a_reply_with_a_wrong_field_is_malformed(sim: Sim, changes: dict[str, str]) -> None:
    sim.account("wechat")
    sim.echo.answer = lambda row: (200, reply(row, **changes))
    assert sim.say()["answer"] == "malformed"
    assert sim.bubbles()[-1] == FAULT


@pytest.mark.parametrize(
    "body", [b"ok", json.dumps({"text": "hi"}).encode(), b"<xml><", b"<a/>", b'<!DOCTYPE x [<!ENTITY e "1">]><xml>&e;</xml>', b"\xff\xfe"]
)
def test_an_answer_that_is_no_reply_is_malformed_and_not_repeated(sim: Sim, body: bytes) -> None:
    sim.account("wechat")
    sim.echo.answer = lambda _: (200, body)
    report = sim.say()
    assert (report["answer"], report["attempts"]) == ("malformed", 1)


def test_a_reply_over_2048_bytes_is_malformed(sim: Sim) -> None:
    sim.account("wechat")
    sim.echo.answer = lambda row: (200, reply(row, "好" * 683))
    assert sim.say()["problem"] == "Content is over 2048 bytes"
