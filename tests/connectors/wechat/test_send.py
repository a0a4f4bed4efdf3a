"""One item on the wire: what leaves, and which of the six outcomes each answer is."""

from datetime import UTC, datetime

import pytest

from connectors.wechat import connector
from policies.facts import Hold, Outcome, Result
from tests.connectors.wechat.house import CITIZEN, NOW, Platform, Say, account, item, tools


def send(platform: Platform, *, kind: str = "", timeout: float = 2.0, **more) -> Result:
    return connector.send(item(**more), account(base_url=platform.url, kind=kind), tools(timeout=timeout))


def error(code: object, errmsg: str = "x rid: 65a1b2c3-0a1b2c3d-4e5f6a7b", **more) -> dict[str, object]:
    return {"errcode": code, "errmsg": errmsg, **more}


def test_a_text_leaves_as_raw_utf8_with_the_shared_token(platform):
    result = send(platform, text='您好\n😀 "引号"')
    call = platform.calls[-1]
    assert result.outcome is Outcome.SENT
    assert call.json == {"touser": CITIZEN, "msgtype": "text", "text": {"content": '您好\n😀 "引号"'}}
    assert "您好".encode() in call.body and b"\\u" not in call.body
    assert call.query == {"access_token": "canarytoken-1"}


def test_control_characters_and_lone_surrogates_do_not_leave(platform):
    assert send(platform, text="a\x00b\x1b\ud800\n\tc").outcome is Outcome.SENT
    assert platform.calls[-1].json["text"]["content"] == "ab\n\tc"


@pytest.mark.parametrize("body", [{"errcode": 0}, {"errcode": "0", "errmsg": "ok"}, {}, {"errmsg": "ok"}, b'\xef\xbb\xbf{"errcode":0}'])
def test_an_answer_without_an_error_is_sent(platform, body):
    platform.sends(body)
    assert send(platform).outcome is Outcome.SENT


def test_a_message_id_in_the_answer_is_kept(platform):
    platform.sends({"errcode": 0, "msgid": 200228332})
    assert send(platform).platform_id == "200228332"


TABLE = [
    (-1, Outcome.RETRY, Hold.NONE, 5),
    (40003, Outcome.REFUSED, Hold.NONE, None),
    (40033, Outcome.REFUSED, Hold.NONE, None),
    (40164, Outcome.RECONNECT, Hold.NONE, None),
    (43004, Outcome.REFUSED, Hold.UNFOLLOWED, None),
    (45002, Outcome.REFUSED, Hold.NONE, None),
    (45009, Outcome.RETRY, Hold.NONE, 63997),
    (45011, Outcome.RETRY, Hold.NONE, 60),
    (45015, Outcome.REFUSED, Hold.WINDOW, None),
    (45047, Outcome.REFUSED, Hold.QUOTA, None),
    (45065, Outcome.PENDING, Hold.NONE, None),
    (48001, Outcome.RECONNECT, Hold.NONE, None),
    (48004, Outcome.RECONNECT, Hold.NONE, None),
    (50002, Outcome.RECONNECT, Hold.NONE, None),
    (89507, Outcome.RECONNECT, Hold.NONE, 3600),
    (99999, Outcome.UNKNOWN, Hold.NONE, None),
    ("45015", Outcome.REFUSED, Hold.WINDOW, None),
]


@pytest.mark.parametrize(("code", "outcome", "hold", "wait"), TABLE)
def test_an_error_code_ends_as_the_table_says(platform, code, outcome, hold, wait):
    platform.sends(error(code))
    result = send(platform)
    assert (result.outcome, result.hold, result.retry_after, result.code) == (outcome, hold, wait, str(code))
    assert platform.send_calls == 1


@pytest.mark.parametrize("code", [row[0] for row in TABLE if row[1] is not Outcome.PENDING])
def test_staff_read_what_to_do_with_code_and_rid(platform, code):
    platform.sends(error(code))
    words = send(platform).error
    assert str(code) in words and "65a1b2c3-0a1b2c3d-4e5f6a7b" in words
    assert any("\u4e00" <= letter <= "\u9fff" for letter in words)


def test_the_wait_for_a_new_day_ends_at_midnight_in_beijing(platform):
    platform.sends(error(45009))
    late = datetime(2026, 3, 1, 15, 59, 30, tzinfo=UTC)  # 23:59:30 in Beijing
    result = connector.send(item(), account(base_url=platform.url), tools(now=late))
    assert (result.retry_after, result.account_wide) == (30.0, True)


def test_an_older_hint_is_shown_instead_of_a_rid(platform):
    platform.sends(error(45015, "response out of time limit hint: [ZE1Uxa0498age8]"))
    assert "ZE1Uxa0498age8" in send(platform).error


