"""The page of phones and the small public pages that published things link to."""

import html
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from connectors.sandbox.page_text import TEXTS
from connectors.sandbox.page_view import render
from connectors.sandbox.wire import reply_json, whole
from connectors.sandbox.world import World

FOLDER = Path(__file__).with_name("static")
FILES = {"sandbox.css": "text/css; charset=utf-8", "sandbox.js": "text/javascript; charset=utf-8"}
POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'"


async def index(request: Request) -> Response:
    """GET /: Chinese, or English with ?lang=en."""
    world: World = request.app.state.world
    language = "en" if request.query_params.get("lang") == "en" else "zh"
    return HTMLResponse(render(TEXTS[language], language, world.console_url), headers={"content-security-policy": POLICY})


async def static(request: Request) -> Response:
    """GET /static/…: the two files of the page."""
    name = request.path_params["name"]
    if name not in FILES:
        return Response(b"", 404)
    return Response((FOLDER / name).read_bytes(), 200, {"content-type": FILES[name], "cache-control": "no-cache"})


async def picture(request: Request) -> Response:
    """GET /mmbiz_pic/<id>/0: an attachment by its address, as PicUrl names it."""
    item = request.app.state.world.media.get(request.path_params["item"])
    return Response(item.content, 200, {"content-type": item.mime}) if item else Response(b"", 404)


async def article(request: Request) -> Response:
    """GET /s/<article>?idx=1: a published WeChat article, its markup shown as text."""
    found = request.app.state.world.wechat.articles.get(request.path_params["article"])
    place = (whole(request.query_params.get("idx", "1")) or 1) - 1
    if not found or not 0 <= place < len(found["articles"]):
        return Response(b"", 404)
    entry = found["articles"][place]
    return _plain_page(str(entry.get("title") or ""), found["account"], str(entry.get("content") or ""))


async def weibo_post(request: Request) -> Response:
    """GET /<uid>/<post>: one Weibo post."""
    world: World = request.app.state.world
    entry = world.weibo.posts.get(request.path_params["post"])
    if entry is None or entry.author != str(request.path_params["uid"]) or not world.weibo.visible(entry):
        return Response(b"", 404)
    return _plain_page("微博", world.weibo.official.get(entry.author) or world.weibo.names.get(entry.author, ""), entry.text)


def _plain_page(title: str, author: str, text: str) -> Response:
    head, by, body = html.escape(title), html.escape(author), html.escape(text)
    page = (
        f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>{head}</title><h1>{head}</h1><p>{by}</p><pre>{body}</pre></html>'
    )
    return HTMLResponse(page, headers={"content-security-policy": "default-src 'none'"})


async def healthz(request: Request) -> Response:
    """GET /healthz."""
    return reply_json({"ok": True, "accounts": len(request.app.state.world.accounts)})
