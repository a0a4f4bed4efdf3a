"""One call to Weibo: the address, the token's place, the judged answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors import http
from connectors.contract import Tools
from connectors.weibo import errors
from connectors.weibo.config import origin
from policies.facts import AccountFacts, Result


@dataclass(frozen=True, slots=True)
class Said:
    """What the platform said: data, or the failure it amounts to."""

    data: Any = field(default=None, repr=False)
    failure: Result | None = None


def get(account: AccountFacts, tools: Tools, path: str, token: str, params: Mapping[str, Any]) -> Said:
    """Read from the ordinary API. The token goes into the query, the only documented place for a GET."""
    return _call(account, tools, "GET", origin(account, "api") + path, wrote=False, params={"access_token": token, **params})


def ask(account: AccountFacts, tools: Tools, path: str, form: Mapping[str, Any]) -> Said:
    """A POST that changes nothing (get_token_info): what is in the form never reaches a proxy's log."""
    return _call(account, tools, "POST", origin(account, "api") + path, wrote=False, data=dict(form))


def post(account: AccountFacts, tools: Tools, host: str, path: str, form: Mapping[str, Any]) -> Said:
    """Write once, the token in the form body. Never repeated here, whatever the end."""
    return _call(account, tools, "POST", origin(account, host) + path, wrote=True, data=dict(form))


def _call(account: AccountFacts, tools: Tools, method: str, url: str, *, wrote: bool, **parts: Any) -> Said:
    try:
        response = http.call(method, url, timeout=tools.timeout, **parts)
    except errors.FAULTS as fault:
        return Said(failure=errors.broken(fault, wrote=wrote))
    failure = errors.judge(response, account, wrote=wrote)
    return Said(failure=failure) if failure else Said(data=errors.body(response))
