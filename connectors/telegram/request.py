"""python-telegram-bot's way out: its `BaseRequest`, with our bounds in time and size.

The stock HTTPXRequest reads answers of any size, takes proxies from the environment and loses the HTTP status of
most errors. This one streams up to a limit, and names what PTB's own exceptions do not tell apart.
"""

import json
import ssl
from functools import cache
from typing import Any

import httpx
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

from connectors.telegram.limits import DATA

_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)
_FOR_PTB = (400, 401, 403, 404, 409)  # telegram.request._baserequest makes good exceptions of these
_SMALL = 64 * 1024  # an error envelope is never larger


class NotSent(NetworkError):
    """No connection was made: the request surely did not reach Telegram."""


class Unusable(Exception):
    """Token, address or proxy are such that not even a client can be made."""


class HttpFailure(NetworkError):
    """An HTTP status that is no answer of the Bot API, or one PTB does not tell apart."""

    def __init__(self, status: int, description: str = "") -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.description = description


class TooFast(NetworkError):
    """429. Not PTB's RetryAfter, which raises a deprecation warning whenever it is made."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"retry after {retry_after} s")
        self.retry_after = retry_after  # seconds


class TooLarge(NetworkError):
    """The answer is larger than allowed. The request did arrive."""


@cache
def _trust() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)  # made once: it costs more than all else in a client


class Line(BaseRequest):
    """The connections to one origin (through one proxy). POST is a call, GET a file."""

    def __init__(self, proxy: str = "") -> None:
        http = DATA["http"]
        self._connect = float(http["connect_seconds"])
        # Idle connections are dropped before the server drops them: a call lost in that race would be UNKNOWN.
        self._client = httpx.AsyncClient(
            verify=_trust(),
            proxy=proxy or None,
            trust_env=False,
            follow_redirects=False,
            limits=httpx.Limits(max_connections=http["connections"], max_keepalive_connections=20, keepalive_expiry=2),
            headers={"User-Agent": self.USER_AGENT, "Accept-Encoding": "identity"},
        )

    @property
    def read_timeout(self) -> float:
        """Seconds, where a call names none."""
        return 10.0

    async def initialize(self) -> None:
        """Nothing: the client connects when first used."""

    async def shutdown(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """One request, whole. `read_timeout` bounds each wait; the others follow it.

        Raises NotSent, TimedOut, NetworkError, TooLarge, TooFast or HttpFailure.
        """
        wait = float(read_timeout) if isinstance(read_timeout, int | float) else self.read_timeout
        limit = httpx.Timeout(wait, connect=min(wait, self._connect), pool=min(wait, self._connect))
        parts = {"data": request_data.json_parameters, "files": request_data.multipart_data} if request_data else {}
        try:
            status, content = await self._exchange(method, url, timeout=limit, **parts)
        except _UNSENT as error:
            raise NotSent(type(error).__name__) from error
        except httpx.InvalidURL:
            raise NotSent("InvalidURL") from None
        except httpx.TimeoutException as error:
            raise TimedOut(type(error).__name__) from error
        except httpx.HTTPError as error:
            raise NetworkError(type(error).__name__) from error
        file_had = method == "GET" and 200 <= status <= 299  # a citizen's file may itself look like an envelope
        return (status, content) if file_had else _told_apart(status, content)

    async def _exchange(self, method: str, url: str, **parts: Any) -> tuple[int, bytes]:
        cap = int(DATA["files"]["download_max_bytes"] if method == "GET" else DATA["http"]["answer_max_bytes"])
        content = bytearray()
        async with self._client.stream(method, url, **parts) as answer:
            async for chunk in answer.aiter_bytes():
                content += chunk
                if len(content) > cap:
                    raise TooLarge(f"answer over {cap} bytes")
            return answer.status_code, bytes(content)


def _told_apart(status: int, content: bytes) -> tuple[int, bytes]:
    """The answer for PTB to read, or the error it would blur."""
    envelope = _envelope(content)
    if 200 <= status <= 299:
        if envelope.get("ok") is not False:
            return status, content
        status = _whole(envelope.get("error_code"), 500)  # a gateway that answers 200 and says no inside
    parameters = envelope.get("parameters")
    named = parameters if isinstance(parameters, dict) else {}
    if status == 429 or "retry_after" in named:
        raise TooFast(_pause(named.get("retry_after")))
    if status in (401, 404) or (status in _FOR_PTB and envelope.get("ok") is False):
        return status, content
    raise HttpFailure(status, str(envelope.get("description", "")))


def _envelope(content: bytes) -> dict[str, Any]:
    if len(content) > _SMALL:
        return {}
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _pause(seconds: object) -> int:
    pace = DATA["pace"]
    return min(_whole(seconds, int(pace["retry_seconds"])), int(pace["retry_max_seconds"]))


def _whole(value: object, default: int) -> int:
    try:
        number = int(str(value))
    except ValueError:
        return default
    return number if number > 0 else default
