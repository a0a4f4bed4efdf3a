"""Polling against a server with the platform's paging: since_id exclusive, max_id inclusive, pages short and odd."""

from collections.abc import Callable
from typing import Any

import pytest

from connectors.contract import Polled
from connectors.weibo import connector, pace
from policies.facts import EventKind, MediaKind, WindowTrigger
from tests.connectors.weibo.lending import NOW, UID, account, api, push, signed, tools, without
from tests.connectors.weibo.server import FakeWeibo

TO_ME, MENTIONS, COMMENT_MENTIONS = "/2/comments/to_me.json", "/2/statuses/mentions.json", "/2/comments/mentions.json"
DEAD = {"error_code": 21327, "error": "expired_token"}


def comment(number: int, user: int = 5) -> dict[str, Any]:
    when = "Sat Nov 21 10:00:00 +0800 2026"
    return {"id": number, "text": f"问{number}", "created_at": when, "user": {"id": user}, "status": {"id": 35}}


def paged(items: list[dict[str, Any]], *, page: int = 50, hidden: frozenset[int] = frozenset()) -> Callable[[dict[str, str]], Any]:
    """A list as the platform serves it; hidden items leave holes, so that pages are shorter than asked for."""

    def tell(fields: dict[str, str]) -> Any:
        since, top = int(fields.get("since_id", 0)), int(fields.get("max_id", 0)) or 10**18
        found = sorted((each for each in items if since < each["id"] <= top), key=lambda each: -each["id"])
        return {
            "comments": [each for each in found[: min(page, int(fields["count"]))] if each["id"] not in hidden],
            "total_number": len(items),
        }

    return tell


@pytest.fixture
def lists(weibo: FakeWeibo) -> FakeWeibo:
    weibo.routes |= {TO_ME: {"comments": []}, MENTIONS: {"statuses": []}, COMMENT_MENTIONS: {"comments": []}}
    return weibo


def poll(weibo: FakeWeibo, cursor: Any = None, lent: Any = None, **credentials: Any) -> Polled:
    return connector.poll(account(weibo.url, **credentials), cursor or {}, lent or tools())


def numbers(polled: Polled) -> list[int]:
    return sorted(int(event.dedup_key[2:]) for event in polled.events)


def test_the_samples_become_questions_without_our_own_words(lists):
    lists.routes |= {TO_ME: _once("comments_to_me"), MENTIONS: _once("mentions"), COMMENT_MENTIONS: _once("comments_mentions")}
    events = {event.dedup_key: event for event in poll(lists).events}
    assert set(events) == {"c:3700000000000005", "c:3700000000000004", "c:3700000000000003"} | {
        "s:3600000000000004",
        "s:3600000000000003",
        "c:3800000000000001",
    }
    assert {event.kind for key, event in events.items() if key[2:4] == "37"} == {EventKind.COMMENT}
    assert {event.kind for key, event in events.items() if key[2:4] != "37"} == {EventKind.MENTION}


def _once(name: str) -> Callable[[dict[str, str]], Any]:
    return lambda fields: {key: [] if "max_id" in fields else value for key, value in api(name).items()}


def test_a_polled_comment_names_its_thread_its_writer_and_its_post(lists):
    lists.routes[TO_ME] = _once("comments_to_me")
    event = next(event for event in poll(lists).events if event.dedup_key == "c:3700000000000004")
    assert event.thread == {"kind": "comment", "cid": "3700000000000004", "id": "3500000000000001"}
    assert (event.citizen, event.citizen_name, event.trigger) == ("public:1658122963", "市民甲", WindowTrigger.COMMENT)
    assert event.detail["status"]["by"] == "某市政务" and event.detail["reply_comment"]["text"] == "请带身份证"


def test_a_comment_without_a_user_can_still_be_answered(lists):
    lists.routes[TO_ME] = _once("comments_to_me")
    event = next(event for event in poll(lists).events if event.dedup_key == "c:3700000000000003")
    assert event.citizen == "writer-of-c:3700000000000003" and event.thread["cid"] == "3700000000000003"


def test_a_repost_of_a_deleted_post_and_a_picture_are_read(lists):
    lists.routes[MENTIONS] = _once("mentions")
    events = {event.dedup_key: event for event in poll(lists).events}
    assert events["s:3600000000000004"].detail["retweeted_status"]["deleted"] is True
    picture = events["s:3600000000000003"].media[0]
    assert (picture.kind, picture.url) == (MediaKind.IMAGE, "http://ww1.sinaimg.cn/large/62d8efadgw1.jpg")


@pytest.mark.parametrize(
    ("name", "path", "sample"), [("mention_status", MENTIONS, "statuses"), ("mention_comment", COMMENT_MENTIONS, "comments")]
)
def test_a_pushed_mention_and_the_polled_one_have_the_same_key(lists, name, path, sample):
    pushed = connector.read(signed(push(name)), account(), NOW).events[0]
    number = int(pushed.dedup_key[2:])
    lists.routes[path] = lambda fields: {sample: [] if "max_id" in fields else [comment(number)]}
    assert [event.dedup_key for event in poll(lists).events] == [pushed.dedup_key]


