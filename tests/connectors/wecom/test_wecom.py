"""WeCom's two means: the robot, and the application with its access_token."""

import pytest

from connectors.wecom.app import App
from connectors.wecom.robot import Robot
from policies.facts import Outcome
from tests.pretend_pagers.gateways import Memory, gateway, paging, tools
from tests.pretend_pagers.web import platform


@pytest.mark.parametrize(("address", "field"), [("13800000000", "mentioned_mobile_list"), ("zhangsan", "mentioned_list")])
def test_the_robot_mentions_by_number_or_by_member(address, field):
    with platform() as server:
        Robot().send(paging(), address, gateway("wecom", server.url), tools())
        assert server.taken[0].body["text"][field] == [address]


def test_the_token_is_fetched_once_and_kept_less_long_than_it_lives():
    memory = Memory()
    with platform() as server:
        for _ in range(3):
            App().send(paging(), "zhang", gateway("wecom-app", server.url), tools(memory))
        assert (server.tokens_given, len(server.taken)) == (1, 3)
    assert list(memory.seconds.values()) == [7200 - 300]


def test_a_dead_token_is_fetched_anew_once():
    memory = Memory()
    with platform() as server:
        App().send(paging(), "zhang", gateway("wecom-app", server.url), tools(memory))
        server.token = "T2"
        result = App().send(paging(), "zhang", gateway("wecom-app", server.url), tools(memory))
        assert server.tokens_given == 2
    assert result.outcome is Outcome.SENT


def test_a_token_that_never_works_is_not_asked_for_again_and_again():
    with platform("code:42001") as server:
        memory = Memory(kept={})
        result = App().send(paging(), "zhang", gateway("wecom-app", server.url), tools(memory))
        assert len(server.got) == 1
    assert result.outcome is Outcome.RETRY


def test_a_wrong_secret_wants_a_person():
    with platform() as server:
        result = App().send(paging(), "zhang", gateway("wecom-app", server.url, secret="wrong"), tools())
    assert (result.outcome, result.code) == (Outcome.RECONNECT, "40001")


def test_success_that_names_the_member_as_invalid_is_none():
    with platform() as server:
        result = App().send(paging(), "nobody", gateway("wecom-app", server.url), tools())
    assert (result.outcome, result.code) == (Outcome.REFUSED, "invaliduser")


def test_the_key_of_the_shared_token_tells_no_secret():
    memory = Memory()
    with platform() as server:
        App().send(paging(), "zhang", gateway("wecom-app", server.url), tools(memory))
    assert "right-secret" not in "".join(memory.kept)


def test_one_tokens_life_ends_with_another_secret():
    memory = Memory()
    with platform() as server:
        App().send(paging(), "zhang", gateway("wecom-app", server.url), tools(memory))
        result = App().send(paging(), "zhang", gateway("wecom-app", server.url, secret="changed"), tools(memory))
    assert result.outcome is Outcome.RECONNECT
