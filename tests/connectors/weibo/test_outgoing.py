"""One send = at most one request, at the place its thread names, with one of the six outcomes."""

import json
import socket
from dataclasses import replace

import pytest

from connectors.weibo import connector
from connectors.weibo.outgoing import text_limit, weight
from policies.facts import Hold, Outcome, Outgoing
from tests.connectors.weibo.lending import FAN, FAN_TOKEN, TOKEN, account, api, item, to_comment, tools, without
from tests.connectors.weibo.server import FakeWeibo

REPLY, COMMENT, CREATE = "/2/messages/reply.json", "/2/comments/reply.json", "/2/comments/create.json"
END = Outcome


def send(weibo: FakeWeibo, what: Outgoing, timeout: float = 5.0, **credentials):
    return connector.send(what, account(weibo.url, **credentials), tools(timeout))


def test_a_private_reply_is_a_form_with_json_encoded_once(weibo):
    weibo.routes[REPLY] = api("message_replied")
    assert send(weibo, item("100% 您好&再见")).outcome is END.SENT
    fields = weibo.fields(REPLY)[0]
    assert json.loads(fields.pop("data")) == {"text": "100% 您好&再见"}
    assert fields == {"access_token": TOKEN, "type": "text", "receiver_id": FAN, "save_sender_box": "1"}


def test_a_write_has_its_token_in_the_body_and_nothing_in_the_address(weibo):
    weibo.routes |= {REPLY: api("message_replied"), COMMENT: api("comment_replied")}
    send(weibo, item())
    send(weibo, to_comment())
    assert [(method, query) for method, _, query, _ in weibo.asked] == [("POST", ""), ("POST", "")]


def test_the_fan_service_token_is_preferred_where_there_is_one(weibo):
    weibo.routes |= {REPLY: api("message_replied"), COMMENT: api("comment_replied")}
    send(weibo, item(), fan_access_token=FAN_TOKEN)
    send(weibo, to_comment(), fan_access_token=FAN_TOKEN)
    assert (weibo.fields(REPLY)[0]["access_token"], weibo.fields(COMMENT)[0]["access_token"]) == (FAN_TOKEN, TOKEN)


def test_a_comment_is_answered_under_its_post(weibo):
    weibo.routes[COMMENT] = api("comment_replied")
    result = send(weibo, to_comment("满半年即可"))
    assert (result.outcome, result.platform_id) == (END.SENT, "3900000000000002")
    wanted = {"access_token": TOKEN, "cid": "3700000000000005", "id": "3500000000000001", "comment": "满半年即可"}
    assert weibo.fields(COMMENT) == [wanted]


def test_a_post_that_names_us_is_commented(weibo):
    weibo.routes[CREATE] = api("comment_created")
    result = send(weibo, item("已转办", kind="mention_status", id="3600000000000003"))
    assert (result.outcome, result.platform_id) == (END.SENT, "3900000000000001")
    assert weibo.fields(CREATE) == [{"access_token": TOKEN, "id": "3600000000000003", "comment": "已转办"}]


def test_a_comment_that_names_us_is_answered_where_its_post_is_known(weibo):
    weibo.routes[COMMENT] = api("comment_replied")
    assert send(weibo, item(kind="mention_comment", cid="38", id="35")).outcome is END.SENT


def test_a_pushed_mention_without_its_post_is_answered_in_private(weibo):
    weibo.routes[REPLY] = api("message_replied")
    assert send(weibo, item(kind="mention_comment", cid="38")).outcome is END.SENT
    assert weibo.fields(REPLY)[0]["receiver_id"] == FAN


def test_the_egress_address_is_sent_only_when_it_is_known(weibo):
    weibo.routes[COMMENT] = api("comment_replied")
    send(weibo, to_comment())
    send(weibo, to_comment(), rip="203.0.113.9")
    assert [fields.get("rip") for fields in weibo.fields(COMMENT)] == [None, "203.0.113.9"]


