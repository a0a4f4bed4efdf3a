"""The one way out to a platform: bounded in time and size, and honest about whether the request left.

Redirects are not followed, proxies come from the account or not at all, and no error text carries an address
with its query (tokens stand there).
"""

import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpx

CONNECT_SECONDS = 5.0
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
    try:
        with (client or _client()).stream(method, url, timeout=limit, **parts) as answer:
            content = bytearray()
            for chunk in answer.iter_bytes():
                content += chunk
                if len(content) > max_bytes:
                    raise TooLarge(f"answer over {max_bytes} bytes")
            return Response(answer.status_code, {k.lower(): v for k, v in answer.headers.items()}, bytes(content))
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
        raise NotSent(type(error).__name__) from None
    except httpx.HTTPError as error:
        raise MaybeSent(type(error).__name__) from None


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
