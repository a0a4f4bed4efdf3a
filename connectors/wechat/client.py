"""wechatpy's client as a shell: its calls, our way out (facts §6.3, §6.5).

Every request goes through connectors.http with a time-out and a bound; the token is fetched by tokens.py; a refused token is
renewed once and the call repeated once, never more; files are read before the first try, so that a repeat does not send nothing;
exceptions carry no address, because tokens stand in addresses.
"""

import json
import logging
from collections.abc import Mapping
from typing import Any

from wechatpy import WeChatClient

from connectors import http
from connectors.contract import Tools
from connectors.wechat import tokens
from connectors.wechat.answers import Answered, decode, reading
from connectors.wechat.credentials import OFFICIAL_ORIGIN, origin, text
from connectors.wechat.errors import TOKEN_CODES
from policies.facts import AccountFacts

for _name in ("httpx", "httpcore"):  # they log whole addresses, and WeChat's token stands in the address
    logging.getLogger(_name).setLevel(logging.WARNING)

JSON_TYPE = "application/json; charset=utf-8"


class Client(WeChatClient):  # type: ignore[misc]  # wechatpy has no types
    """One account's API for the length of one call of the house.

    Raises answers.Answered, answers.Unclear, tokens.NoToken, http.NotSent, http.MaybeSent, http.TooLarge.
    """

    def __init__(self, account: AccountFacts, tools: Tools) -> None:
        super().__init__(text(account, "app_id"), "", timeout=tools.timeout, auto_retry=False)
        self._http = None  # no side door: whatever would bypass _request fails at once
        self.account = account
        self.tools = tools
        self.API_BASE_URL = origin(account) + "/cgi-bin/"

    @property
    def access_token(self) -> str:
        """The shared token; fetched under the house's lock when there is none."""
        return tokens.obtain(self.account, self.tools)

    def fetch_access_token(self) -> None:
        """wechatpy's own way to the token has no time-out, no lock and a fixed address: never taken."""
        raise TypeError("tokens come from tokens.py")

    def _request(self, method: str, url_or_endpoint: str, **parts: Any) -> Any:
        """One call: the decoded dict, or the http.Response itself with `raw=True` when the answer is no JSON object."""
        url = self._address(url_or_endpoint, parts.pop("api_base_url", self.API_BASE_URL))
        raw, max_bytes = parts.pop("raw", False), parts.pop("max_bytes", http.MAX_ANSWER_BYTES)
        process = parts.pop("result_processor", None)
        request = _solid(parts) | {"max_bytes": max_bytes, "timeout": self.tools.timeout}
        token = self.access_token
        try:
            answer = self._once(method, url, token, request, raw)
        except Answered as refusal:
            if refusal.code not in TOKEN_CODES:
                raise
            tokens.forget(self.account, self.tools, token)
            answer = self._once(method, url, self.access_token, request, raw)
        return process(answer) if process else answer

    def _once(self, method: str, url: str, token: str, request: Mapping[str, Any], raw: bool) -> Any:
        params = {"access_token": token} | dict(request["params"])
        response = http.call(method.upper(), url, **{**request, "params": params})
        return reading(response) if raw else decode(response)

    def _address(self, url_or_endpoint: str, base: str) -> str:
        """The address at the account's own origin, also where wechatpy has the official one written out."""
        url = url_or_endpoint if url_or_endpoint.startswith(("http://", "https://")) else base + url_or_endpoint
        return origin(self.account) + url.removeprefix(OFFICIAL_ORIGIN) if url.startswith(OFFICIAL_ORIGIN + "/") else url


def _solid(parts: dict[str, Any]) -> dict[str, Any]:
    """wechatpy's request in httpx's words: a dict becomes raw UTF-8 JSON (40033 else), streams become bytes."""
    out: dict[str, Any] = {"params": dict(parts.get("params") or {})}
    data, files = parts.get("data"), parts.get("files")
    if files:
        out["files"] = {name: _whole(file) for name, file in files.items()}
        out["data"] = data or {}
    elif isinstance(data, Mapping):
        out["content"] = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
        out["headers"] = {"Content-Type": JSON_TYPE}
    elif data is not None:
        out["content"] = data
    return out


def _whole(file: Any) -> Any:
    if isinstance(file, tuple):
        return (file[0], _whole(file[1]), *file[2:])
    return file.read() if hasattr(file, "read") else file
