"""From code to outcome: keyed on the code, in both envelopes, as number and as text."""

import json

import pytest

from connectors.http import Response
from connectors.weibo import connector, errors
from connectors.weibo.codes import CODES
from policies.facts import Hold, Outcome, Result
from tests.connectors.weibo.lending import FAN_TOKEN, SECRET, TOKEN, account, api, item, tools

END = Outcome
WRITES = {
    END.UNKNOWN: "10001 10003 10010 10011 20017 20019 20111",
    END.RETRY: "10002 10009 10022 10023 10024 20014 20016 21331",
    END.RECONNECT: "10004 20015 20022 20031 20033 21301 21314 21315 21316 21317 21319 21321 21327 21332",
    END.SENT: "20032",
    END.REFUSED: "10005 10006 10007 10008 10012 10013 10014 10016 10017 10018 10020 10021 20003 20005 20006 20007 20008 20012 20013"
    " 20018 20020 20021 20023 20049 20101 20102 20104 20112 20120 20201 20203 20206 20207 20301 20305 20306 21320 21322 21323 21324"
    " 21325 21326 21328 21329 21330 21335 21337 21338 21602 26403",
}
EXPECTED = [(code, outcome) for outcome, codes in WRITES.items() for code in codes.split()]


def judged(data: object, *, status: int = 400, wrote: bool = True, headers: dict[str, str] | None = None) -> Result | None:
    content = data if isinstance(data, bytes) else json.dumps(data).encode()
    return errors.judge(Response(status, headers or {}, content), account(), wrote=wrote)


@pytest.mark.parametrize(("code", "outcome"), EXPECTED)
@pytest.mark.parametrize(
    "shape", [("error_code", "error", int), ("error_code", "error", str), ("errcode", "errmsg", int), ("errcode", "errmsg", str)]
)
def test_each_code_has_its_outcome_in_each_envelope(code, outcome, shape):
    name, words, kind = shape
    result = judged({name: kind(code), words: "why", "request": "/2/x.json"})
    assert (result.outcome, result.code) == (outcome, code)


def test_the_table_and_this_test_hold_the_same_codes():
    assert {code for code, _ in EXPECTED} == set(CODES)


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_failure_has_words_in_chinese_and_english(code):
    result = judged({"error_code": code, "error": "why"})
    assert result.error == "" if result.outcome is END.SENT else (" / " in result.error and not result.error.isascii())


@pytest.mark.parametrize("code", [code for code, outcome in EXPECTED if outcome is END.RETRY])
def test_every_retry_says_how_long_to_wait(code):
    assert judged({"error_code": code}).retry_after >= 60


def test_limits_stop_what_they_stop():
    by_code = {code: judged({"error_code": code}) for code in ("10022", "10023", "10024", "20016")}
    assert {code: result.account_wide for code, result in by_code.items()} == {"10022": True, "10023": True, "10024": False, "20016": True}
    assert by_code["10022"].detail == {"whole_address": True} and by_code["20016"].retry_after == 600


def test_a_closed_window_waits_for_the_citizen():
    assert (judged(api("error_fan_service")).outcome, judged(api("error_fan_service")).hold) == (END.REFUSED, Hold.WINDOW)


@pytest.mark.parametrize("code", [20017, 20019, 20111])
def test_a_repetition_is_probably_our_own_earlier_attempt(code):
    result = judged({"error_code": code})
    assert (result.outcome, result.detail["note"]) == (END.UNKNOWN, "probably our earlier attempt") and "先前" in result.error


def test_a_delayed_text_is_sent_without_an_id():
    result = judged({"error_code": 20032, "error": "delayed"})
    assert (result.outcome, result.platform_id, result.detail) == (END.SENT, "", {"delayed": True})


@pytest.mark.parametrize("data", [{"error_code": 99999}, {"errcode": "31337", "errmsg": "x"}, {"error": "odd"}, {"error_code": "x" * 999}])
def test_an_unknown_code_is_unknown_for_a_write_and_retry_for_a_read(data):
    assert (judged(data).outcome, judged(data, wrote=False).outcome) == (END.UNKNOWN, END.RETRY)


@pytest.mark.parametrize("code", [10001, 10003, 10010, 10011])
def test_a_failed_read_may_simply_be_repeated(code):
    assert judged({"error_code": code}, wrote=False).outcome is END.RETRY


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"{", b"[" * 100_000, b'{"a":' + b"9" * 100_000 + b"}", b"\xff\xfe", b"NaN", b"1", b"null"]
)
@pytest.mark.parametrize("status", [200, 403, 502])
def test_an_answer_that_is_no_json_object_is_unknown_for_a_write(body, status):
    assert judged(body, status=status).outcome is END.UNKNOWN


def test_an_error_with_http_200_is_still_an_error():
    assert judged({"error_code": 21327}, status=200).outcome is END.RECONNECT


@pytest.mark.parametrize("data", [{"errcode": 0, "result": True}, {"error_code": "0"}, {"result": True}, []])
def test_no_error_is_none(data):
    assert judged(data, status=200) is None


@pytest.mark.parametrize(("header", "seconds"), [("120", 120), ("99999999", 86400), ("soon", 3600), ("-1", 3600), ("²", 3600), ("", 3600)])
def test_a_429_waits_as_long_as_it_says_within_a_day(header, seconds):
    result = judged(b"slow down", status=429, headers={"retry-after": header})
    assert (result.outcome, result.retry_after, result.account_wide) == (END.RETRY, seconds, True)


@pytest.mark.parametrize("secret", [SECRET, TOKEN, FAN_TOKEN])
def test_a_platform_that_echoes_secrets_does_not_get_them_into_our_words(weibo, secret):
    weibo.routes["/2/messages/reply.json"] = {
        "error_code": 10013,
        "error": f"bad token {secret} ok",
        "request": f"/2?access_token={secret}",
    }
    facts = account(weibo.url, fan_access_token=FAN_TOKEN)
    result = connector.send(item(), facts, tools())
    assert secret not in repr(result) and "***" in result.error and secret not in repr(facts)
