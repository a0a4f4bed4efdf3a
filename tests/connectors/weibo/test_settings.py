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
    [
        ({"uid": "某市"}, "uid"), ({"uid": "1 2"}, "uid"), ({"app_secret": "a\tb"}, "app_secret"),
        ({"access_token": "令牌"}, "access_token"), ({"fan_access_token": "a b"}, "fan_access_token"),
        ({"tier": "gold"}, "tier"), ({"rip": "here"}, "rip"),
    ],
)  # fmt: skip
def test_each_wrong_credential_is_named(credentials, word):
    problems = connector.validate(account(**credentials))
    assert len(problems) == 1 and word in problems[0]


@pytest.mark.parametrize("base", ["ftp://a.cn", "a.cn", "http://", "https://u:p@a.cn", "https://a.cn?x=1", "http://[", "http://a.cn:99999"])
def test_a_wrong_base_url_is_named(base):
    assert any("base_url" in problem for problem in connector.validate(account(base)))


FOREIGN = [
    {"uid": int(UID)}, {"uid": "office-7"}, {"app_key": "k"}, {"app_secret": 123}, {"access_token": " t\n"}, {"access_token": "a" * 4000},
    {"safe_domain": None}, {"safe_domain": "http://a.cn/x"}, {"safe_domain": "某市.政务"}, {"note": {"any": ["thing"]}}, {"tier": ""},
]  # fmt: skip


@pytest.mark.parametrize("foreign", FOREIGN, ids=range(len(FOREIGN)))
def test_credentials_of_a_private_gateway_are_taken(foreign):
    assert connector.validate(account(**foreign)) == []


def test_an_account_without_a_safe_domain_is_whole():
    assert connector.validate(without(account(), "safe_domain")) == []


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
