"""One HTTP server that speaks the robots' protocols as their documentation has them. It shares no code with the connectors."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.pretend_pagers.robots import ROUTES

GARBAGE = b'{"errcode": 0, "errmsg": "ok"'  # cut off
HANG_SECONDS = 20.0


@dataclass
class Got:
    """One request that came."""

    path: str
    query: dict[str, str]
    body: Any
    headers: dict[str, str]


@dataclass
class Pretend:
    """The server as tests see it. `mode`: "ok", "code:45009", "http:429", "drop", "hang", "drip", "garbage", "html", "body"."""

    mode: str = "ok"
    secret: str = ""  # a robot's signing secret; "" = it wants none
    got: list[Got] = field(default_factory=list)
    taken: list[Got] = field(default_factory=list)  # those answered with success
    token: str = "T1"  # the access_token that is valid
    tokens_given: int = 0
    url: str = ""
    body: bytes = b""  # for the mode "body"
    release: threading.Event = field(default_factory=threading.Event)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._take()

    def do_POST(self) -> None:
        self._take()

    def log_message(self, *_: object) -> None:
        """Silent."""

    def _take(self) -> None:
        pretend: Pretend = self.server.pretend  # type: ignore[attr-defined]
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        try:
            body = json.loads(raw) if raw else {}
        except ValueError:
            body = raw.decode(errors="replace")
        got = Got(parts.path, query, body, {name.lower(): value for name, value in self.headers.items()})
        pretend.got.append(got)
        self._answer(pretend, got)

    def _answer(self, pretend: Pretend, got: Got) -> None:
        kind, _, value = pretend.mode.partition(":")
        if kind == "drop":
            self.close_connection = True
        elif kind in ("hang", "drip"):
            self._slow(pretend, drip=kind == "drip")
        elif kind == "garbage":
            self._write(200, GARBAGE)
        elif kind == "body":
            self._write(200, pretend.body)
        elif kind == "html":
            self._write(502, b"<html>Bad Gateway</html>")
        elif kind == "http":
            self._write(int(value), b"{}")
        elif kind == "code":
            self._write(200, json.dumps({"errcode": int(value), "code": int(value), "errmsg": "no", "msg": "no"}).encode())
        else:
            self._truly(pretend, got)

    def _truly(self, pretend: Pretend, got: Got) -> None:
        route = next((route for path, route in ROUTES.items() if got.path.startswith(path)), None)
        if route is None:
            self._write(404, b"{}")
            return
        said = route(pretend, got)
        if said.get("errcode", said.get("code")) == 0 and not got.path.endswith("/gettoken"):
            pretend.taken.append(got)
        self._write(200, json.dumps(said).encode())

    def _slow(self, pretend: Pretend, *, drip: bool) -> None:
        self.close_connection = True
        if drip:
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
        for _ in range(int(HANG_SECONDS / 0.05)):
            if pretend.release.wait(0.05):
                return
            if drip:
                self.wfile.write(b" ")
                self.wfile.flush()

    def _write(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def platform(mode: str = "ok", **values: Any) -> Iterator[Pretend]:
    """A server on a free port of 127.0.0.1 until the block ends."""
    pretend = Pretend(mode, **values)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.pretend = pretend  # type: ignore[attr-defined]
    pretend.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield pretend
    finally:
        pretend.release.set()
        server.shutdown()
        server.server_close()