@pytest.mark.parametrize(
    "what",
    [
        replace(item(), kind="image"),
        item(" \n"),
        item("字" * 300),
        to_comment("字" * 141),
        replace(item(), citizen=""),
        replace(item(), citizen="writer-of-c:1"),
        item(kind="comment", cid="1"),
        item(kind="mention_status"),
        item(kind="telepathy", id="1"),
    ],
    ids=lambda what: f"{what.kind}-{what.thread.get('kind')}-{len(what.text)}",
)
def test_what_cannot_be_sent_is_refused_without_a_call(weibo, what):
    result = send(weibo, what)
    assert (result.outcome, weibo.asked) == (END.REFUSED, []) and "/" in result.error


def test_comments_are_weighed_in_half_gbk_bytes():
    assert text_limit(to_comment().thread) == (140, "gbk_half") and text_limit(item().thread) == (299, "characters")
    assert (weight("中文ab", "gbk_half"), weight("😀", "gbk_half"), weight("中文ab", "characters")) == (3.0, 2.0, 4.0)


def test_a_comment_of_exactly_the_limit_goes_out(weibo):
    weibo.routes[COMMENT] = api("comment_replied")
    assert send(weibo, to_comment("字" * 140)).outcome is END.SENT


@pytest.mark.parametrize("names", [("access_token",), ("access_token", "uid")])
@pytest.mark.parametrize("what", [item(), to_comment()], ids=["private", "comment"])
def test_without_a_token_the_account_must_be_connected(weibo, names, what):
    result = connector.send(what, without(account(weibo.url), *names), tools())
    assert (result.outcome, weibo.asked) == (END.RECONNECT, [])


@pytest.mark.parametrize("empty", [{}, [], (200, b""), (200, b"{}"), (200, b"null"), {"result": False}, (200, b"[]")])
@pytest.mark.parametrize("what", [item(), to_comment()], ids=["private", "comment"])
def test_an_answer_that_confirms_nothing_is_unknown(weibo, empty, what):
    weibo.routes |= {REPLY: empty, COMMENT: empty}
    assert send(weibo, what).outcome is END.UNKNOWN


@pytest.mark.parametrize("status", [301, 403, 404, 500, 502, 503, 504])
def test_a_gateways_page_after_the_body_left_is_unknown_and_not_repeated(weibo, status):
    weibo.routes[REPLY] = (status, b"<html><h1>Bad Gateway</h1></html>")
    assert (send(weibo, item()).outcome, len(weibo.asked)) == (END.UNKNOWN, 1)


def test_a_time_out_after_the_body_left_is_unknown_and_not_repeated(weibo):
    weibo.routes[REPLY], weibo.delay = api("message_replied"), 1.0
    result = send(weibo, item(), timeout=0.2)
    assert (result.outcome, result.hold, len(weibo.asked)) == (END.UNKNOWN, Hold.NONE, 1)


def test_a_refused_connection_may_be_tried_again():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        result = connector.send(item(), account(url), tools())
    assert result.outcome is END.RETRY and result.retry_after


def test_an_endless_answer_is_unknown(weibo):
    weibo.routes[REPLY] = (200, b" " * (3 * 1024 * 1024))
    assert send(weibo, item()).outcome is END.UNKNOWN


@pytest.mark.parametrize("base", ["http://[", "ftp://example.org", "nonsense", "http://127.0.0.1:99999"])
def test_a_broken_address_is_never_a_crash(base):
    assert connector.send(item(), account(base), tools(0.5)).outcome is END.RETRY


def test_a_lone_surrogate_does_not_break_the_form(weibo):
    weibo.routes[REPLY] = api("message_replied")
    assert send(weibo, item("a\ud800b")).outcome is END.SENT
    assert json.loads(weibo.fields(REPLY)[0]["data"]) == {"text": "a\ufffdb"}
