"""Weibo's OAuth2: authorize, access_token, get_token_info, revokeoauth2 (weibo-telegram-cap.md §1.2)."""

import html
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from connectors.sandbox import faults
from connectors.sandbox.accounts import Account
from connectors.sandbox.weibo_base import WeiboError
from connectors.sandbox.wire import Call, read_call, reply_json
from connectors.sandbox.world import World

DESCRIPTIONS = {
    21322: "redirect uri mismatch",
    21324: "client_id or client_secret parameter is invalid",
    21325: "the code is used, expired or was issued for another redirect_uri",
    21328: "grant_type must be authorization_code",
    21332: "token not found",
}
PATHS = ("/oauth2/authorize", "/oauth2/access_token", "/oauth2/get_token_info", "/oauth2/revokeoauth2")


async def endpoint(request: Request) -> Response:
    """Any call below /oauth2/."""
    world: World = request.app.state.world
    call = await read_call(request)
    surface = faults.Surface(error=lambda f: _failed(WeiboError(f.code or 21331), call.path, f.status), kill_token=lambda: None)

    async def handle() -> Response:
        try:
            return HANDLERS[call.path](world, call)
        except WeiboError as error:
            world.calls[f"weibo {error.code}"] += 1
            return _failed(error, call.path)

    return await faults.run(world.faults.find("weibo", call.path, ""), call, surface, handle)


def _failed(error: WeiboError, path: str, status: int = 0) -> Response:
    body = {"error": error.message, "error_code": error.code, "request": path, "error_uri": path}
    return reply_json(body | {"error_description": DESCRIPTIONS.get(error.code, error.message)}, status or 400)


def authorize(world: World, call: Call) -> Response:
    """GET /oauth2/authorize: the holder says yes. With several accounts under one app the person chooses."""
    holders = [a for a in world.of_platform("weibo") if a.secret("app_key") == call.fields.get("client_id")]
    target = call.fields.get("redirect_uri", "")
    if not holders:
        raise WeiboError(21324)
    if urlsplit(target).scheme not in ("http", "https") or holders[0].secret("redirect_uri") not in ("", target):
        raise WeiboError(21322)
    chosen = [a for a in holders if a.secret("uid") == call.fields.get("uid")] or holders
    if len(chosen) > 1:
        return _choose(call, chosen)
    answer = {"code": world.weibo.tokens.code(chosen[0], target)}
    if call.fields.get("state"):
        answer["state"] = call.fields["state"]
    return RedirectResponse(f"{target}{'&' if '?' in target else '?'}{urlencode(answer)}", 302)


def _choose(call: Call, accounts: list[Account]) -> Response:
    links = "".join(
        f'<li><a href="?{html.escape(urlencode({**call.query, "uid": a.secret("uid")}))}">{html.escape(a.name)}</a></li>' for a in accounts
    )
    return HTMLResponse(f'<!doctype html><html lang="zh-CN"><title>授权</title><h1>以哪个账号授权？</h1><ul>{links}</ul></html>')


def access_token(world: World, call: Call) -> Response:
    """POST /oauth2/access_token: a code is good once."""
    if call.method != "POST":
        raise WeiboError(21323)
    if call.fields.get("grant_type") != "authorization_code":
        raise WeiboError(21328)
    code = world.weibo.tokens.codes.get(call.fields.get("code", ""))
    account = world.accounts.get(code.account) if code else None
    if not any(a.secret("app_key") == call.fields.get("client_id") for a in world.of_platform("weibo")):
        raise WeiboError(21324)
    if code is None or account is None or code.until <= world.clock.now():
        raise WeiboError(21325)
    if (account.secret("app_key"), account.secret("app_secret")) != (call.fields.get("client_id"), call.fields.get("client_secret")):
        raise WeiboError(21324)
    if code.redirect_uri != call.fields.get("redirect_uri"):
        raise WeiboError(21322)
    del world.weibo.tokens.codes[call.fields["code"]]
    seconds = int(world.limits["weibo.token.seconds"])
    value = world.weibo.tokens.grant(account)
    return reply_json({
        "access_token": value, "remind_in": str(seconds), "expires_in": seconds, "uid": account.secret("uid"), "isRealName": "true",
    })  # fmt: skip


def token_info(world: World, call: Call) -> Response:
    """POST /oauth2/get_token_info."""
    grant, problem = world.weibo.tokens.find(call.fields.get("access_token", ""))
    if grant is None or problem:
        raise WeiboError(problem or 21332)
    left = int(grant.until - world.clock.now())
    return reply_json({"uid": int(grant.uid), "appkey": grant.app_key, "scope": "", "create_at": int(grant.since), "expire_in": left})


def revoke(world: World, call: Call) -> Response:
    """GET or POST /oauth2/revokeoauth2."""
    grant, problem = world.weibo.tokens.find(call.fields.get("access_token", ""))
    if grant is None or problem:
        raise WeiboError(problem or 21332)
    grant.dead = True
    return reply_json({"result": True})


HANDLERS = {"/oauth2/authorize": authorize, "/oauth2/access_token": access_token}
HANDLERS |= {"/oauth2/get_token_info": token_info, "/oauth2/revokeoauth2": revoke}
