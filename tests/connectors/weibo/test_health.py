"""The token's life and death, and the quota."""

from typing import Any

import pytest

from connectors.weibo import connector
from policies.facts import Health, HealthReport
from tests.connectors.weibo.lending import TOKEN, UID, Memory, account, api, tools
from tests.connectors.weibo.server import FakeWeibo

INFO, STATUS = "/oauth2/get_token_info", "/2/account/rate_limit_status.json"
DAY = 86400


def health(weibo: FakeWeibo, info: Any, status: Any = (404, b""), **credentials: Any) -> HealthReport:
    weibo.routes |= {INFO: info, STATUS: status}
    return connector.health(account(weibo.url, **credentials), tools())


@pytest.mark.parametrize("name", ["token_info", "token_info_older_name"])
def test_a_living_token_is_ok_under_either_field_name(weibo, name):
    report = health(weibo, api(name), api("rate_limit_status"))
    assert (report.health, report.quota["token_days_left"]) == (Health.OK, 30.0)
    assert {name: report.quota[name] for name in ("user_limit", "user_left", "ip_limit", "ip_left", "reset_in")} == {
        "user_limit": 1000,
        "user_left": 987,
        "ip_limit": 10000,
        "ip_left": 9990,
        "reset_in": 1415,
    }


@pytest.mark.parametrize(
    ("left", "state", "words"),
    [
        (8 * DAY, "ok", ""),
        (7 * DAY, "degraded", "7 天"),
        (3 * DAY, "degraded", "3 天"),
        (DAY, "degraded", "24 小时"),
        (60, "degraded", "0 小时"),
        (0, "reconnect", "到期"),
        (-5, "reconnect", "到期"),
    ],
)
def test_a_token_is_warned_of_before_it_ends(weibo, left, state, words):
    report = health(weibo, {"uid": UID, "expire_in": left})
    assert report.health == state and words in report.message


@pytest.mark.parametrize("code", [21301, 21314, 21315, 21316, 21317, 21319, "21327", 21332])
def test_a_dead_token_needs_a_person(weibo, code):
    report = health(weibo, {"error_code": code, "error": "expired_token"})
    assert report.health is Health.RECONNECT and "重新授权" in report.message


def test_a_token_that_the_quota_call_calls_dead_needs_a_person(weibo):
    assert health(weibo, api("token_info"), {"error_code": 21332}).health is Health.RECONNECT


def test_the_token_of_another_account_needs_a_person(weibo):
    assert health(weibo, {"uid": 5, "expire_in": 10 * DAY}).health is Health.RECONNECT


def test_the_token_is_asked_about_in_the_body(weibo):
    health(weibo, api("token_info"))
    method, path, query, fields = weibo.asked[0]
    assert (method, path, query, fields) == ("POST", INFO, "", {"access_token": TOKEN})


@pytest.mark.parametrize("told", [(502, b"<html>"), (503, b""), (500, b"{")])
def test_a_platform_that_answers_nonsense_is_down(weibo, told):
    assert health(weibo, told).health is Health.DOWN


def test_a_platform_that_is_away_is_down():
    assert connector.health(account("http://127.0.0.1:9"), tools(1)).health is Health.DOWN


@pytest.mark.parametrize("told", [{}, {"uid": UID}, [], {"error_code": 99999}, {"error_code": 10023}, (404, b"")])
def test_what_cannot_be_told_is_a_warning(weibo, told):
    assert health(weibo, told).health is Health.DEGRADED


@pytest.mark.parametrize("told", [(404, b""), (502, b"<html>"), {}, [], {"error_code": 10020}, {"user_limit": "many"}])
def test_a_quota_that_is_not_told_spoils_nothing(weibo, told):
    assert health(weibo, api("token_info"), told).health is Health.OK


def test_a_quota_used_up_is_a_warning_with_its_reset(weibo):
    report = health(weibo, api("token_info"), {**api("rate_limit_status"), "remaining_user_hits": 0})
    assert report.health is Health.DEGRADED and "24 分钟后" in report.message


def test_the_quota_is_asked_at_most_twice_an_hour(weibo):
    weibo.routes |= {INFO: api("token_info"), STATUS: api("rate_limit_status")}
    lent = tools()
    reports = [connector.health(account(weibo.url), lent) for _ in range(3)]
    assert len(weibo.fields(STATUS)) == 1 and reports[2].quota["user_left"] == 987


def test_an_unreadable_remembered_quota_is_measured_anew(weibo):
    weibo.routes |= {INFO: api("token_info"), STATUS: api("rate_limit_status")}
    lent = tools()
    assert isinstance(lent.tokens, Memory)
    lent.tokens.kept["weibo:quota:wb1"] = "{broken"
    assert connector.health(account(weibo.url), lent).quota["user_left"] == 987
