"""The access token: stable_token, shared through the house's store, renewed by one process at a time (facts §5.1).

One key per origin, app and secret: an account row with a wrong secret never gets the token of the right one.
"""

import hashlib
from dataclasses import replace
from typing import Any

from connectors import http
from connectors.contract import Tools
from connectors.wechat.answers import Answered, Unclear, decode
from connectors.wechat.credentials import origin, text
from connectors.wechat.errors import judge
from connectors.wechat.limits import table
from policies.facts import AccountFacts, Hold, Outcome, Result


class NoToken(Exception):
    """No token can be had. `result` is the end of whatever was to be sent: nothing left."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.outcome)
        self.result = result


def obtain(account: AccountFacts, tools: Tools) -> str:
    """The account's token: the shared one, or a new one fetched while holding the lock. Raises NoToken."""
    try:
        return _obtain(account, tools)
    except NoToken:
        raise
    except Exception as fault:  # the store is the house's: whatever broke there, nothing was sent
        raise NoToken(_later(f"内部凭证管理暂不可用（{type(fault).__name__}），稍后自动重试")) from None


def forget(account: AccountFacts, tools: Tools, token: str) -> None:
    """Drop a refused token, unless another process has renewed it already. Raises NoToken."""
    try:
        tools.tokens.drop(_key(account), token)
    except Exception as fault:  # as above
        raise NoToken(_later(f"内部凭证管理暂不可用（{type(fault).__name__}），稍后自动重试")) from None


def _obtain(account: AccountFacts, tools: Tools) -> str:
    key = _key(account)
    found = tools.tokens.get(key)
    if found:
        return found
    with tools.tokens.lock(key, tools.timeout * 2) as held:
        found = tools.tokens.get(key)
        if found:
            return found
        if not held:
            raise NoToken(_later("另一进程正在刷新微信凭证，稍后自动重试"))
        token, seconds = _fetch(account, tools)
        tools.tokens.put(key, token, seconds)
        return token


def _key(account: AccountFacts) -> str:
    parts = "\0".join((origin(account), text(account, "app_id"), text(account, "app_secret")))
    return f"wechat:token:{hashlib.sha256(parts.encode('utf-8', 'replace')).hexdigest()[:40]}"


def _fetch(account: AccountFacts, tools: Tools) -> tuple[str, float]:
    """POST /cgi-bin/stable_token, never forced: a forced one kills the token of the department's other systems."""
    app_id, secret = text(account, "app_id"), text(account, "app_secret")
    if not app_id or not secret:
        words = "账号缺少开发者ID或开发者密码（AppSecret）：请在账号管理中填写"
        raise NoToken(Result(Outcome.RECONNECT, error=words))
    order = {"grant_type": "client_credential", "appid": app_id, "secret": secret, "force_refresh": False}
    try:
        response = http.call("POST", origin(account) + "/cgi-bin/stable_token", json=order, timeout=tools.timeout)
        body = decode(response)
    except Answered as refusal:
        raise NoToken(_refusal(refusal, account, tools)) from None
    except Unclear as answer:
        raise NoToken(
            _later(f"获取微信凭证失败（{answer}），稍后自动重试；如持续出现请检查接口地址和网络出口", answer.retry_after)
        ) from None
    except (http.NotSent, http.MaybeSent, http.TooLarge) as fault:
        raise NoToken(_later(f"连不上微信接口（{type(fault).__name__}），稍后自动重试")) from None
    token = body.get("access_token")
    if not isinstance(token, str) or not token:
        raise NoToken(_later("微信返回的凭证无法读取，稍后自动重试"))
    return token, _lifetime(body.get("expires_in"))


def _lifetime(seconds: Any) -> float:
    rules = table()["token"]
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= 86400:
        return float(rules["default_seconds"])
    return float(max(seconds - rules["margin_seconds"], seconds / 2))


def _refusal(refusal: Answered, account: AccountFacts, tools: Tools) -> Result:
    """A code from the token call: nothing was sent, so it is never UNKNOWN, and what is not temporary needs a person."""
    result = judge(refusal.code, refusal.errmsg, account, tools.now)
    if result.outcome is Outcome.UNKNOWN:
        return replace(_later(f"获取微信凭证时返回未知错误码 {refusal.code}，稍后自动重试"), code=result.code)
    if result.outcome is Outcome.REFUSED and result.hold is Hold.NONE:
        return replace(result, outcome=Outcome.RECONNECT)
    return result


def _later(words: str, seconds: float | None = None) -> Result:
    wait = table()["wait"]["token_seconds"] if seconds is None else seconds
    return Result(Outcome.RETRY, error=words, retry_after=float(wait), account_wide=True)
