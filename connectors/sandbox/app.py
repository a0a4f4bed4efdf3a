"""The ASGI app: platforms at their official paths, control below /sim/, the page at /."""

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.sandbox import duty, page, sim_api, telegram_api, telegram_push, wechat_api, weibo_api, weibo_oauth
from connectors.sandbox.accounts import BadAccount, read_account
from connectors.sandbox.hooks import verify
from connectors.sandbox.wire import TooBig, reply_json
from connectors.sandbox.world import World

FILE_VARIABLE = "HUIYIN_SANDBOX_ACCOUNTS"
HOOK_ORIGIN = "http://127.0.0.1:8000"
ANY = ["GET", "POST"]


class BadFile(Exception):
    """The accounts file cannot be used; the text says why."""


def load_world(path: str) -> World:
    """A world with the accounts of a file ("" = none yet). Raises BadFile."""
    if not path:
        return World(HOOK_ORIGIN)
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise BadFile(f"cannot read {path}: {error.strerror}") from None
    except ValueError:
        raise BadFile(f"{path} is not JSON") from None
    if not isinstance(data, dict) or not isinstance(data.get("accounts"), list):
        raise BadFile(f'{path} must be an object with a list "accounts"')
    world = World(str(data.get("hook_origin") or HOOK_ORIGIN), str(data.get("console_url") or ""))
    for place, raw in enumerate(data["accounts"], 1):
        try:
            read_account(raw, world.hook_origin)
            world.add_account(raw)
        except BadAccount as error:
            raise BadFile(f"{path}, account {place}: {error}") from None
    return world


def create_app(world: World) -> Starlette:
    """The sandbox around a world."""

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        timetable = asyncio.create_task(world.jobs.run())
        for account in list(world.accounts.values()):
            world.jobs.spawn(verify(world, account))
        try:
            yield
        finally:
            timetable.cancel()
            world.jobs.reset()
            world.pusher.close()

    world.on_update = lambda account, update: telegram_push.emit(world, account, update)
    app = Starlette(routes=_routes(), lifespan=lifespan, exception_handlers={TooBig: _too_big})
    app.state.world = world
    app.state.group = duty.Group()
    return app


async def _too_big(_: Request, __: Exception) -> Response:
    return reply_json({"error": "the body is too big"}, 413)


def _routes() -> list[Route]:
    sim = [
        ("say", ["POST"], sim_api.say), ("raw", ["POST"], sim_api.raw), ("thread", ["GET"], sim_api.thread),
        ("outbox", ["GET"], sim_api.outbox), ("posts", ["GET"], sim_api.posts), ("log", ["GET"], sim_api.push_log),
        ("stats", ["GET"], sim_api.stats), ("accounts", ["GET"], sim_api.get_accounts), ("accounts", ["POST"], sim_api.add_accounts),
        ("clock", ["GET"], sim_api.get_clock), ("clock", ["POST"], sim_api.set_clock), ("faults", [*ANY, "DELETE"], sim_api.faults),
        ("windows", ["GET"], sim_api.windows), ("limits", ANY, sim_api.limits), ("reset", ["POST"], sim_api.reset),
        ("events", ["GET"], sim_api.events),
    ]  # fmt: skip
    return [
        *(Route(f"/sim/{name}", sim_api.control(handler), methods=methods) for name, methods, handler in sim),
        Route("/bot{token}/{method}", telegram_api.endpoint, methods=ANY),
        Route("/file/bot{token}/{path:path}", telegram_api.file_endpoint, methods=["GET"]),
        *(Route(path, wechat_api.endpoint, methods=ANY) for path in wechat_api.PATHS),
        Route("/2/{rest:path}", weibo_api.endpoint, methods=ANY),
        *(Route(path, weibo_oauth.endpoint, methods=ANY) for path in weibo_oauth.PATHS),
        Route("/robot/send", duty.robot, methods=["POST"]),
        Route("/duty", duty.page, methods=["GET"]),
        Route("/", page.index, methods=["GET"]),
        Route("/static/{name}", page.static, methods=["GET"]),
        Route("/mmbiz_pic/{item}/0", page.picture, methods=["GET"]),
        Route("/s/{article}", page.article, methods=["GET"]),
        Route("/{uid:int}/{post:int}", page.weibo_post, methods=["GET"]),
        Route("/healthz", page.healthz, methods=["GET"]),
    ]


def from_environment() -> Starlette:
    """For the server's worker: the world of the file named by HUIYIN_SANDBOX_ACCOUNTS."""
    return create_app(load_world(os.environ.get(FILE_VARIABLE, "")))
