"""The control API below /sim/: what tests, drills and the page use. JSON in, JSON out."""

import asyncio
import base64
import binascii
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from connectors.sandbox import say as speaking
from connectors.sandbox.accounts import BadAccount
from connectors.sandbox.hooks import signed_query, verify
from connectors.sandbox.push import Wire
from connectors.sandbox.wire import read_body, reply_json, whole
from connectors.sandbox.world import World

Handler = Callable[[World, Request, dict[str, Any]], Awaitable[Response]]
SAY_SECONDS = 60.0


class Refused(ValueError):
    """400 with this text."""


def control(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Read the JSON body, refuse pages of other origins, turn refusals into 400."""

    async def endpoint(request: Request) -> Response:
        origin = request.headers.get("origin")
        if origin and urlsplit(origin).netloc != request.headers.get("host"):
            return reply_json({"error": "another origin may not control the sandbox"}, 403)
        world: World = request.app.state.world
        world.origin = f"http://{request.headers.get('host', '127.0.0.1')}"
        try:
            return await handler(world, request, await _body(request))
        except (Refused, BadAccount, speaking.CannotSay) as error:
            return reply_json({"error": str(error)}, 400)

    return endpoint


async def _body(request: Request) -> dict[str, Any]:
    raw = await read_body(request)
    if not raw:
        return {}
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):
        raise Refused("the body is not JSON") from None
    if isinstance(data, list):
        return {"accounts": data}
    if not isinstance(data, dict):
        raise Refused("the body must be a JSON object")
    return data


async def say(world: World, request: Request, data: dict[str, Any]) -> Response:
    """POST /sim/say. `?wait=0` answers at once; else it waits for the push and its repeats, at most 60 s."""
    act = speaking.read_act(data)
    account, citizen, job = speaking.begin(world, act)
    task = world.jobs.spawn(speaking.finish(world, act, account, citizen, job))
    if request.query_params.get("wait") == "0":
        return reply_json({"platform_id": job.platform_id if job else "", "pending": True}, 202)
    try:
        return reply_json(await asyncio.wait_for(asyncio.shield(task), SAY_SECONDS))
    except TimeoutError:
        return reply_json({"platform_id": job.platform_id if job else "", "pending": True}, 202)


async def raw(world: World, request: Request, data: dict[str, Any]) -> Response:
    """POST /sim/raw: arbitrary bytes to an account's hook, once; signed unless `sign` is false."""
    account = _account(world, data.get("account"))
    try:
        body = base64.b64decode(data["body_base64"], validate=True) if "body_base64" in data else str(data.get("body", "")).encode()
    except (binascii.Error, TypeError, ValueError):
        raise Refused("body_base64 is not base64") from None
    query, headers = data.get("query") or {}, data.get("headers") or {}
    if not isinstance(query, dict) or not isinstance(headers, dict):
        raise Refused("query and headers must be objects")
    signed, more = signed_query(world, account) if data.get("sign", True) else ({}, {})
    wire = Wire({**signed, **{k: str(v) for k, v in query.items()}}, {**more, **{k: str(v) for k, v in headers.items()}}, body)
    status, answer, failure = await world.pusher.request(
        str(data.get("method") or "POST"), account.hook_url, wire, world.limits["push.attempt_seconds"]
    )
    return reply_json({"status": status, "body": answer.decode("utf-8", "replace"), "problem": failure})


async def thread(world: World, request: Request, data: dict[str, Any]) -> Response:
    """GET /sim/thread?account=&citizen=."""
    account, citizen = request.query_params.get("account", ""), request.query_params.get("citizen", "")
    return reply_json({"bubbles": world.book.thread(account, citizen)})


async def outbox(world: World, request: Request, data: dict[str, Any]) -> Response:
    """GET /sim/outbox?account=&after=&limit=: everything sent to citizens, in order. `dropped` > 0 = rows are missing."""
    after, limit = _number(request, "after", 0), _number(request, "limit", 1 << 30)
    rows = [row._asdict() for row in world.book.sent_by(request.query_params.get("account", "")) if row.id > after][:limit]
    return reply_json({"rows": rows, "dropped": world.book.dropped})


async def windows(world: World, request: Request, data: dict[str, Any]) -> Response:
    """GET /sim/windows: by account and citizen (the platform's id), how many messages the platform would still take; null = none open."""
    now = world.clock.now()
    rows = [{"account": account, "citizen": person.pid, "left": person.windows.left(now)} for (account, _), person in world.people.items()]
    return reply_json({"rows": rows})


def _number(request: Request, name: str, default: int) -> int:
    given = request.query_params.get(name, "")
    value = whole(given) if given else default
    if value is None or value < 0:
        raise Refused(f"{name} must be a number")
    return value


async def posts(world: World, request: Request, data: dict[str, Any]) -> Response:
    """GET /sim/posts?account=: what was published, with the comments below it on Weibo."""
    wanted = request.query_params.get("account", "")
    rows = [dict(row) for row in world.posts[-200:] if wanted in ("", row["account"])]
    for row in rows:
        if row["platform"] == "weibo":
            row["comments"] = [
                {"id": str(entry.id), "name": world.weibo.official.get(entry.author) or world.weibo.names.get(entry.author, ""),
                 "text": entry.text, "time": entry.time, "official": entry.author in world.weibo.official}
                for entry in world.weibo.comments.values() if str(entry.post) == row["id"]
            ][-50:]  # fmt: skip
    return reply_json({"posts": rows})


async def push_log(world: World, request: Request, data: dict[str, Any]) -> Response:
    """GET /sim/log?limit=: the last pushes, newest last."""
    return reply_json({"rows": list(world.pusher.log)[-max(1, _number(request, "limit", 500)) :]})


async def stats(world: World, request: Request, data: dict[str, Any]) -> Response:
    """GET /sim/stats: counts and webhook times in milliseconds."""
    via = Counter(row.via for row in world.book.outbox)
    return reply_json({
        "pushes": dict(world.pusher.counts), "calls": dict(world.calls), "sent": {"passive": via["passive"], "send": via["send"]},
        "busy": world.jobs.busy, "p50": world.pusher.percentile(0.5), "p99": world.pusher.percentile(0.99),
        "citizens": len(world.people), "accounts": len(world.accounts), "pages": world.hub.listened,
    })  # fmt: skip


async def get_accounts(world: World, request: Request, data: dict[str, Any]) -> Response:
    """GET /sim/accounts: without credentials."""
    rows = [account.public() | {"citizens": world.book.citizens(account.id)} for account in world.accounts.values()]
    return reply_json({"accounts": rows, "console_url": world.console_url})


async def add_accounts(world: World, request: Request, data: dict[str, Any]) -> Response:
    """POST /sim/accounts: one account, or {"accounts": […]}. The hook is asked to prove itself: `?verify=1` waits for
    one try, `?verify=0` leaves it out, else it is tried in the background until it answers."""
    given = data.get("accounts", [data])
    if not isinstance(given, list):
        raise Refused("accounts must be a list")
    accounts = [world.add_account(entry) for entry in given]
    how = request.query_params.get("verify", "")
    for account in accounts:
        if how == "1":
            await verify(world, account, tries=1)
        elif how != "0":
            world.jobs.spawn(verify(world, account))
    return reply_json({"accounts": [account.public() for account in accounts]}, 201)


async def get_clock(world: World, request: Request, data: dict[str, Any]) -> Response:
    """GET /sim/clock."""
    return reply_json({"now": world.clock.iso(), "offset": world.clock.offset, "pushes": world.clock.pushes})


async def set_clock(world: World, request: Request, data: dict[str, Any]) -> Response:
    """POST /sim/clock {"advance": seconds, "offset": seconds, "pushes": bool}: see clock.py for `pushes`."""
    for name in ("advance", "offset"):
        if name in data and (isinstance(data[name], bool) or not isinstance(data[name], int | float) or not abs(data[name]) <= 1e9):
            raise Refused(f"{name} must be seconds")
    if "offset" in data:
        world.clock.offset = float(data["offset"])
    world.clock.advance(float(data.get("advance", 0)))
    world.clock.pushes = bool(data.get("pushes", world.clock.pushes))
    world.hub.tell("clock", {"now": world.clock.iso(), "offset": world.clock.offset})
    return await get_clock(world, request, data)


async def faults(world: World, request: Request, data: dict[str, Any]) -> Response:
    """GET, POST and DELETE /sim/faults."""
    if request.method == "POST":
        try:
            world.faults.add(data)
        except ValueError as error:
            raise Refused(str(error)) from None
    if request.method == "DELETE":
        world.faults.clear()
    if request.method != "GET":
        world.hub.tell("faults", {"faults": world.faults.all()})
    return reply_json({"faults": world.faults.all()})


async def limits(world: World, request: Request, data: dict[str, Any]) -> Response:
    """GET and POST /sim/limits: {"wechat.kf.message_count": 3}."""
    problem = world.limits.change(data) if request.method == "POST" else ""
    if problem:
        raise Refused(problem)
    return reply_json({"limits": world.limits.all()})


async def reset(world: World, request: Request, data: dict[str, Any]) -> Response:
    """POST /sim/reset: forget all; with {"accounts": true} the accounts too."""
    world.reset(accounts=bool(data.get("accounts")))
    return reply_json({"accounts": len(world.accounts)})


async def events(world: World, request: Request, data: dict[str, Any]) -> Response:
    """GET /sim/events: server-sent events bubble, edit, push, post, typing, faults, clock, accounts, reset, lag."""
    return StreamingResponse(world.hub.listen(), 200, {"cache-control": "no-store"}, "text/event-stream")


def _account(world: World, account_id: Any) -> Any:
    account = world.accounts.get(str(account_id or ""))
    if account is None:
        raise Refused(f"no account {account_id!r}")
    return account
