"""Settling a doubtful comment: SENT when it stands there, else UNKNOWN, never anything that would send again."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connectors.weibo import connector
from policies.facts import Outcome, Result
from tests.connectors.weibo.lending import NOW, UID, account, item, to_comment, tools, without
from tests.connectors.weibo.server import FakeWeibo

SHOW, BY_ME = "/2/comments/show.json", "/2/comments/by_me.json"
ABSENT: dict[str, Any] = {"comments": []}


def ours(text: str = "您好，可在窗口办理。", **more: Any) -> dict[str, Any]:
    return {"id": 3900000000000007, "text": text, "created_at": "Sun Nov 22 10:00:09 +0800 2026", "user": {"id": int(UID)}, **more}


def check(weibo: FakeWeibo, show: Any = ABSENT, by_me: Any = ABSENT, what: Any = None) -> Result:
    weibo.routes |= {SHOW: show, BY_ME: by_me}
    return connector.check(what or to_comment(), account(weibo.url), tools())


def test_our_comment_under_the_post_settles_it_with_its_id(weibo):
    result = check(weibo, {"comments": [{"id": 1, "user": None}, "odd", ours()]})
    assert (result.outcome, result.platform_id) == (Outcome.SENT, "3900000000000007")
    assert weibo.fields(SHOW)[0]["id"] == "3500000000000001"


def test_our_comment_in_our_own_list_settles_it_too(weibo):
    assert check(weibo, (502, b"<html>"), {"comments": [ours(status={"id": 3500000000000001})]}).outcome is Outcome.SENT


@pytest.mark.parametrize("prefix", ["回复@zaku:", "回复@市民甲：", "回复 @zaku: "])
def test_the_platforms_prefix_does_not_hide_our_words(weibo, prefix):
    assert check(weibo, {"comments": [ours(f"{prefix}您好，可在窗口办理。")]}).outcome is Outcome.SENT


@pytest.mark.parametrize(
    "other",
    [
        ours("另一句话"),
        ours(user={"id": 5}),
        ours(created_at="Sun Nov 22 09:50:00 +0800 2026"),
        ours(reply_comment={"id": 3700000000000009}),
        ours(status={"id": 1}),
    ],
    ids=["other words", "other writer", "older", "other comment", "other post"],
)
def test_a_comment_that_is_not_this_one_settles_nothing(weibo, other):
    assert check(weibo, {"comments": [other]}).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    "told", [ABSENT, [], {}, {"comments": None}, (502, b"<html>"), {"error_code": 21327}, {"error_code": 10023}, (200, b"x")]
)
def test_not_finding_it_proves_nothing(weibo, told):
    assert check(weibo, told, told).outcome is Outcome.UNKNOWN


def test_a_comment_under_a_mention_is_looked_for_as_well(weibo):
    mention = item(kind="mention_status", id="3600000000000003")
    assert check(weibo, {"comments": [ours()]}, what=mention).outcome is Outcome.SENT


@pytest.mark.parametrize("thread", [{"kind": "private"}, {"kind": "mention_comment", "cid": "1"}, {"kind": "comment"}, {"kind": "x"}])
def test_a_private_reply_cannot_be_asked_for(weibo, thread):
    assert (check(weibo, what=item(**thread)).outcome, weibo.asked) == (Outcome.UNKNOWN, [])


@pytest.mark.parametrize("missing", ["uid", "access_token"])
def test_without_token_or_uid_nothing_can_be_checked(weibo, missing):
    assert connector.check(to_comment(), without(account(weibo.url), missing), tools()).outcome is Outcome.UNKNOWN


def test_a_time_out_while_checking_leaves_it_unknown(weibo):
    weibo.delay = 0.6
    weibo.routes |= {SHOW: ABSENT, BY_ME: ABSENT}
    assert connector.check(to_comment(), account(weibo.url), tools(0.1)).outcome is Outcome.UNKNOWN


def test_the_time_of_queueing_counts_when_no_try_is_noted(weibo):
    late = replace(to_comment(), first_tried_at=None, queued_at=NOW + timedelta(hours=1))
    assert check(weibo, {"comments": [ours()]}, what=late).outcome is Outcome.UNKNOWN
