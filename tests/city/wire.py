"""HTTP/1.1 in few lines, for the pretend platforms: a hundred thousand calls must not cost a minute of the second core."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

MOST = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Call:
    """One request of the product."""

    path: str
    query: dict[str, str]
    content_type: str
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body or b"{}")

    def fields(self) -> dict[str, Any]:
        """The body's fields, whether JSON or a form."""
        if "json" in self.content_type:
            found = self.json()
            return found if isinstance(found, dict) else {}
        return {name: values[0] for name, values in parse_qs(self.body.decode(), keep_blank_values=True).items()}


type Answer = Callable[[Call], bytes | None]  # the body of a 200, or None: the connection is cut without a word


class Line(asyncio.Protocol):
    """One connection: requests one after the other, answered at once."""

    def __init__(self, answer: Answer, lines: "set[Line]") -> None:
        self._answer, self._lines, self._buffer = answer, lines, b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._lines.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._lines.discard(self)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while self.transport is not None and (call := self._next()) is not None:
            body = self._answer(call)
            if body is None:
                self.transport.abort()
                return
            kind = b"application/json; charset=utf-8"
            self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n%b" % (kind, len(body), body))

    def _next(self) -> Call | None:
        head, mark, rest = self._buffer.partition(b"\r\n\r\n")
        if not mark:
            return None
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = min(int(headers.get("content-length", "0")), MOST)
        if len(rest) < length:
            return None
        self._buffer = rest[length:]
        parts = urlsplit(first.split(" ")[1])
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        return Call(unquote(parts.path), query, headers.get("content-type", ""), rest[:length])
