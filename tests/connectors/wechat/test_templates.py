"""Template messages: the notice that an answer waits, outside the window."""

import pytest

from connectors.contract import Announcer
from connectors.wechat import connector, templates
from connectors.wechat.credentials import template_fields
from policies.facts import AccountFacts, Hold, Outcome, Result
from tests.connectors.wechat.house import CITIZEN, Platform, account, item, tools

CONTENT = {"number": "20261122-000001", "title": "路" * 30, "time": "2026-11-22 10:00", "url": "https://x.test/q/ABCD"}


def facts(base_url: str = "", *, kind: str = "service", **credentials: object) -> AccountFacts:
    bare = account(base_url=base_url, kind=kind)
    return AccountFacts(
        bare.id, bare.platform, bare.name, bare.kind, bare.base_url, {**bare.credentials, "template_id": "T1", **credentials}
    )


def send(platform: Platform, thread: object = None, **credentials: object) -> Result:
    thing = item(kind="announcement", thread={"announcement": CONTENT if thread is None else thread})
    return connector.send(thing, facts(platform.url, **credentials), tools(timeout=2.0))


def test_it_leaves_with_the_templates_fields_each_as_long_as_it_may_be(platform):
    platform.says("/cgi-bin/message/template/send", {"errcode": 0, "errmsg": "ok", "msgid": 200163836})
    result, call = send(platform), platform.calls[-1]
    assert (result.outcome, result.platform_id, call.path) == (Outcome.SENT, "200163836", "/cgi-bin/message/template/send")
    assert call.json["touser"] == CITIZEN and call.json["url"] == CONTENT["url"] and call.json["template_id"] == "T1"
    assert call.json["data"] == {
        "thing1": {"value": "路" * 19 + "…"},
        "character_string2": {"value": CONTENT["number"]},
        "time3": {"value": CONTENT["time"]},
    }


@pytest.mark.parametrize(
    ("code", "outcome", "hold"),
    [
        (40037, Outcome.REFUSED, Hold.NONE),
        (43004, Outcome.REFUSED, Hold.UNFOLLOWED),
        (47003, Outcome.REFUSED, Hold.NONE),
        (45009, Outcome.RETRY, Hold.NONE),
        (48001, Outcome.REFUSED, Hold.NONE),
        (40125, Outcome.RECONNECT, Hold.NONE),
        (99999, Outcome.UNKNOWN, Hold.NONE),
    ],
)
def test_a_refused_notice_neither_pauses_nor_disconnects_the_account(platform, code, outcome, hold):
    platform.says("/cgi-bin/message/template/send", {"errcode": code, "errmsg": "x"})
    result = send(platform)
    assert (result.outcome, result.hold, result.account_wide) == (outcome, hold, False) and result.error


@pytest.mark.parametrize("kind", ["subscription", "service_uncertified", "未认证订阅号"])
def test_only_certified_service_accounts_with_a_template_announce(kind):
    assert isinstance(connector, Announcer) and connector.announces(facts())
    assert not connector.announces(facts(kind=kind)) and not connector.announces(facts(template_id=" "))
    assert connector.send(item(kind="announcement"), facts(kind=kind), tools()).outcome is Outcome.REFUSED


@pytest.mark.parametrize("given", ['{"thing4": "title"}', {"thing4": "title"}])
def test_other_fields_are_taken_from_the_credentials(given):
    assert templates.fields(facts(template_fields=given), CONTENT) == {"thing4": {"value": "路" * 19 + "…"}}


@pytest.mark.parametrize("given", ["[]", "{", '{"thing1": "secret"}', {"thing1": 5}, [1], "[" * 100_000, 7])
def test_wrong_fields_are_told_and_the_usual_ones_taken(given):
    assert template_fields(facts(template_fields=given)) is None
    assert any("template_fields" in words for words in connector.validate(facts(template_fields=given)))


@pytest.mark.parametrize("thread", [{}, "x", {"title": None, "url": "javascript:alert(1)"}, {"number": ["a"], "url": 5}])
def test_a_notice_with_little_to_say_still_says_where_it_may(platform, thread):
    platform.says("/cgi-bin/message/template/send", {"errcode": 0, "msgid": 1})
    assert send(platform, thread).outcome is Outcome.SENT
    assert "url" not in platform.calls[-1].json and all(part["value"] for part in platform.calls[-1].json["data"].values())
