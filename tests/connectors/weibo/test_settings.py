"""What an account brings and what is fixed: settings, hosts, limits."""

import pytest

from connectors.weibo import connector
from connectors.weibo.config import origin
from policies.facts import WindowTrigger
from tests.connectors.weibo.lending import FAN_TOKEN, SECRET, UID, account, tools, without


def test_a_whole_account_has_nothing_wrong():
    assert connector.validate(account("http://127.0.0.1:9000", fan_access_token=FAN_TOKEN, rip="203.0.113.9", tier="ordinary")) == []


@pytest.mark.parametrize("name", ["app_key", "app_secret", "access_token", "uid"])
def test_each_missing_credential_is_named(name):
    assert [name in problem for problem in connector.validate(without(account(), name))] == [True]


@pytest.mark.parametrize(
    ("credentials", "word"),
    [({"uid": "某市"}, "uid"), ({"safe_domain": "http://a.cn/x"}, "安全域名"), ({"tier": "gold"}, "tier"), ({"rip": "here"}, "rip")],
)
def test_each_wrong_credential_is_named(credentials, word):
    problems = connector.validate(account(**credentials))
    assert len(problems) == 1 and word in problems[0]


@pytest.mark.parametrize("base", ["ftp://a.cn", "a.cn", "http://", "https://u:p@a.cn", "https://a.cn?x=1", "http://[", "http://a.cn:99999"])
def test_a_wrong_base_url_is_named(base):
    assert any("base_url" in problem for problem in connector.validate(account(base)))


def test_a_uid_may_be_a_number():
    assert connector.validate(account(uid=int(UID))) == []


@pytest.mark.parametrize(
    ("host", "official"), [("api", "https://api.weibo.com"), ("fan", "https://m.api.weibo.com"), ("upload", "https://upload.api.weibo.com")]
)
def test_a_base_url_replaces_every_official_host(host, official):
    assert origin(account(), host) == official and origin(account("http://127.0.0.1:1/"), host) == "http://127.0.0.1:1"


def test_the_windows_are_those_of_the_fan_service():
    windows = connector.limits(account()).windows
    private = (WindowTrigger.MESSAGE, WindowTrigger.FOLLOW, WindowTrigger.MENU, WindowTrigger.SCAN)
    assert {(windows[each].seconds, windows[each].count) for each in private} == {(172800, 99)}
    assert (windows[WindowTrigger.MENTION].seconds, windows[WindowTrigger.MENTION].count) == (172800, 1)
    assert (windows[WindowTrigger.COMMENT].seconds, windows[WindowTrigger.COMMENT].count) == (None, None)
    assert WindowTrigger.NONE not in windows


def test_the_limits_of_an_account_follow_its_tier():
    assert (connector.limits(account()).poll_seconds, connector.limits(account(tier="ordinary")).poll_seconds) == (3600, 180)


def test_a_changed_hook_says_what_to_enter_where():
    report = connector.hook_changed(account(), "https://hy.example.gov.cn/hooks/weibo/wb1", tools())
    assert all(word in report.message for word in ("https://hy.example.gov.cn/hooks/weibo/wb1", "1234567890", "开发模式"))
    assert SECRET not in report.message
