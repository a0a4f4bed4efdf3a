"""The pretend api.weixin.qq.com: who may call what, and the small calls."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from connectors.sandbox import faults, wechat_kf, wechat_publish, wechat_templates
from connectors.sandbox.accounts import Account
from connectors.sandbox.media import TYPES
from connectors.sandbox.wechat_base import WechatError, failed, ok, reply
from connectors.sandbox.wechat_kf import body_of
from connectors.sandbox.wechat_state import Token
from connectors.sandbox.wire import Call, read_call
from connectors.sandbox.world import World

Handler = Callable[[World, Account, Call], Response]
UPLOADS = ("image", "voice", "video", "thumb")


def token(world: World, account: Account, call: Call) -> Response:
    """GET /cgi-bin/token."""
    if call.fields.get("grant_type") != "client_credential":
        raise WechatError(40002)
    return _token(world, world.wechat.tokens.legacy(account.secret("app_id")))


def stable_token(world: World, account: Account, call: Call) -> Response:
    """POST /cgi-bin/stable_token with JSON."""
    data = body_of(call)
    if data.get("grant_type") != "client_credential":
        raise WechatError(40002)
    found = world.wechat.tokens.stable(account.secret("app_id"), force=data.get("force_refresh") is True)
    if isinstance(found, int):
        raise WechatError(found)
    return _token(world, found)


def _token(world: World, found: Token) -> Response:
    return reply({"access_token": found.value, "expires_in": world.wechat.tokens.left(found)})


def media_get(world: World, account: Account, call: Call) -> Response:
    """GET /cgi-bin/media/get: the bytes, or for a video the address of them."""
    item = world.media.get(call.query.get("media_id", ""))
    if item is None or item.account != account.id or world.clock.now() - item.created > world.limits["wechat.media.seconds"]:
        raise WechatError(40007)
    if item.kind == "video":
        return reply({"video_url": f"{call.origin}/mmbiz_pic/{item.id}/0", "down_url": f"{call.origin}/mmbiz_pic/{item.id}/0"})
    return Response(item.content, 200, {"content-type": item.mime, "content-disposition": f'attachment; filename="{item.name}"'})


def media_upload(world: World, account: Account, call: Call) -> Response:
    """POST /cgi-bin/media/upload?type= with the form file `media`."""
    kind, upload = call.query.get("type", ""), call.files.get("media")
    if kind not in UPLOADS:
        raise WechatError(40004)
    if upload is None or not upload.content:
        raise WechatError(44001)
    if len(upload.content) > world.limits[f"wechat.media.{kind}_bytes"]:
        raise WechatError(40006)
    stored = kind if kind in TYPES else "file"
    item = world.media.put(account.id, stored, upload.content, world.clock.now(), "wxm_", upload.name)
    name = "thumb_media_id" if kind == "thumb" else "media_id"
    return reply({"type": kind, name: item.id, "created_at": int(world.clock.stamp())})


def callback_ip(world: World, account: Account, call: Call) -> Response:
    """GET /cgi-bin/getcallbackip and /cgi-bin/get_api_domain_ip."""
    return reply({"ip_list": ["127.0.0.1"]})


def quota_get(world: World, account: Account, call: Call) -> Response:
    """POST /cgi-bin/openapi/quota/get."""
    path = str(body_of(call).get("cgi_path") or "")
    limit = world.limits.find(f"wechat.daily.{path}")
    if limit is None:
        raise WechatError(76021, "cgi_path not found, please check")
    used = world.wechat.used[account.secret("app_id"), path, world.clock.day()]
    return ok(quota={"daily_limit": limit, "used": used, "remain": max(0, limit - used)})


def clear_quota(world: World, account: Account, call: Call) -> Response:
    """POST /cgi-bin/clear_quota: ten times a month."""
    if body_of(call).get("appid") != account.secret("app_id"):
        raise WechatError(40013)
    month = (account.secret("app_id"), world.clock.day()[:7])
    if world.wechat.cleared[month] >= world.limits["wechat.quota.clear_per_month"]:
        raise WechatError(48006)
    world.wechat.cleared[month] += 1
    for key in [key for key in world.wechat.used if key[0] == account.secret("app_id")]:
        del world.wechat.used[key]
    return ok()


OPEN: dict[str, Handler] = {  # any account that can get a token (wechat.md §5.4)
    "/cgi-bin/getcallbackip": callback_ip,
    "/cgi-bin/get_api_domain_ip": callback_ip,
    "/cgi-bin/openapi/quota/get": quota_get,
    "/cgi-bin/clear_quota": clear_quota,
}
CERTIFIED: dict[str, Handler] = {  # 48001 for the others
    "/cgi-bin/message/custom/send": wechat_kf.send,
    "/cgi-bin/message/template/send": wechat_templates.send,
    "/cgi-bin/message/custom/typing": wechat_kf.typing,
    "/customservice/msgrecord/getmsglist": wechat_kf.records,
    "/cgi-bin/media/get": media_get,
    "/cgi-bin/media/upload": media_upload,
    "/cgi-bin/draft/add": wechat_publish.draft_add,
    "/cgi-bin/freepublish/submit": wechat_publish.submit,
    "/cgi-bin/freepublish/get": wechat_publish.publish_get,
    "/cgi-bin/message/mass/sendall": wechat_publish.sendall,
    "/cgi-bin/message/mass/get": wechat_publish.mass_get,
}
BY_SECRET: dict[str, Handler] = {"/cgi-bin/token": token, "/cgi-bin/stable_token": stable_token}
PATHS = (*OPEN, *CERTIFIED, *BY_SECRET)


async def endpoint(request: Request) -> Response:
    """Any call of PATHS."""
    world: World = request.app.state.world
    call = await read_call(request)
    account = _account(world, call)
    fault = world.faults.find("wechat", call.path, account.id if account else "")
    surface = faults.Surface(
        error=_planned,
        kill_token=lambda: world.wechat.tokens.kill(account.secret("app_id") if account else ""),
    )

    async def handle() -> Response:
        try:
            answer = _handle(world, account, call)
        except WechatError as error:
            world.calls[f"wechat {error.code}"] += 1
            return failed(error)
        world.calls["wechat ok"] += 1
        return answer

    return await faults.run(fault, call, surface, handle)


def _planned(fault: faults.Fault) -> Response:
    answer = failed(WechatError(fault.code or -1))
    answer.status_code = fault.status or 200
    return answer


def _account(world: World, call: Call) -> Account | None:
    if call.path in BY_SECRET:
        app_id = call.fields.get("appid", "") or str((call.json() or {}).get("appid") if isinstance(call.json(), dict) else "")
    else:
        found, _ = world.wechat.tokens.find(call.query.get("access_token", ""))
        app_id = found.app_id if found else ""
    return next((a for a in world.of_platform("wechat") if app_id and a.secret("app_id") == app_id), None)


def _handle(world: World, account: Account | None, call: Call) -> Response:
    if call.path in BY_SECRET:
        account = _by_secret(account, call)
        handler = BY_SECRET[call.path]
    else:
        problem = world.wechat.tokens.find(call.query.get("access_token", ""))[1]
        if problem or account is None:
            raise WechatError(problem or 40001)
        handler = OPEN.get(call.path) or CERTIFIED[call.path]
        if call.path in CERTIFIED and not account.certified:
            raise WechatError(48001)
    if not world.wechat.use(account.secret("app_id"), call.path, world.limits.find(f"wechat.daily.{call.path}")):
        raise WechatError(45009)
    return handler(world, account, call)


def _by_secret(account: Account | None, call: Call) -> Account:
    if account is None:
        raise WechatError(40013)
    data = call.json() if call.method == "POST" else call.fields
    given = data.get("secret") if isinstance(data, dict) else None
    if given != account.secret("app_secret"):
        raise WechatError(40125)
    return account
