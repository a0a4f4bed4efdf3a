"""The account itself: settings, limits, health, the hook's address."""

from dataclasses import replace

import pytest

from connectors.wechat import connector
from connectors.wechat.credentials import mode as mode_of
from connectors.wechat.credentials import origin
from connectors.wechat.errors import MEANINGS
from connectors.wechat.limits import is_subscription, may_write_first
from policies.facts import Health, Outcome, WindowTrigger
from tests.connectors.wechat.house import KEY, SECRET, TOKEN, Platform, Say, account, tools

QUOTA = "/cgi-bin/openapi/quota/get"


def health(platform: Platform, kind: str = "", mode: str = "safe"):
    return connector.health(account(mode, base_url=platform.url, kind=kind), tools())


@pytest.mark.parametrize("mode", ["plain", "compat", "safe"])
def test_a_right_account_has_nothing_wrong(mode):
    assert connector.validate(account(mode, base_url="http://127.0.0.1:9000", aes_key_previous="")) == []
    assert connector.validate(account("plain", aes_key=None)) == []


WRONG = [
    {"app_id": None}, {"app_id": "wx 1"}, {"app_id": ["wx1"]}, {"app_id": True}, {"app_id": "wx\x00"},
    {"app_secret": None}, {"app_secret": ""}, {"app_secret": "有中文"}, {"app_secret": ["x"]}, {"app_secret": "a\tb"},
    {"token": None}, {"token": "  "}, {"token": "a b c"}, {"token": "令牌"},
    {"aes_key": None}, {"aes_key": "short"}, {"aes_key": "-" * 43}, {"aes_key": "密" * 43},
    {"aes_key_previous": "short"}, {"aes_key_previous": 7},
    {"mode": "secure"}, {"mode": 5},
]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_credential_is_named_in_words_for_staff(wrong):
    (problem,) = connector.validate(account(**({"mode": "safe"} | wrong)))
    assert next(iter(wrong)).split("_")[0] in problem
    assert SECRET not in problem


@pytest.mark.parametrize(
    "url", ["ftp://x", "x", "http://", "https://h/?a=1", "https://h?", "https://h/#f", "https://u:p@h", "http://h:99999", "http://[", "//h"]
)
def test_a_wrong_base_url_is_named(url):
    (problem,) = connector.validate(account(base_url=url))
    assert "base_url" in problem


FOREIGN = [
    {"app_id": "acct-7"}, {"app_id": 20240001}, {"app_id": "a"}, {"app_secret": "s"}, {"app_secret": 12345}, {"app_secret": "p@ss/word=="},
    {"token": "t"}, {"token": "a" * 500}, {"token": 123}, {"token": " padded\n"}, {"aes_key": "+/" * 21 + "A"}, {"mode": None},
    {"mode": ""}, {"mode": "SAFE"}, {"mode": "兼容模式"}, {"original_id": "gh_1", "note": {"any": ["thing"]}},
]  # fmt: skip


@pytest.mark.parametrize("foreign", FOREIGN, ids=range(len(FOREIGN)))
def test_credentials_of_a_private_gateway_are_taken(foreign):
    assert connector.validate(account(**({"mode": "safe"} | foreign))) == []


@pytest.mark.parametrize(("given", "key", "found"), [
    (None, KEY, "safe"), (None, None, "plain"), ("", "", "plain"), ("Plain", KEY, "plain"), ("明文模式", KEY, "plain"),
    ("odd", None, "safe"),
])  # fmt: skip
def test_an_account_without_a_mode_is_safe_where_there_is_a_key(given, key, found):
    assert mode_of(account(given, aes_key=key)) == found


def test_a_broken_key_does_not_matter_in_plain_mode():
    assert connector.validate(account("plain", aes_key="short")) == []


SERVICE = ["", "service", "SERVICE", " Service-Certified ", "service_certified", "服务号", "mini_program", "政务号", "0"]
SUBSCRIPTION = ["subscription", "Subscription", "subscription_certified", "订阅号", "公众号", "已认证订阅号"]
UNCERTIFIED = ["service_uncertified", "subscription_uncertified", "SUBSCRIPTION_UNCERTIFIED", "未认证服务号", "未认证订阅号"]


@pytest.mark.parametrize("kind", [*SERVICE, *SUBSCRIPTION, *UNCERTIFIED])
def test_every_kind_is_taken(kind):
    assert connector.validate(account(kind=kind)) == []


@pytest.mark.parametrize(("kinds", "first", "subscription"), [(SERVICE, True, False), (SUBSCRIPTION, True, True)])
def test_a_kind_is_certified_unless_it_says_otherwise(kinds, first, subscription):
    found = {(may_write_first(account(kind=kind)), is_subscription(account(kind=kind))) for kind in kinds}
    assert found == {(first, subscription)}


