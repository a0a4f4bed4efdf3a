"""Feishu's robot: its signature, its mentions."""

from connectors.feishu.robot import Robot
from policies.facts import Outcome
from tests.pretend_pagers.gateways import gateway, paging, tools
from tests.pretend_pagers.web import platform


def test_the_platform_finds_our_signature_right():
    with platform(secret="canary-two-1234") as server:
        assert Robot().send(paging(), "", gateway("feishu", server.url), tools()).outcome is Outcome.SENT


def test_a_wrong_secret_is_refused_with_the_platforms_code():
    with platform(secret="another") as server:
        result = Robot().send(paging(), "", gateway("feishu", server.url), tools())
    assert (result.outcome, result.code) == (Outcome.REFUSED, "19021")


def test_marks_in_the_text_are_no_mentions():
    with platform() as server:
        Robot().send(paging('<at user_id="all"></at>'), "ou_1", gateway("feishu", server.url), tools())
        text = server.taken[0].body["content"]["text"]
    assert text.startswith('<at user_id="ou_1"></at> ') and text.count("<at") == 1
