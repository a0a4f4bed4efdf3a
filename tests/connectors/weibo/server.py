"""A local server that answers as a test tells it, and remembers what it was asked."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Told = tuple[int, bytes] | dict[str, Any] | list[Any] | None
Teller = Callable[[dict[str, str]], Told]


class FakeWeibo:
    """Routes by path; a route is an answer or a function of the request's fields. Every request is kept in `asked`."""

    def __init__(self) -> None:
        self.routes: dict[str, Told | Teller] = {}
        self.asked: list[tuple[str, str, str, dict[str, str]]] = []  # method, path, query as sent, fields of query and form
        self.bodies: list[bytes] = []
        self.delay = 0.0
        self.url = ""

    def answer(self, path: str, fields: dict[str, str]) -> tuple[int, bytes]:
        told = self.routes.get(path, (404, b"<html>no such page</html>"))
        found = told(fields) if callable(told) else told
        if isinstance(found, tuple):
            return found
        failed = isinstance(found, dict) and bool(found.get("error_code") or found.get("errcode"))
        return 400 if failed else 200, json.dumps(found).encode()

    def fields(self, path: str) -> list[dict[str, str]]:
        return [fields for _, asked, _, fields in self.asked if asked == path]


@contextmanager
def serving() -> Iterator[FakeWeibo]:
    fake = FakeWeibo()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._serve(b"")

        def do_POST(self) -> None:
            self._serve(self.rfile.read(int(self.headers.get("content-length", 0))))

        def _serve(self, body: bytes) -> None:
            parts = urlsplit(self.path)
            fields = dict(parse_qsl(parts.query)) | dict(parse_qsl(body.decode()))
            fake.asked.append((self.command, parts.path, parts.query, fields))
            fake.bodies.append(body)
            status, content = fake.answer(parts.path, fields)
            time.sleep(fake.delay)
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            return None

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:  # the other side hung up, which a test may want
                return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