def test_a_certified_account_has_the_four_windows_of_the_rule_of_2023():
    limits = connector.limits(account())
    assert (limits.windows[WindowTrigger.MESSAGE].count, limits.windows[WindowTrigger.MESSAGE].seconds) == (5, 48 * 3600)
    assert {(rule.count, rule.seconds) for trigger, rule in limits.windows.items() if trigger != "message"} == {(3, 60)}
    assert (limits.text_max, limits.text_unit, limits.poll_seconds, limits.webhook_budget) == (2048, "bytes", 0, 5)


@pytest.mark.parametrize("kind", UNCERTIFIED)
def test_an_account_that_cannot_write_first_has_no_window(kind):
    assert connector.limits(account(kind=kind)).windows == {}


def test_nothing_is_ever_polled():
    polled = connector.poll(account(), {"a": 1}, tools())
    assert (polled.events, dict(polled.cursor), polled.again_in) == ((), {"a": 1}, 0)


def test_a_working_account_reports_its_quota(platform):
    platform.says(QUOTA, {"errcode": 0, "quota": {"daily_limit": 500000, "used": 10, "remain": 499990, "odd": "x"}})
    report = health(platform)
    assert (report.health, report.quota) == (Health.OK, {"daily_limit": 500000, "used": 10, "remain": 499990})
    assert platform.count("/cgi-bin/getcallbackip") == 1


def test_a_quota_that_ends_soon_is_a_warning(platform):
    platform.says(QUOTA, {"quota": {"daily_limit": 1000, "used": 950, "remain": 50}})
    report = health(platform)
    assert report.health is Health.DEGRADED and "50" in report.message


@pytest.mark.parametrize("answer", [{"errcode": 48001}, {"quota": []}, {"quota": {"remain": "x"}}, b"", Say(b"", status=404)])
def test_an_account_without_a_quota_call_is_healthy_all_the_same(platform, answer):
    platform.says(QUOTA, answer)
    assert health(platform).health is Health.OK


def test_a_working_account_in_plain_mode_is_advised_to_use_safe_mode(platform):
    assert "安全模式" in health(platform, mode="plain").message
    assert "安全模式" not in health(platform).message


def test_an_uncertified_account_works_with_a_limit(platform):
    report = health(platform, kind="subscription_uncertified")
    assert report.health is Health.DEGRADED and "未认证" in report.message


def test_an_address_not_in_the_whitelist_is_shown_to_staff(platform):
    platform.says(
        "/cgi-bin/stable_token", {"errcode": 40164, "errmsg": "invalid ip 203.0.113.7, not in whitelist rid: 65a1b2c3-0a1b2c3d-4e5f6a7b"}
    )
    report = health(platform)
    assert report.health is Health.RECONNECT
    assert "203.0.113.7" in report.message and "白名单" in report.message


@pytest.mark.parametrize(("answer", "found"), [
    ({"errcode": 40125}, Health.RECONNECT), ({"errcode": 48004}, Health.RECONNECT), ({"errcode": 45009}, Health.DEGRADED),
    ({"errcode": -1}, Health.DOWN), (Say(b"", status=502), Health.DOWN), (b"<html>", Health.DOWN), (Say({}, cut=True), Health.DOWN),
])  # fmt: skip
def test_health_follows_the_answer(platform, answer, found):
    platform.says("/cgi-bin/getcallbackip", answer)
    report = health(platform)
    assert (report.health, bool(report.message)) == (found, True)
    assert "消息可能已送达" not in report.message


def test_a_platform_that_is_away_is_down():
    assert connector.health(account(base_url="http://127.0.0.1:1"), tools()).health is Health.DOWN


def test_wrong_settings_are_reported_without_asking(platform):
    report = connector.health(account(base_url=platform.url, app_secret=None), tools())
    assert (report.health, platform.calls) == (Health.RECONNECT, [])


def test_the_hook_s_report_says_what_to_enter_where_without_secrets(platform):
    report = connector.hook_changed(account("safe", base_url=platform.url), "https://bot.example.gov.cn/hooks/wechat/7", tools())
    assert report.health is Health.OK
    assert "https://bot.example.gov.cn/hooks/wechat/7" in report.message and "服务器配置" in report.message and "安全模式" in report.message
    assert TOKEN not in report.message and SECRET not in report.message and platform.calls == []


@pytest.mark.parametrize("url", ["https://h:8443/x", "ftp://h/x", "http://[", "x"])
def test_a_hook_the_platform_would_not_accept_is_a_warning(url):
    report = connector.hook_changed(account(), url, tools())
    assert report.health is Health.DEGRADED and "443" in report.message


def test_every_code_has_words_and_every_wait_for_a_citizen_is_a_refusal():
    for code, meaning in MEANINGS.items():
        assert meaning.words, code
        assert not meaning.hold or meaning.outcome is Outcome.REFUSED, code
        assert meaning.outcome is not Outcome.RETRY or meaning.wait or meaning.next_day, code


def test_the_official_address_is_used_without_a_base_url():
    assert origin(account()) == "https://api.weixin.qq.com"
    assert origin(replace(account(), base_url="http://h:1/wx/")) == "http://h:1/wx"