def test_the_address_missing_in_the_whitelist_is_shown(platform):
    platform.sends(error(40164, "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist"))
    assert "203.0.113.7" in send(platform).error


def test_a_known_mass_job_keeps_its_number(platform):
    platform.sends(error(45065, "clientmsgid exist", msg_id=206227730))
    assert send(platform).platform_id == "206227730"


@pytest.mark.parametrize(
    "body", [b"", b"ok", b"<html>", b"[]", b"null", b'{"errcode":', b"[" * 100_000, error("abc"), error(None), error(True), error(1.5)]
)
def test_an_answer_that_cannot_be_read_is_unknown(platform, body):
    platform.sends(Say(body))
    assert send(platform).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_a_server_error_after_the_body_left_is_unknown(platform, status):
    platform.sends(Say(b"<html>bad gateway</html>", status=status))
    result = send(platform)
    assert (result.outcome, result.code, platform.send_calls) == (Outcome.UNKNOWN, f"http-{status}", 1)


def test_a_server_error_is_unknown_even_if_a_code_stands_in_it(platform):
    platform.sends(Say(error(45011), status=502))
    assert send(platform).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("status", [301, 403, 404, 413])
def test_a_refusal_in_front_of_the_platform_is_tried_again_later(platform, status):
    platform.sends(Say(b"<html>", status=status))
    result = send(platform)
    assert (result.outcome, result.account_wide, result.retry_after) == (Outcome.RETRY, True, 60)


def test_a_retry_after_is_obeyed(platform):
    platform.sends(Say(b"slow down", status=429, headers={"Retry-After": "17"}))
    assert send(platform).retry_after == 17


def test_a_time_out_after_the_body_left_is_unknown_and_not_repeated(platform):
    platform.sends(Say({"errcode": 0}, wait=0.6))
    assert send(platform, timeout=0.2).outcome is Outcome.UNKNOWN
    assert platform.send_calls == 1


def test_a_connection_cut_after_the_body_left_is_unknown(platform):
    platform.sends(Say({}, cut=True))
    assert send(platform).outcome is Outcome.UNKNOWN


def test_an_answer_without_end_is_unknown(platform):
    platform.sends(Say(b"x" * 3_000_000))
    assert send(platform).outcome is Outcome.UNKNOWN


def test_a_refused_connection_is_tried_again():
    result = connector.send(item(), account(base_url="http://127.0.0.1:1"), tools())
    assert result.outcome is Outcome.RETRY


@pytest.mark.parametrize("kind", ["subscription_uncertified", "service_uncertified", "未认证服务号"])
def test_an_uncertified_account_sends_nothing_over_the_network(platform, kind):
    result = send(platform, kind=kind)
    assert (result.outcome, result.hold, platform.calls) == (Outcome.REFUSED, Hold.UNSUPPORTED, [])


@pytest.mark.parametrize("kind", ["", "subscription", "subscription_certified", "service", "service_certified", "服务号", "no such kind"])
def test_a_certified_account_sends(platform, kind):
    assert send(platform, kind=kind).outcome is Outcome.SENT


@pytest.mark.parametrize("kind", ["subscription", "公众号", "Subscription_Certified"])
def test_a_subscription_account_that_is_not_entitled_waits_for_the_citizen(platform, kind):
    platform.sends(error(48001))
    result = send(platform, kind=kind)
    assert (result.outcome, result.hold, result.code) == (Outcome.REFUSED, Hold.UNSUPPORTED, "48001")
    assert "来信" in result.error


@pytest.mark.parametrize("kind", ["", "service", "服务号", "no such kind"])
def test_a_service_account_that_is_not_entitled_needs_a_person(platform, kind):
    platform.sends(error(48001))
    result = send(platform, kind=kind)
    assert (result.outcome, result.hold) == (Outcome.RECONNECT, Hold.NONE)
    assert "认证" in result.error


@pytest.mark.parametrize("more", [{"text": ""}, {"text": " \n"}, {"text": "\x00"}, {"citizen": ""}, {"kind": "image"}])
def test_an_unfit_item_is_refused_before_anything_leaves(platform, more):
    result = connector.send(item(**more), account(base_url=platform.url), tools())
    assert (result.outcome, result.hold, platform.calls) == (Outcome.REFUSED, Hold.NONE, [])


def test_a_text_over_the_limit_is_refused_with_its_size(platform):
    result = send(platform, text="字" * 683)
    assert (result.outcome, platform.calls) == (Outcome.REFUSED, [])
    assert "2049" in result.error and "2048" in result.error
    assert send(platform, text="字" * 682).outcome is Outcome.SENT


def test_now_is_the_time_given_not_the_time_of_the_machine(platform):
    platform.sends(error(45009))
    assert send(platform).retry_after == pytest.approx((datetime(2023, 11, 15, 16, tzinfo=UTC) - NOW).total_seconds() % 86400)
