"""An UNKNOWN message: proven by the chat record, or left to a person."""

from datetime import timedelta
from typing import Any

import pytest

from connectors.wechat import connector
from policies.facts import Outcome
from tests.connectors.wechat.house import CITIZEN, NOW, Platform, Say, account, item, tools

PATH = "/customservice/msgrecord/getmsglist"
AT = int(NOW.timestamp())
LATER = NOW + timedelta(minutes=3)


def record(**more: Any) -> dict[str, Any]:
    return {"openid": CITIZEN, "opercode": 2002, "text": "您好，已为您转办。", "time": AT + 1, "worker": "a@b"} | more


def check(platform: Platform, *answers: Any, **more: Any) -> Outcome:
    if answers:
        platform.says(PATH, *answers)
    return connector.check(item(**more), account(base_url=platform.url), tools(now=LATER)).outcome


def records(*found: Any) -> dict[str, Any]:
    return {"recordlist": list(found), "number": len(found), "msgid": 20165267}


def test_a_record_of_this_text_to_this_citizen_proves_the_delivery(platform):
    assert check(platform, records(record(opercode=2003), record(text=" 您好，已为您转办。 "))) is Outcome.SENT
    assert platform.calls[-1].json == {"starttime": AT, "endtime": AT + 181, "msgid": 1, "number": 1000}


OTHERS = [{"openid": "oOther"}, {"opercode": 2003}, {"text": "您好"}, {"time": AT - 1}, {"time": AT + 700}, {"time": "x"}, {"time": None}]


@pytest.mark.parametrize("other", OTHERS)
def test_another_record_proves_nothing(platform, other):
    assert check(platform, records(record(**other))) is Outcome.UNKNOWN


@pytest.mark.parametrize(
    "answer",
    [
        records(),
        {},
        {"recordlist": None},
        {"recordlist": [1, None, "x"]},
        b"<html>",
        {"errcode": 65400},
        {"errcode": -1},
        Say({}, cut=True),
    ],
)
def test_absence_and_errors_leave_it_unknown(platform, answer):
    assert check(platform, answer) is Outcome.UNKNOWN


def test_a_full_page_is_followed_by_the_next_one_but_not_for_ever(platform):
    full = [record(openid="oOther")] * 1000
    pages = [{"recordlist": full, "msgid": number} for number in (1001, 2001)]
    assert check(platform, *pages, records(record())) is Outcome.SENT
    assert [call.json["msgid"] for call in platform.calls if call.path == PATH] == [1, 1001, 2001]
    assert check(platform, {"recordlist": full, "msgid": 5}) is Outcome.UNKNOWN
    assert platform.count(PATH) <= 3 + 5


def test_an_item_never_tried_is_not_looked_up(platform):
    assert check(platform, first_tried_at=None) is Outcome.UNKNOWN
    assert platform.calls == []


def test_an_uncertified_account_has_no_record_to_ask(platform):
    who = account(base_url=platform.url, kind="subscription_uncertified")
    assert connector.check(item(), who, tools()).outcome is Outcome.UNKNOWN
    assert platform.calls == []
