"""The pretend api.telegram.org: /bot<token>/<method> and /file/bot<token>/<path>."""

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from connectors.sandbox import faults, telegram_bot, telegram_methods
from connectors.sandbox.accounts import Account
from connectors.sandbox.telegram_base import TelegramError, failed, ok
from connectors.sandbox.telegram_bot import conflict_poll, conflict_webhook
from connectors.sandbox.telegram_methods import Request
from connectors.sandbox.wire import Call, Upload, read_call
from connectors.sandbox.world import World

METHODS: dict[str, Callable[[Request], Any]] = {
    "getme": telegram_bot.get_me,
    "getchat": telegram_bot.get_chat,
    "getchatmember": telegram_bot.get_chat_member,
    "setwebhook": telegram_bot.set_webhook,
    "deletewebhook": telegram_bot.delete_webhook,
    "getwebhookinfo": telegram_bot.webhook_info,
    "getfile": telegram_bot.get_file,
    "sendmessage": telegram_methods.send_message,
    "sendphoto": telegram_methods.send_photo,
    "senddocument": telegram_methods.send_document,
    "editmessagetext": telegram_methods.edit_text,
    "deletemessage": telegram_methods.delete_message,
    "pinchatmessage": telegram_methods.pin,
}
MAX_POLL = 50.0  # seconds, as the platform caps it


def perform(world: World, account: Account, method: str, fields: dict[str, str], files: dict[str, Upload], via: str = "send") -> Any:
    """Do a method for a bot. Raises TelegramError."""
    handler = METHODS.get(method.lower())
    if handler is None:
        raise TelegramError(404, "Not Found: method not found")
    return handler(Request(world, account, fields, files, via))


def _account(world: World, request: HttpRequest) -> Account | None:
    return world.accounts.get(world.telegram.by_token.get(request.path_params["token"], ""))


async def endpoint(request: HttpRequest) -> Response:
    """Any /bot<token>/<method>."""
    world: World = request.app.state.world
    call, account, method = await read_call(request), _account(world, request), request.path_params["method"]
    fault = world.faults.find("telegram", f"/{method}", account.id if account else "")
    surface = faults.Surface(error=_planned, kill_token=lambda: _kill(world, account))

    async def handle() -> Response:
        try:
            if account is None or world.telegram.bots[account.id].dead:
                raise TelegramError(401, "Unauthorized")
            if method.lower() == "getupdates":
                result = await get_updates(world, account, call)
            else:
                result = perform(world, account, method, call.fields, call.files)
        except TelegramError as error:
            world.calls[f"telegram {error.code}"] += 1
            return failed(error)
        world.calls["telegram ok"] += 1
        return ok(result)

    return await faults.run(fault, call, surface, handle)


def _planned(fault: faults.Fault) -> Response:
    code = fault.code or fault.status or 500
    if code == 429:
        wait = int(fault.seconds) or 5
        return failed(TelegramError(429, f"Too Many Requests: retry after {wait}", wait))
    words = {400: "Bad Request: planned", 401: "Unauthorized", 403: "Forbidden: planned", 500: "Internal Server Error"}
    return failed(TelegramError(code, words.get(code, "planned error")))


def _kill(world: World, account: Account | None) -> None:
    if account is not None:
        world.telegram.bots[account.id].dead = True


async def get_updates(world: World, account: Account, call: Call) -> list[dict[str, Any]]:
    """getUpdates with offset, limit, timeout; 409 while a webhook is set or when another poll begins."""
    request = Request(world, account, call.fields, call.files)
    bot = request.bot
    if bot.url:
        raise conflict_webhook()
    bot.allowed = telegram_bot.allowed_updates(request, bot.allowed)
    bot.polls += 1
    mine = bot.polls
    bot.wake.set()
    _confirm(request)
    limit = min(max(request.number("limit") if call.fields.get("limit") else 100, 1), 100)
    left = min(float(request.number("timeout")) if call.fields.get("timeout") else 0.0, MAX_POLL)
    end = asyncio.get_running_loop().time() + left
    while not bot.pending and (wait := end - asyncio.get_running_loop().time()) > 0:
        bot.wake.clear()
        try:
            await asyncio.wait_for(bot.wake.wait(), wait)
        except TimeoutError:
            break
        if bot.polls != mine:
            raise conflict_poll()
        if bot.url:
            raise conflict_webhook()
    return [update for _, update in list(bot.pending)[:limit]]


def _confirm(request: Request) -> None:
    """An offset confirms all updates before it; a negative one keeps only the last so many."""
    if not request.fields.get("offset"):
        return
    offset, pending = request.number("offset"), request.bot.pending
    while pending and offset >= 0 and pending[0][1]["update_id"] < offset:
        pending.popleft()
    while offset < 0 and len(pending) > -offset:
        pending.popleft()


async def file_endpoint(request: HttpRequest) -> Response:
    """/file/bot<token>/<path>: the bytes of a file."""
    world: World = request.app.state.world
    call, account = await read_call(request), _account(world, request)
    fault = world.faults.find("telegram", "/file/" + request.path_params["path"], account.id if account else "")
    surface = faults.Surface(error=_planned, kill_token=lambda: _kill(world, account))

    async def handle() -> Response:
        item = world.media.get(request.path_params["path"].rsplit("/", 1)[-1].rsplit(".", 1)[0])
        if account is None or item is None or item.account != account.id:
            return failed(TelegramError(404, "Not Found"))
        return Response(item.content, 200, {"content-type": "application/octet-stream"})

    return await faults.run(fault, call, surface, handle)
