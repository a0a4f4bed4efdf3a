"""The answer in the webhook's own response: plain or sealed, complete or not at all."""

import re

import pytest
import xmltodict

from connectors.contract import Inbound, Reading
from connectors.wechat import connector
from tests.connectors.wechat.house import CITIZEN, KEY, NOW, OLD_KEY, TOKEN, account, fixture, post, post_sealed, query, sha1, unseal

TEXT = fixture("text")


def read(request: Inbound, mode: str = "plain", **credentials) -> Reading:
    return connector.read(request, account(mode, **credentials), NOW)


def plain(text: str, body: bytes = TEXT):
    answer = connector.passive(read(post(body)), account(), text, NOW)
    assert answer is not None
    return xmltodict.parse(answer.body, strip_whitespace=False)["xml"]


def test_a_plain_answer_goes_back_to_the_citizen_from_the_account():
    document = plain("您好\n请稍候")
    assert document["ToUserName"] == CITIZEN and document["FromUserName"] == "gh_0123456789ab"
    assert (document["MsgType"], document["Content"], document["CreateTime"]) == ("text", "您好\n请稍候", "1700000003")


@pytest.mark.parametrize("text", ["]]>", "a]]>b]]>", "]]></Content><Content>伪造", "]]]]>>", "<b>&amp;</b>", "😀\u202e"])
def test_no_text_breaks_out_of_its_field(text):
    assert plain(text)["Content"] == text


def test_characters_xml_cannot_carry_are_left_out():
    assert plain("a\x00b\x1b\ud800c")["Content"] == "abc"


def test_a_hostile_citizen_name_stays_in_its_field():
    body = TEXT.replace(CITIZEN.encode(), b"o]]>]]&gt;<![CDATA[<x>")
    assert "Content" in plain("好", body) and "x" not in plain("好", body)


@pytest.mark.parametrize("text", ["", " \n", "字" * 683, "x" * 2049])
def test_an_empty_or_too_long_text_has_no_passive_answer(text):
    assert connector.passive(read(post(TEXT)), account(), text, NOW) is None


def test_a_text_of_exactly_the_limit_is_answered_whole():
    assert plain("字" * 682 + "xy")["Content"] == "字" * 682 + "xy"


@pytest.mark.parametrize("name", ["view", "unsubscribe", "template_send_job_finish", "location_report", "unknown_event"])
def test_what_cannot_be_answered_has_no_passive_answer(name):
    assert connector.passive(read(post(fixture(name))), account(), "好", NOW) is None


def test_a_url_verification_has_no_passive_answer():
    assert connector.passive(read(Inbound("GET", query(echostr="1"), {}, b"")), account(), "好", NOW) is None


@pytest.mark.parametrize(("mode", "key"), [("compat", KEY), ("safe", KEY), ("safe", OLD_KEY)])
def test_a_sealed_request_is_answered_sealed_with_the_key_that_opened_it(mode, key):
    who = account(mode, aes_key_previous=OLD_KEY)
    answer = connector.passive(connector.read(post_sealed(TEXT, key=key), who, NOW), who, "您好", NOW)
    assert answer is not None
    outer = xmltodict.parse(answer.body)["xml"]
    assert outer["MsgSignature"] == sha1(TOKEN, outer["TimeStamp"], outer["Nonce"], outer["Encrypt"])
    assert xmltodict.parse(unseal(outer["Encrypt"], key=key))["xml"]["Content"] == "您好"


def test_two_sealed_answers_differ_though_the_text_is_the_same():
    who = account("safe")
    reading = connector.read(post_sealed(TEXT), who, NOW)
    first, second = (connector.passive(reading, who, "您好", NOW) for _ in range(2))
    assert first is not None and second is not None and first.body != second.body


def test_a_plain_request_in_compatible_mode_is_answered_plain():
    who = account("compat")
    answer = connector.passive(connector.read(post(TEXT), who, NOW), who, "您好", NOW)
    assert answer is not None and re.search(rb"<Content>.*</Content>", answer.body) and b"<Encrypt>" not in answer.body
