"""What came back from the platform: a dict, an error code, or nothing that can be read (facts §5.2).

The status is 200 also for errors, the type may be text/plain, `errcode` may be missing (success) or a text.
"""

import json
from typing import Any

from connectors import http


class Answered(Exception):
    """The platform answered with an error code. The text of the exception is the code only."""

    def __init__(self, code: int, body: dict[str, Any]) -> None:
        super().__init__(str(code))
        self.code = code
        self.body = body

    @property
    def errmsg(self) -> str:
        found = self.body.get("errmsg")
        return found if isinstance(found, str) else ""


class Unclear(Exception):
    """An answer that says nothing certain: an HTTP error or a body that is no JSON object."""

    def __init__(self, status: int, retry_after: float | None = None) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.retry_after = retry_after


def decode(response: http.Response) -> dict[str, Any]:
    """The answer's object, which is a success. Raises Answered or Unclear."""
    body = _object(response)
    code = _code(body)
    if body is None or code is None or response.status >= 500:
        raise Unclear(response.status, _seconds(response.headers.get("retry-after", "")))
    if code:
        raise Answered(code, body)
    if not 200 <= response.status < 300:
        raise Unclear(response.status, _seconds(response.headers.get("retry-after", "")))
    return body


def reading(response: http.Response) -> dict[str, Any] | http.Response:
    """For calls that answer with bytes: the response itself, or the object where JSON came instead. Raises Answered or Unclear."""
    if 200 <= response.status < 300 and response.content.lstrip()[:1] != b"{":
        return response
    if 200 <= response.status < 300 and _object(response) is None:
        return response
    return decode(response)


def _object(response: http.Response) -> dict[str, Any] | None:
    try:
        found = json.loads(response.text.lstrip("\ufeff"), strict=False)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _code(body: dict[str, Any] | None) -> int | None:
    """The error code, 0 when there is none, None when what stands there is no number."""
    value = (body or {}).get("errcode", 0)
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        return int(value)
    except ValueError:
        return None


def _seconds(value: str) -> float | None:
    return float(value) if value.isascii() and value.isdigit() and len(value) < 7 else None
