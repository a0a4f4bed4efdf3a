"""Getting and giving back a token (facts §1.2). Web apps have no refresh token: renewal is the account holder authorising again."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from connectors.contract import Tools
from connectors.weibo import api, wire
from connectors.weibo.config import credential, origin
from policies.facts import AccountFacts, Outcome, Result

STATE_MIN = 16  # characters; the caller makes the state at random, keeps it and compares it at the callback


@dataclass(frozen=True, slots=True)
class Grant:
    """A fresh token. `seconds` = its life; an unaudited app gets a day, an audited one 30 days, the app's owner 5 years."""

    access_token: str = field(repr=False)
    seconds: float = 0.0
    uid: str = ""


class OAuthError(Exception):
    """The exchange failed. The text is for staff; `again` = the same code may be tried again."""

    def __init__(self, message: str, *, again: bool) -> None:
        super().__init__(message)
        self.again = again


def authorize_url(account: AccountFacts, redirect_uri: str, state: str) -> str:
    """Where the account holder goes to authorise. `redirect_uri` must equal the registered one. ValueError for a guessable state."""
    if len(state) < STATE_MIN:
        raise ValueError("state too short to be random")
    query = {"client_id": credential(account, "app_key"), "response_type": "code", "redirect_uri": redirect_uri, "state": state}
    return f"{origin(account, 'api')}/oauth2/authorize?{urlencode(query)}"


def exchange(account: AccountFacts, code: str, redirect_uri: str, tools: Tools) -> Grant:
    """The code of the callback against a token. Raises OAuthError; also when somebody else's account was authorised."""
    form = {
        "client_id": credential(account, "app_key"),
        "client_secret": credential(account, "app_secret"),
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
    }
    said = api.ask(account, tools, "/oauth2/access_token", form)
    if said.failure:
        # A broken connection may have spent the code, but a spent code only answers 21325: trying again is harmless.
        raise OAuthError(said.failure.error, again=said.failure.outcome is Outcome.RETRY)
    found = wire.mapping(said.data)
    token, uid, wanted = wire.words(found.get("access_token")), wire.ident(found.get("uid")), credential(account, "uid")
    if not token:
        raise OAuthError("微博没有返回令牌 / no token in the answer", again=False)
    if wanted and uid != wanted:
        raise OAuthError("授权的微博账号与本账号的 uid 不一致 / another account was authorised", again=False)
    return Grant(token, seconds(found), uid)


def revoke(account: AccountFacts, tools: Tools) -> Result:
    """Give the token back; SENT = the platform confirmed (or the token was dead already). Documented answer: `{"result": true}`."""
    token = credential(account, "access_token")
    said = api.post(account, tools, "api", "/oauth2/revokeoauth2", {"access_token": token})
    if said.failure:
        return Result(Outcome.SENT) if said.failure.outcome is Outcome.RECONNECT else said.failure
    sure = wire.mapping(said.data).get("result") in (True, 1, "true", "1")
    return Result(Outcome.SENT) if sure else Result(Outcome.UNKNOWN, error="微博没有确认取消授权 / not confirmed")


def seconds(found: Any) -> float:
    """The life left, from either name the platform uses (`expires_in`, `expire_in`); 0 = dead or not said."""
    for name in ("expires_in", "expire_in"):
        try:
            return float(wire.words(found.get(name)))
        except ValueError:
            continue
    return 0.0
