"""WeChat's pushes, read by wechatpy: an implementation that shares nothing with the sandbox."""

import hashlib
import xml.etree.ElementTree as ElementTree

import pytest
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto

from tests.connectors.sandbox.conftest import AES_KEY, Sim


def test_a_plain_push_is_signed_with_the_token(sim: Sim) -> None:
    sim.account("wechat")
    sim.say("你好")
    query = sim.echo.posts()[0].query
    expected = hashlib.sha1("".join(sorted(["simtoken", query["timestamp"], query["nonce"]])).encode()).hexdigest()
    assert query["signature"] == expected
    assert "msg_signature" not in query


@pytest.mark.parametrize("mode", ["compat", "safe"])
def test_the_envelope_opens_for_an_independent_reader(sim: Sim, mode: str) -> None:
    sim.account("wechat", mode=mode)
    sim.say("路灯坏了 ]]> <b>")
    row = sim.echo.posts()[0]
    crypto = WeChatCrypto("simtoken", AES_KEY, "wx0000000000000001")
    xml = crypto.decrypt_message(row.body, row.query["msg_signature"], row.query["timestamp"], row.query["nonce"])
    assert parse_message(xml).content == "路灯坏了 ]]> <b>"
    assert row.query["encrypt_type"] == "aes"


def test_safe_mode_shows_nothing_but_the_receiver(sim: Sim) -> None:
    sim.account("wechat", mode="safe")
    sim.say("秘密")
    assert [child.tag for child in ElementTree.fromstring(sim.echo.posts()[0].body)] == ["ToUserName", "Encrypt"]


def test_compatible_mode_carries_both_forms(sim: Sim) -> None:
    sim.account("wechat", mode="compat")
    sim.say("两份")
    root = ElementTree.fromstring(sim.echo.posts()[0].body)
    assert root.findtext("Content") == "两份"
    assert root.find("Encrypt") is not None


@pytest.mark.parametrize("media", ["image", "voice", "video", "location", "link"])
def test_every_kind_of_message_is_readable(sim: Sim, media: str) -> None:
    sim.account("wechat")
    sim.say("", media=media)
    assert parse_message(sim.echo.posts()[0].body).type == media


@pytest.mark.parametrize(("kind", "event"), [("follow", "subscribe"), ("unfollow", "unsubscribe"), ("menu", "click"), ("scan", "scan")])
def test_every_kind_of_event_is_readable(sim: Sim, kind: str, event: str) -> None:
    sim.account("wechat")
    sim.say("", kind=kind)
    assert parse_message(sim.echo.posts()[0].body).event == event


def test_a_failing_hook_gets_three_deliveries_of_the_same_message(sim: Sim) -> None:
    sim.account("wechat")
    sim.echo.answer = lambda _: (500, b"")
    report = sim.say("没人听")
    ids = {ElementTree.fromstring(row.body).findtext("MsgId") for row in sim.echo.posts()}
    assert (report["attempts"], report["delivered"], len(sim.echo.posts())) == (3, False, 3)
    assert ids == {report["platform_id"]}
    assert sim.bubbles()[-1] == ("system", "该公众号提供的服务出现故障，请稍后再试")


def test_a_slow_hook_is_cut_off_and_asked_again(sim: Sim) -> None:
    sim.account("wechat")
    sim.limits(push__attempt_seconds=0.2, push__deliveries=2)
    sim.echo.delay = 0.6
    report = sim.say()
    assert (report["status"], report["attempts"]) == (0, 2)
    assert report["answer"] == "no answer in 0.2 s"


def test_copies_are_pushed_at_once_with_one_id(sim: Sim) -> None:
    sim.account("wechat")
    report = sim.say(copies=20)
    ids = [ElementTree.fromstring(row.body).findtext("MsgId") for row in sim.echo.posts()]
    assert ids == [report["platform_id"]] * 20


def test_the_hook_is_asked_to_prove_itself(sim: Sim) -> None:
    sim.account("wechat")
    account = {"id": "b", "platform": "wechat", "credentials": {"app_id": "wx2", "app_secret": "s", "token": "t"}, "hook_url": sim.echo.url}
    assert sim.post("/sim/accounts?verify=1", account)["accounts"][0]["verified"] == "yes"
    sim.echo.deaf = True
    assert sim.post("/sim/accounts?verify=1", account)["accounts"][0]["verified"] == "status 403, the echo does not fit"
