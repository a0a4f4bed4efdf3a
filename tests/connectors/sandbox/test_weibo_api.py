"""Weibo's OAuth2, posting, lists, comments and quotas (weibo-telegram-cap.md §1)."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.connectors.sandbox.conftest import Sim

TOKEN = "2.00one"
LINK = "https://www.gov.example/a"


def get(sim: Sim, path: str, **query: Any) -> Any:
    return sim.http.get(f"/2/{path}.json", params={"access_token": TOKEN, **query}).json()


def post(sim: Sim, path: str, files: Any = None, **form: Any) -> Any:
    return sim.http.post(f"/2/{path}.json", data={"access_token": TOKEN, **form}, files=files).json()


def share(sim: Sim, text: str = f"停水通知 {LINK}", **more: Any) -> Any:
    return post(sim, "statuses/share", status=text, **more)


def code(sim: Sim, **changes: str) -> str:
    query = {"client_id": "key1", "redirect_uri": "http://127.0.0.1/back", "state": "s1"} | changes
    answer = sim.http.get("/oauth2/authorize", params=query)
    return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]


def exchange(sim: Sim, given: str, **changes: str) -> Any:
    form = {"client_id": "key1", "client_secret": "xyz123xyz", "grant_type": "authorization_code", "code": given}
    return sim.http.post("/oauth2/access_token", data=form | {"redirect_uri": "http://127.0.0.1/back"} | changes).json()


def test_a_code_buys_one_token_for_the_account(sim: Sim) -> None:
    sim.account("weibo")
    given = code(sim)
    token = exchange(sim, given)
    assert token["uid"] == "1234567890"
    assert exchange(sim, given)["error_code"] == 21325
    assert "statuses" in get(sim, "statuses/user_timeline", access_token=token["access_token"])


@pytest.mark.parametrize(
    ("changes", "number"),
    [({"client_secret": "x"}, 21324), ({"redirect_uri": "http://other"}, 21322), ({"grant_type": "x"}, 21328), ({"code": "x"}, 21325)],
)
def test_the_exchange_is_checked(sim: Sim, changes: dict[str, str], number: int) -> None:
    sim.account("weibo")
    assert exchange(sim, code(sim), **changes)["error_code"] == number


def test_a_code_expires(sim: Sim) -> None:
    sim.account("weibo")
    given = code(sim)
    sim.clock(601)
    assert exchange(sim, given)["error_code"] == 21325


def test_tokens_expire_and_can_be_revoked(sim: Sim) -> None:
    sim.limits(weibo__token__seconds=100)
    sim.account("weibo")
    info = sim.http.post("/oauth2/get_token_info", data={"access_token": TOKEN}).json()
    assert (info["uid"], 98 <= info["expire_in"] <= 100) == (1234567890, True)
    sim.clock(101)
    assert get(sim, "statuses/user_timeline")["error_code"] == 21327
    sim.account("weibo")
    sim.http.get("/oauth2/revokeoauth2", params={"access_token": TOKEN})
    assert get(sim, "statuses/user_timeline")["error_code"] == 21332


def test_a_post_appears_in_the_timeline_with_a_short_link(sim: Sim) -> None:
    sim.account("weibo")
    made = share(sim)
    rows = get(sim, "statuses/user_timeline")["statuses"]
    assert [row["idstr"] for row in rows] == [made["idstr"]]
    assert rows[0]["text"].startswith("停水通知 http://t.cn/")
    assert [row["text"] for row in sim.get("/sim/posts")["posts"]] == [f"停水通知 {LINK}"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", 20008),
        (f"{'长' * 140} {LINK}", 20012),
        ("没有链接", 10017),
        ("别处 https://evil.example/", 10017),
        ("假的 https://xgov.example/", 10017),
    ],
)
def test_posts_are_checked(sim: Sim, text: str, number: int) -> None:
    sim.account("weibo")
    answer = sim.http.post("/2/statuses/share.json", data={"access_token": TOKEN, "status": text})
    assert (answer.status_code, answer.json()["error_code"]) == (400, number)


def test_an_app_without_safe_domain_gets_the_other_10017(sim: Sim) -> None:
    sim.account("weibo", safe_domain="")
    assert share(sim)["error"] == "appkey not bind domain!"


def test_the_same_and_a_similar_text_are_refused(sim: Sim) -> None:
    sim.account("weibo")
    text = f"关于公园路夜间封闭施工的第一号通告，请绕行 {LINK}"
    codes = [share(sim, given).get("error_code") for given in (text, text, text.replace("一", "二"))]
    assert codes == [None, 20019, 20017]


def test_delayed_visibility_is_20032_and_shows_later(sim: Sim) -> None:
    sim.account("weibo")
    sim.limits(weibo__text__delayed_seconds=60)
    assert share(sim)["error_code"] == 20032
    assert get(sim, "statuses/user_timeline")["statuses"] == []
    sim.clock(61)
    assert len(get(sim, "statuses/user_timeline")["statuses"]) == 1


@pytest.mark.parametrize(("content", "number"), [(b"%PDF", 20005), (b"\x89PNG" + b"x" * 5_242_880, 20006), (b"\x89PNG ok", None)])
def test_pictures_are_checked(sim: Sim, content: bytes, number: int | None) -> None:
    sim.account("weibo")
    assert share(sim, files={"pic": ("a.png", content)}).get("error_code") == number


def test_posting_too_often_is_20016_until_the_next_hour(sim: Sim) -> None:
    sim.account("weibo")
    sim.limits(weibo__quota__posts_per_hour=1)
    assert [share(sim, f"{n} {LINK}").get("error_code") for n in ("甲", "乙乙乙乙")] == [None, 20016]
    sim.clock(3600)
    assert share(sim, f"丙丙丙丙丙丙 {LINK}").get("error_code") is None


def test_the_daily_quota_is_10023_with_http_403_and_is_reported(sim: Sim) -> None:
    sim.account("weibo")
    sim.limits(weibo__quota__user_per_hour=2)
    get(sim, "comments/to_me")
    status = get(sim, "account/rate_limit_status")
    assert (status["user_limit"], status["remaining_user_hits"]) == (2, 1)
    get(sim, "comments/to_me")
    answer = sim.http.get("/2/comments/to_me.json", params={"access_token": TOKEN})
    assert (answer.status_code, answer.json()["error_code"]) == (403, 10023)


def test_comments_are_listed_by_since_id_and_inclusive_max_id(sim: Sim) -> None:
    sim.account("weibo")
    for n in range(5):
        sim.say(f"评论{n}", kind="comment")
    rows = get(sim, "comments/to_me")["comments"]
    ids = [row["id"] for row in rows]
    assert [row["text"] for row in rows] == [f"评论{n}" for n in (4, 3, 2, 1, 0)]
    assert [row["id"] for row in get(sim, "comments/to_me", since_id=ids[2])["comments"]] == ids[:2]
    assert [row["id"] for row in get(sim, "comments/to_me", max_id=ids[2], count=2)["comments"]] == ids[2:4]
    assert [row["id"] for row in get(sim, "comments/to_me", count=2, page=2)["comments"]] == ids[2:4]


def test_a_reply_names_the_citizen_and_stands_below_the_post(sim: Sim) -> None:
    sim.account("weibo")
    sim.say("路灯坏了", kind="comment")
    row = get(sim, "comments/to_me")["comments"][0]
    made = post(sim, "comments/reply", cid=row["idstr"], id=row["status"]["idstr"], comment="已派人")
    assert (made["text"], made["reply_comment"]["idstr"]) == ("回复@张三:已派人", row["idstr"])
    assert [entry["text"] for entry in get(sim, "comments/show", id=row["status"]["idstr"])["comments"]] == ["回复@张三:已派人", "路灯坏了"]
    assert sim.texts() == ["回复@张三:已派人"]


def test_replies_to_what_is_gone_or_repeated_are_refused(sim: Sim) -> None:
    sim.account("weibo")
    sim.say("路灯坏了", kind="comment")
    row = get(sim, "comments/to_me")["comments"][0]
    ids = {"cid": row["idstr"], "id": row["status"]["idstr"]}
    codes = [
        post(sim, "comments/reply", comment="一", **(ids | change)).get("error_code") for change in ({"cid": "1"}, {"id": "1"}, {}, {})
    ]
    assert codes == [20201, 20101, None, 20019]


def test_mentions_in_posts_and_comments_are_listed_apart(sim: Sim) -> None:
    sim.account("weibo")
    sim.say("请看看", kind="mention")
    sim.say("@账号a1 在吗", kind="comment")
    assert [row["text"] for row in get(sim, "statuses/mentions")["statuses"]] == ["@账号a1 请看看"]
    assert [row["text"] for row in get(sim, "comments/mentions")["comments"]] == ["@账号a1 在吗"]
    assert sim.echo.posts() == []


def test_other_peoples_timelines_are_21335(sim: Sim) -> None:
    sim.account("weibo")
    assert get(sim, "statuses/user_timeline", uid="42")["error_code"] == 21335


def test_unknown_paths_methods_and_tokens_have_their_codes(sim: Sim) -> None:
    sim.account("weibo")
    codes = [
        get(sim, "no/such")["error_code"],
        get(sim, "statuses/share")["error_code"],
        get(sim, "comments/to_me", access_token="x")["error_code"],
    ]
    assert codes == [10020, 10021, 21332]
