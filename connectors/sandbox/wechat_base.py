"""How WeChat answers: HTTP 200 always, JSON as text/plain, errors with a rid (wechat.md §5.2)."""

import secrets
from typing import Any

from starlette.responses import Response

from connectors.sandbox.wire import reply_json

MESSAGES = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40004: "invalid media type",
    40006: "invalid meida size",
    40007: "invalid media_id",
    40008: "invalid message type",
    40013: "invalid appid",
    40014: "invalid access_token",
    40033: "invalid charset. please check your request, if include \\uxxxx will create fail",
    40059: "invalid message id",
    40125: "invalid appsecret",
    40152: "invalid tagid",
    41001: "access_token missing",
    42001: "access_token expired",
    43002: "require POST method",
    44001: "empty media data",
    44002: "empty post data",
    44004: "empty content",
    45002: "content size out of limit",
    45003: "title size out of limit",
    45004: "description size out of limit",
    45008: "article size out of limit",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, must slower, retry next minute",
    45015: "response out of time limit or subscription is canceled",
    45028: "has no masssend quota",
    45047: "out of response count limit",
    45065: "clientmsgid exist",
    45066: "same clientmsgid retry too fast",
    45067: "clientmsgid size out of limit",
    45072: "command of typing is invalid",
    45080: "no message in the last 30 seconds",
    45081: "already in typing state",
    47001: "data format error",
    48001: "api unauthorized",
    48006: "forbid to clear quota because of reaching the limit",
}


class WechatError(Exception):
    """An errcode; `more` are further fields of the answer."""

    def __init__(self, code: int, message: str = "", **more: Any) -> None:
        super().__init__(code)
        self.code, self.message, self.more = code, message or MESSAGES.get(code, "error"), more


def reply(data: Any) -> Response:
    """JSON as WeChat labels it."""
    return reply_json(data, 200, "text/plain; charset=utf-8")


def ok(**more: Any) -> Response:
    return reply({"errcode": 0, "errmsg": "ok", **more})


def failed(error: WechatError) -> Response:
    """`{"errcode":…,"errmsg":"… rid: …"}`."""
    rid = "-".join(secrets.token_hex(4) for _ in range(3))
    return reply({"errcode": error.code, "errmsg": f"{error.message} rid: {rid}", **error.more})