def test_pages_are_read_down_to_the_last_with_an_inclusive_max_id(lists):
    lists.routes[TO_ME] = paged([comment(n) for n in range(1, 121)])
    polled = poll(lists)
    assert numbers(polled) == list(range(1, 121)) and polled.cursor["to_me"] == {"since_id": "120"}
    assert [fields.get("max_id") for fields in lists.fields(TO_ME)] == [None, "70", "20"]


def test_short_pages_are_not_the_end(lists):
    lists.routes[TO_ME] = paged([comment(n) for n in range(1, 121)], hidden=frozenset(range(72, 120)))
    assert numbers(poll(lists)) == [*range(1, 72), 120]


def test_the_next_poll_asks_only_for_what_is_new(lists):
    items = [comment(n) for n in range(1, 11)]
    lists.routes[TO_ME] = paged(items)
    first = poll(lists)
    items += [comment(n) for n in range(11, 14)]
    second = poll(lists, first.cursor)
    assert numbers(second) == [11, 12, 13] and second.cursor["to_me"] == {"since_id": "13"}
    assert numbers(poll(lists, second.cursor)) == []


def test_a_long_list_is_read_over_several_polls_and_nothing_is_lost(lists):
    items = [comment(n) for n in range(1, 701)]
    lists.routes[TO_ME] = paged(items)
    seen, cursor = [], {"to_me": {"since_id": "1"}}
    for _ in range(4):
        polled = poll(lists, cursor)
        seen += numbers(polled)
        cursor = dict(polled.cursor)
        items.append(comment(items[-1]["id"] + 1))  # new ones come in while the old are being read
    assert sorted(seen) == list(range(2, 704)) and len(seen) == len(set(seen))


def test_the_cursor_is_not_raised_before_all_pages_are_read(lists):
    lists.routes[TO_ME] = paged([comment(n) for n in range(1, 701)])
    polled = poll(lists, {"to_me": {"since_id": "1"}})
    assert polled.cursor["to_me"] == {"since_id": "1", "top": "700", "max_id": "450"}


def test_a_first_poll_ends_at_its_page_cap_for_the_rest_is_history(lists):
    lists.routes[TO_ME] = paged([comment(n) for n in range(1, 701)])
    polled = poll(lists)
    assert (len(polled.events), polled.cursor["to_me"]) == (250, {"since_id": "700"})


def test_the_same_page_repeated_for_ever_ends(lists):
    lists.routes[TO_ME] = {"comments": [comment(n) for n in range(1, 51)]}
    polled = poll(lists, {"to_me": {"since_id": "0"}})
    assert len(polled.events) == 50 and len(lists.fields(TO_ME)) == 1  # id 1 is the lowest there can be


def test_a_server_that_ignores_both_bounds_ends_as_well(lists):
    lists.routes[TO_ME] = {"comments": [comment(n) for n in range(100, 150)]}
    first = poll(lists, {"to_me": {"since_id": "7"}})
    assert (len(first.events), len(lists.fields(TO_ME)), first.cursor["to_me"]) == (50, 2, {"since_id": "149"})
    assert poll(lists, first.cursor).events == ()


def test_a_server_with_ever_new_pages_keeps_us_only_to_the_cap(lists):
    lists.routes[TO_ME] = lambda fields: {"comments": [comment(int(fields.get("max_id", 10**9)) - n) for n in range(50)]}
    polled = poll(lists, {"to_me": {"since_id": "7"}})
    assert len(lists.fields(TO_ME)) == 5 and polled.cursor["to_me"]["since_id"] == "7"


def test_a_token_that_dies_in_the_middle_keeps_what_was_read(lists):
    lists.routes[TO_ME] = lambda fields: DEAD if "max_id" in fields else {"comments": [comment(n) for n in range(60, 110)]}
    polled = poll(lists, {"to_me": {"since_id": "7"}})
    assert (len(polled.events), polled.reconnect) == (50, True) and "授权" in polled.error
    assert polled.cursor["to_me"] == {"since_id": "7", "top": "109", "max_id": "59"} and lists.fields(MENTIONS) == []


def test_reading_goes_on_where_a_failure_cut_it(lists):
    items = [comment(n) for n in range(1, 121)]
    whole = paged(items)
    lists.routes[TO_ME] = lambda fields: (502, b"<html>") if fields.get("max_id") == "70" else whole(fields)
    first = poll(lists)
    lists.routes[TO_ME] = whole
    second = poll(lists, first.cursor)
    assert numbers(first) + numbers(second) == [*range(71, 121), *range(1, 71)]
    assert second.cursor["to_me"] == {"since_id": "120"}


@pytest.mark.parametrize("told", [(502, b"<html>Bad Gateway</html>"), (200, b""), (200, b"{"), {"odd": 1}, (404, b"no"), {"comments": {}}])
def test_an_unreadable_answer_leaves_that_cursor_and_reads_the_other_lists(lists, told):
    lists.routes |= {TO_ME: told, MENTIONS: lambda fields: {"statuses": [] if "max_id" in fields else [comment(9)]}}
    polled = poll(lists, {"to_me": {"since_id": "7"}})
    assert (numbers(polled), polled.cursor["to_me"], polled.reconnect) == ([9], {"since_id": "7"}, False)
    assert "to_me" in polled.error and polled.again_in >= 600


