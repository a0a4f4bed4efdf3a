"""The one way out to a platform: bounded in time and size, and honest about whether the request left.

Redirects are not followed, proxies come from the account or not at all, and no error text carries an address
with its query (tokens stand there).
"""

import ipaddress
import json
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpx

from policies.facts import Outcome, Result

CONNECT_SECONDS = 5.0
PATIENCE = 3  # times the time-out of one wait, for a whole answer
MAX_ANSWER_BYTES = 2 * 1024 * 1024


class NotSent(Exception):
    """The request surely did not reach the platform: no connection was made."""


class MaybeSent(Exception):
    """The connection broke or timed out after the request may have left."""


class TooLarge(Exception):
    """The answer is larger than allowed. The request did arrive."""


class Forbidden(Exception):
    """The address points into a private network and is not the account's own origin."""


@dataclass(frozen=True, slots=True)
class Response:
    """A platform's answer, whole."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    content: bytes = field(repr=False)

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", errors="replace")


@cache
def _client() -> httpx.Client:
    return httpx.Client(
        trust_env=False,
        follow_redirects=False,
        limits=httpx.Limits(max_connections=200, max_keepalive_connections=50, keepalive_expiry=20),
    )


def call(
    method: str, url: str, *, timeout: float = 10.0, max_bytes: int = MAX_ANSWER_BYTES, client: httpx.Client | None = None, **parts: Any
) -> Response:
    """One request. `parts` are httpx's params, data, json, content, files, headers. `timeout` in seconds.

    Raises NotSent, MaybeSent or TooLarge; an HTTP error status is an answer, not an exception.
    """
    limit = httpx.Timeout(timeout, connect=min(timeout, CONNECT_SECONDS))
    latest = time.monotonic() + timeout * PATIENCE  # `timeout` bounds each wait; who sends a byte now and then would never end
    try:
        with (client or _client()).stream(method, url, timeout=limit, **parts) as answer:
            content = bytearray()
            for chunk in answer.iter_bytes():
                content += chunk
                if len(content) > max_bytes:
                    raise TooLarge(f"answer over {max_bytes} bytes")
                if time.monotonic() > latest:
                    raise MaybeSent("TooSlow")
            return Response(answer.status_code, {k.lower(): v for k, v in answer.headers.items()}, bytes(content))
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
        raise NotSent(type(error).__name__) from None
    except httpx.HTTPError as error:
        raise MaybeSent(type(error).__name__) from None


Meaning = tuple[Outcome, str, float | None]
"""What a platform's code means: an outcome, words for staff, and the seconds for which the whole gateway must pause (None = not)."""

ANSWER_BYTES = 64 * 1024  # a robot's answer is some hundred bytes


def asked(method: str, url: str, *, timeout: float, **parts: Any) -> Response | Result:
    """For pagers: one request, or the Result of having had no answer."""
    try:
        return call(method, url, timeout=timeout, max_bytes=ANSWER_BYTES, **parts)
    except (NotSent, Forbidden) as error:
        return Result(Outcome.RETRY, code="not sent", error=f"连不上平台 / no connection ({error})")
    except (MaybeSent, TooLarge) as error:
        return Result(Outcome.UNKNOWN, code="no answer", error=f"平台没有给出完整的回答 / no whole answer ({error})")


def judged(answer: Response | Result, names: Sequence[str], codes: Mapping[int, Meaning]) -> Result:
    """For pagers: what an answer says. Success is the number 0 under the first of `names` that is there, and nothing else.

    The HTTP status is not looked at, but for an answer that cannot be read: a refusal comes with 200 as well.
    """
    if isinstance(answer, Result):
        return answer
    data = mapping_of(answer)
    code = next((data[name] for name in names if name in data), None)
    if not isinstance(code, int) or isinstance(code, bool):
        limited = answer.status == 429
        words = "发送过快 / too fast" if limited else "平台的回答无法读懂 / the answer could not be read"
        return Result(Outcome.RETRY if limited else Outcome.UNKNOWN, code=f"http {answer.status}", error=words)
    if code == 0:
        return Result(Outcome.SENT)
    outcome, words, pause = codes.get(code, (Outcome.REFUSED, "平台返回未知代码 / unknown code", None))
    return Result(outcome, code=str(code)[:20], error=words, retry_after=pause, account_wide=pause is not None)


def mapping_of(answer: Response) -> Mapping[str, Any]:
    """The answer's JSON object; {} when it is none."""
    try:
        data = json.loads(answer.content)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def download(url: str, *, own_origin: str, timeout: float, max_bytes: int, **parts: Any) -> Response:
    """Fetch an attachment. An address outside `own_origin` must be public (no loopback, private or link-local host).

    Raises Forbidden, NotSent, MaybeSent or TooLarge.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise Forbidden("not a web address")
    if _origin(url) != _origin(own_origin):
        _refuse_private(urlsplit(url).hostname or "")
    return call("GET", url, timeout=timeout, max_bytes=max_bytes, **parts)


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port


def _refuse_private(host: str) -> None:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotSent("name not found") from error
    if not found or any(not ipaddress.ip_address(entry[4][0]).is_global for entry in found):
        raise Forbidden("private address")
