"""DingTalk's robot: its signature, its pace."""

from connectors.dingtalk.robot import Robot
from policies.facts import Outcome
from tests.pretend_pagers.gateways import gateway, paging, tools
from tests.pretend_pagers.web import platform


def test_the_platform_finds_our_signature_right():
    with platform(secret="canary-two-1234") as server:
        assert Robot().send(paging(), "", gateway("dingtalk", server.url), tools()).outcome is Outcome.SENT


def test_a_wrong_secret_is_refused_with_the_platforms_code():
    with platform(secret="another") as server:
        result = Robot().send(paging(), "", gateway("dingtalk", server.url), tools())
    assert (result.outcome, result.code) == (Outcome.REFUSED, "310000")


def test_over_its_pace_the_whole_robot_pauses_for_ten_minutes():
    with platform("code:130101") as server:
        result = Robot().send(paging(), "", gateway("dingtalk", server.url), tools())
    assert (result.outcome, result.retry_after, result.account_wide) == (Outcome.RETRY, 600, True)