def test_a_time_out_ends_the_poll_without_an_exception(lists):
    lists.delay = 0.5
    polled = poll(lists, {"to_me": {"since_id": "7"}}, tools(0.1))
    assert (polled.events, polled.reconnect, len(lists.asked)) == ((), False, 1) and polled.again_in >= 600


def test_nobody_at_home_is_an_error_to_try_again():
    polled = connector.poll(account("http://127.0.0.1:9"), {"to_me": {"since_id": "7"}}, tools(1))
    assert (polled.reconnect, polled.cursor["to_me"]) == (False, {"since_id": "7"}) and polled.error


@pytest.mark.parametrize("code", [10022, 10023])
def test_an_account_over_its_limit_waits_for_the_reset(lists, code):
    lists.routes[TO_ME] = {"error_code": code}
    polled = poll(lists)
    assert (polled.again_in, len(lists.asked), polled.reconnect) == (3600, 1, False)


def test_a_list_the_app_may_not_read_is_asked_once_a_day_and_named_each_time(lists):
    lists.routes[COMMENT_MENTIONS] = {"error_code": 10014, "error": "Insufficient app permissions"}
    first = poll(lists)
    second = poll(lists, first.cursor)
    assert len(lists.fields(COMMENT_MENTIONS)) == 1 and "10014" in first.error and "10014" in second.error
    assert len(lists.fields(TO_ME)) == 2 and second.again_in == 3600


@pytest.mark.parametrize("bad", [None, 7, "x", [], {}, {"id": True}, {"id": 1.5}, {"id": "9" * 60}, {"id": -4, "user": []}])
def test_an_item_without_an_id_is_kept_as_unknown_and_does_not_raise_the_cursor(lists, bad):
    lists.routes[TO_ME] = {"comments": [bad]}
    polled = poll(lists, {"to_me": {"since_id": "7"}})
    assert [event.kind for event in polled.events] == [EventKind.UNKNOWN] and polled.cursor["to_me"] == {"since_id": "7"}


@pytest.mark.parametrize(
    "odd", [{"user": "x"}, {"status": []}, {"text": None}, {"created_at": 5}, {"pic_urls": [1, {}]}, {"text": "a\x00\ud800"}]
)
def test_odd_fields_of_an_item_do_no_harm(lists, odd):
    lists.routes[TO_ME] = lambda fields: {"comments": [] if "max_id" in fields else [{**comment(9), **odd}]}
    assert numbers(poll(lists)) == [9]


@pytest.mark.parametrize("empty", [{"comments": []}, {"comments": None}, [], (200, b"[]")])
def test_an_empty_list_in_any_shape_is_no_error(lists, empty):
    lists.routes[TO_ME] = empty
    assert (poll(lists).error, poll(lists).events) == ("", ())


@pytest.mark.parametrize(
    "cursor", [{"to_me": "x"}, {"to_me": {"since_id": "x"}}, {"to_me": {"since_id": None, "max_id": []}}, {"old": 1}, {"to_me": 5}]
)
def test_a_cursor_of_another_time_starts_afresh(lists, cursor):
    lists.routes[TO_ME] = paged([comment(3)])
    assert numbers(poll(lists, cursor)) == [3]


def test_our_own_comments_are_not_questions_but_raise_the_cursor(lists):
    lists.routes[TO_ME] = paged([comment(3, int(UID))])
    polled = poll(lists)
    assert (polled.events, polled.cursor["to_me"]) == ((), {"since_id": "3"})


def test_without_a_token_the_account_must_be_connected(lists):
    polled = connector.poll(without(account(lists.url), "access_token"), {"to_me": {"since_id": "7"}}, tools())
    assert (polled.reconnect, polled.cursor, lists.asked) == (True, {"to_me": {"since_id": "7"}}, [])


def test_a_quiet_poll_costs_three_calls_and_comes_again_in_an_hour(lists):
    assert (poll(lists).again_in, len(lists.asked)) == (3600, 3)


def test_a_poll_of_many_pages_waits_longer_to_stay_within_the_day(lists):
    lists.routes[TO_ME] = paged([comment(n) for n in range(1, 121)])
    polled = poll(lists)
    assert polled.again_in == len(lists.asked) * 86400 / 72


@pytest.mark.parametrize(("tier", "seconds"), [("ordinary", 180), ("test", 300), ("daily100", 3600), ("nonsense", 3600)])
def test_a_better_tier_polls_more_often(lists, tier, seconds):
    assert poll(lists, tier=tier).again_in == seconds


@pytest.mark.parametrize(
    ("limit", "unit", "seconds"), [(1000, "HOURS", 180), (10, "HOURS", 2160), (100, "DAYS", 5184), ("x", "HOURS", 3600)]
)
def test_a_measured_quota_counts_more_than_the_tier(lists, limit, unit, seconds):
    lent = tools()
    pace.remember(account(lists.url), {"user_limit": limit, "unit": unit}, lent)
    assert poll(lists, lent=lent).again_in == seconds
