"""Weibo's lists: mentions, comments, timeline (weibo-telegram-cap.md §1.4)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from starlette.responses import Response

from connectors.sandbox.accounts import Account
from connectors.sandbox.weibo_base import BEIJING, WeiboError, comment, status
from connectors.sandbox.weibo_state import Entry
from connectors.sandbox.wire import Call, reply_json, whole
from connectors.sandbox.world import World


def number(call: Call, name: str, default: int) -> int:
    """A whole number among the parameters. Raises 10008."""
    given = call.fields.get(name, "")
    if not given:
        return default
    value = whole(given)
    if value is None or value < 0:
        raise WeiboError(10008)
    return value


def _page(call: Call, entries: Iterable[Entry], world: World, default: int, most: int) -> list[Entry]:
    """Newest first; since_id exclusive, max_id inclusive. Deleted entries shorten their page, as on the platform."""
    since, top = number(call, "since_id", 0), number(call, "max_id", 0)
    size, page = min(number(call, "count", default) or default, most), max(number(call, "page", 1), 1)
    fitting = [entry for entry in entries if entry.id > since and (not top or entry.id <= top)]
    fitting.sort(key=lambda entry: -entry.id)
    return [entry for entry in fitting[(page - 1) * size : page * size] if world.weibo.visible(entry)]


def _wrap(name: str, rows: list[dict[str, Any]], total: int) -> Response:
    return reply_json({name: rows, "hasvisible": False, "previous_cursor": 0, "next_cursor": 0, "total_number": total})


def mentions(world: World, account: Account, call: Call) -> Response:
    """GET /2/statuses/mentions.json: posts of others that name the account."""
    uid = account.secret("uid")
    found = [entry for entry in world.weibo.posts.values() if entry.author != uid and f"@{account.name}" in entry.text]
    return _wrap("statuses", [status(world, entry) for entry in _page(call, found, world, 20, 200)], len(found))


def to_me(world: World, account: Account, call: Call) -> Response:
    """GET /2/comments/to_me.json: comments of others under the account's posts, and answers to its comments."""
    uid, weibo = account.secret("uid"), world.weibo

    def mine(entry: Entry) -> bool:
        post, parent = weibo.posts.get(entry.post), weibo.comments.get(entry.parent)
        return entry.author != uid and ((post is not None and post.author == uid) or (parent is not None and parent.author == uid))

    found = [entry for entry in weibo.comments.values() if mine(entry)]
    return _wrap("comments", [comment(world, entry) for entry in _page(call, found, world, 50, 200)], len(found))


def comment_mentions(world: World, account: Account, call: Call) -> Response:
    """GET /2/comments/mentions.json: comments that name the account."""
    uid = account.secret("uid")
    found = [entry for entry in world.weibo.comments.values() if entry.author != uid and f"@{account.name}" in entry.text]
    return _wrap("comments", [comment(world, entry) for entry in _page(call, found, world, 50, 200)], len(found))


def show(world: World, account: Account, call: Call) -> Response:
    """GET /2/comments/show.json: the comments of one post."""
    post = world.weibo.posts.get(number(call, "id", 0))
    if post is None or not world.weibo.visible(post):
        raise WeiboError(20101)
    found = [entry for entry in world.weibo.comments.values() if entry.post == post.id]
    return _wrap("comments", [comment(world, entry) for entry in _page(call, found, world, 50, 200)], len(found))


def timeline(world: World, account: Account, call: Call) -> Response:
    """GET /2/statuses/user_timeline.json: the account's own posts only (21335)."""
    uid = account.secret("uid")
    if call.fields.get("uid", uid) != uid or call.fields.get("screen_name", account.name) != account.name:
        raise WeiboError(21335)
    found = [entry for entry in world.weibo.posts.values() if entry.author == uid]
    return _wrap("statuses", [status(world, entry) for entry in _page(call, found, world, 20, 100)], len(found))


def rate_limit(world: World, account: Account, call: Call) -> Response:
    """GET /2/account/rate_limit_status.json: the very counters that are enforced."""
    weibo, uid = world.weibo, account.secret("uid")
    general = {name.split(":")[0]: (limit, max(0, limit - weibo.used[name])) for name, limit, _ in weibo.meters(uid, "")}
    left = weibo.left()
    answer: dict[str, Any] = {"limit_time_unit": "HOURS", "reset_time_in_seconds": int(left)}
    answer["reset_time"] = f"{datetime.fromtimestamp(world.clock.now() + left, tz=BEIJING):%Y-%m-%d %H:%M:%S}"
    answer["ip_limit"], answer["remaining_ip_hits"] = general.get("ip", (0, 0))
    answer["user_limit"], answer["remaining_user_hits"] = general.get("user", (0, 0))
    answer["api_rate_limits"] = [
        {"api": path, "limit": limit, "limit_time_unit": "HOURS", "remaining_hits": max(0, limit - weibo.used[name])}
        for kind, path in (("posts", "/statuses/share"), ("comments", "/comments/create"))
        for name, limit, _ in weibo.meters(uid, kind)
        if name.startswith(kind)
    ]
    return reply_json(answer)
