"""The duty group's phone: a robot of a group at DingTalk's path, and a page that shows what it said, with its links."""

import html
import json
import re
from collections import deque
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from connectors.sandbox.wire import read_body, reply_json

KEPT = 100
POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'"
LINK = re.compile(r"https?://[^\s<>\"]+")
WORDS = {
    "zh": ("值班群", "系统在这里呼叫值班人员；点开链接确认。每 5 秒刷新。", "还没有呼叫。", "三台手机", "zh-CN"),
    "en": (
        "Duty group",
        "Staff are called here; open the link to acknowledge. Reloads every 5 seconds.",
        "No page yet.",
        "Phones",
        "en",
    ),
}


class Group:
    """What the robot said, the newest last."""

    def __init__(self) -> None:
        self.said: deque[tuple[datetime, str, list[str]]] = deque(maxlen=KEPT)


async def robot(request: Request) -> Response:
    """POST /robot/send?access_token=…: a text for the group. Any token is a robot of it; errors come with HTTP 200, as there."""
    if not request.query_params.get("access_token"):
        return reply_json({"errcode": 300001, "errmsg": "token is not exist"})
    data = _object(await read_body(request))
    text = data.get("text")
    content = text.get("content") if isinstance(text, dict) else None
    if not isinstance(content, str) or not content.strip():
        return reply_json({"errcode": 40035, "errmsg": "缺少参数 text"})
    request.app.state.group.said.append((datetime.now(UTC), content[:20_000], _mentioned(data)))
    return reply_json({"errcode": 0, "errmsg": "ok"})


def _object(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _mentioned(data: dict[str, Any]) -> list[str]:
    at = data.get("at")
    mobiles = at.get("atMobiles") if isinstance(at, dict) else None
    return [str(one)[:20] for one in mobiles[:20]] if isinstance(mobiles, list) else []


async def page(request: Request) -> Response:
    """GET /duty: Chinese, or English with ?lang=en."""
    language = "en" if request.query_params.get("lang") == "en" else "zh"
    title, lead, empty, phones, tag = WORDS[language]
    rows = "".join(_bubble(*row) for row in reversed(request.app.state.group.said)) or f"<li>{empty}</li>"
    return HTMLResponse(
        f'<!doctype html><html lang="{tag}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="refresh" content="5"><title>{title}</title><link rel="stylesheet" href="/static/sandbox.css"></head>'
        f'<body><header class="top"><div><h1>{title}</h1><p>{lead}</p></div><nav><a href="/?lang={language}">{phones}</a></nav></header>'
        f'<main class="duty"><ol class="said" data-testid="said">{rows}</ol></main></body></html>',
        headers={"content-security-policy": POLICY},
    )


def _bubble(at: datetime, text: str, mentioned: list[str]) -> str:
    names = html.escape(" ".join("@" + one for one in mentioned))
    body = html.escape(text)
    linked = LINK.sub(lambda found: f'<a href="{found[0]}">{found[0]}</a>', body).replace("\n", "<br>")
    return f"<li><p>{linked} <b>{names}</b></p><small>{at:%H:%M:%S} UTC</small></li>"
