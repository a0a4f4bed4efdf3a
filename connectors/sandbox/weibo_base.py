"""How Weibo answers: error envelope, HTTP 400 or 403, dates and the JSON of users, posts and comments."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from starlette.responses import Response

from connectors.sandbox.weibo_state import Entry
from connectors.sandbox.wire import reply_json
from connectors.sandbox.world import World

BEIJING = timezone(timedelta(hours=8))
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MESSAGES = {
    10001: "System error!",
    10006: "Source paramter (appkey) is missing",
    10008: "Param error, see doc for more info.",
    10016: "Miss required parameter",
    10017: "text not find domain!",
    10020: "Request api not found!",
    10021: "Http method is not supported for this request!",
    10022: "IP requests out of rate limit!",
    10023: "User requests out of rate limit!",
    10024: "User requests for this api out of rate limit!",
    20003: "User does not exists!",
    20005: "Unsupported image type, only suport JPG, GIF, PNG!",
    20006: "Image size too large!",
    20007: "Does multipart has image?",
    20008: "Content is null!",
    20012: "Text too long, please input text less than 140 characters!",
    20013: "Text too long, please input text less than 300 characters!",
    20016: "Update weibo too fast!",
    20017: "Similar content posted recently!",
    20019: "repeat content!",
    20032: "Update success, while server slow now, please wait 1-2 minutes later!",
    20101: "target weibo does not exist!",
    20201: "target weibo comment does not exist!",
    21321: "unaudited application",
    21322: "redirect_uri_mismatch",
    21323: "invalid_request",
    21324: "invalid_client",
    21325: "invalid_grant",
    21327: "expired_token",
    21328: "unsupported_grant_type",
    21332: "invalid_access_token",
    21335: "request uid's value must be the current user",
    26403: "already replied or timed out",
}
FORBIDDEN = frozenset({10004, 10005, 10014, 10022, 10023, 10024, 20016, 21314, 21315, 21316, 21317, 21319, 21327, 21332, 21335})


class WeiboError(Exception):
    """An error_code."""

    def __init__(self, code: int, message: str = "") -> None:
        super().__init__(code)
        self.code, self.message = code, message or MESSAGES.get(code, "error")


def failed(error: WeiboError, path: str, status: int = 0, envelope: str = "error_code") -> Response:
    """The error as JSON: 403 for rights, tokens and limits, 400 for the rest (weibo-telegram-cap.md §1.7)."""
    status = status or (403 if error.code in FORBIDDEN else 400)
    names = ("errcode", "errmsg") if envelope == "errcode" else ("error_code", "error")
    return reply_json({"request": path, names[0]: error.code, names[1]: error.message}, status)


def date(stamp: float) -> str:
    """`Wed Oct 24 23:49:17 +0800 2012`, in English whatever the locale."""
    at = datetime.fromtimestamp(stamp, tz=UTC).astimezone(BEIJING)
    return f"{DAYS[at.weekday()]} {MONTHS[at.month - 1]} {at.day:02d} {at:%H:%M:%S} +0800 {at.year}"


def user(world: World, uid: str) -> dict[str, Any]:
    """A User object. Accounts are verified as government (verified_type 1)."""
    own = world.weibo.official.get(uid)
    name = own or world.weibo.names.get(uid, uid)
    return {
        "id": int(uid), "idstr": uid, "screen_name": name, "name": name, "location": "", "description": "", "gender": "n",
        "verified": own is not None, "verified_type": 1 if own else -1, "followers_count": 0, "friends_count": 0, "statuses_count": 0,
    }  # fmt: skip


def _common(world: World, entry: Entry) -> dict[str, Any]:
    return {
        "created_at": date(entry.time), "id": entry.id, "idstr": str(entry.id), "mid": str(entry.id), "text": entry.text,
        "source": '<a href="http://app.weibo.com/t/feed/sandbox" rel="nofollow">沙盒</a>', "user": user(world, entry.author),
    }  # fmt: skip


def status(world: World, entry: Entry) -> dict[str, Any]:
    """A Status object (weibo-telegram-cap.md §1.6)."""
    picture = {"thumbnail_pic": entry.picture, "bmiddle_pic": entry.picture, "original_pic": entry.picture} if entry.picture else {}
    return _common(world, entry) | picture | {
        "favorited": False, "truncated": False, "in_reply_to_status_id": "", "in_reply_to_user_id": "", "in_reply_to_screen_name": "",
        "pic_urls": [{"thumbnail_pic": entry.picture}] if entry.picture else [], "geo": None, "reposts_count": 0,
        "comments_count": world.weibo.comment_counts[entry.id], "attitudes_count": 0, "mlevel": 0, "visible": {"type": 0, "list_id": 0},
    }  # fmt: skip


def comment(world: World, entry: Entry, *, nested: bool = True) -> dict[str, Any]:
    """A Comment object with its post and, once, the comment it answers."""
    found = _common(world, entry)
    post, parent = world.weibo.posts.get(entry.post), world.weibo.comments.get(entry.parent)
    if post is not None:
        found["status"] = status(world, post)
    if nested and parent is not None:
        found["reply_comment"] = comment(world, parent, nested=False)
    return found
