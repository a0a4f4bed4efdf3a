"""The pretend api.weibo.com, m.api.weibo.com and upload.api.weibo.com on one origin."""

from collections.abc import Callable
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from connectors.sandbox import faults, weibo_reads, weibo_writes
from connectors.sandbox.accounts import Account
from connectors.sandbox.weibo_base import WeiboError, failed
from connectors.sandbox.wire import Call, read_call
from connectors.sandbox.world import World


class Route(NamedTuple):
    """One path: method, the limit it counts against ("" = the general ones only, "fan" = none) and who does it."""

    method: str
    kind: str
    handler: Callable[[World, Account, Call], Response]


def media_get(world: World, account: Account, call: Call) -> Response:
    """GET /2/mss/msget.json: an attachment by fid."""
    item = world.media.get(call.fields.get("fid", ""))
    if item is None or item.account != account.id:
        raise WeiboError(10008)
    return Response(item.content, 200, {"content-type": item.mime, "content-disposition": f'attachment; filename="{item.name}"'})


ROUTES = {
    "/2/statuses/mentions.json": Route("GET", "", weibo_reads.mentions),
    "/2/comments/to_me.json": Route("GET", "", weibo_reads.to_me),
    "/2/comments/mentions.json": Route("GET", "", weibo_reads.comment_mentions),
    "/2/comments/show.json": Route("GET", "", weibo_reads.show),
    "/2/statuses/user_timeline.json": Route("GET", "", weibo_reads.timeline),
    "/2/account/rate_limit_status.json": Route("GET", "free", weibo_reads.rate_limit),
    "/2/statuses/share.json": Route("POST", "posts", weibo_writes.share),
    "/2/comments/create.json": Route("POST", "comments", weibo_writes.comment_create),
    "/2/comments/reply.json": Route("POST", "comments", weibo_writes.comment_reply),
    "/2/messages/reply.json": Route("POST", "fan", weibo_writes.fan_reply),
    "/2/mss/msget": Route("GET", "fan", media_get),
    "/2/mss/msget.json": Route("GET", "fan", media_get),
}


async def endpoint(request: Request) -> Response:
    """Any call of ROUTES, and 10020 for other paths below /2/."""
    world: World = request.app.state.world
    call = await read_call(request)
    account = _holder(world, call)
    fault = world.faults.find("weibo", call.path, account.id if account else "")
    surface = faults.Surface(
        error=lambda f: failed(WeiboError(f.code or 10001), call.path, f.status),
        kill_token=lambda: world.weibo.tokens.kill(account.id if account else ""),
    )

    async def handle() -> Response:
        try:
            answer = _handle(world, call)
        except WeiboError as error:
            world.calls[f"weibo {error.code}"] += 1
            envelope = world.limits["weibo.reply.envelope"] if call.path.startswith("/2/messages/") else "error_code"
            return failed(error, call.path, envelope=envelope)
        world.calls["weibo ok"] += 1
        return answer

    return await faults.run(fault, call, surface, handle)


def token_of(call: Call) -> str:
    """The token of a call: form or query field, or the header of old clients."""
    return call.fields.get("access_token") or call.headers.get("authorization", "").removeprefix("OAuth2").strip()


def _holder(world: World, call: Call) -> Account | None:
    grant = world.weibo.tokens.find(token_of(call))[0]
    return world.accounts.get(grant.account) if grant else None


def _handle(world: World, call: Call) -> Response:
    route = ROUTES.get(call.path)
    if route is None:
        raise WeiboError(10020)
    grant, problem = world.weibo.tokens.find(token_of(call))
    account = world.accounts.get(grant.account) if grant else None
    if problem or grant is None or account is None:
        raise WeiboError(problem or 21332)
    if call.method != route.method:
        raise WeiboError(10021)
    fan_only = bool(account.secret("fan_access_token")) and account.secret("fan_access_token") != account.secret("access_token")
    if fan_only and grant.fan != (route.kind == "fan"):
        raise WeiboError(21332)
    if route.kind not in ("fan", "free"):
        broken = world.weibo.use(account.secret("uid"), route.kind)
        if broken:
            raise WeiboError(broken)
    return route.handler(world, account, call)
