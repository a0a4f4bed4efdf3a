"""A pretend Rasa on 127.0.0.1 whose manners a test can choose."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "fake-token"
GOOD: dict[str, Any] = {
    "intent": {"name": "question", "confidence": 0.9},
    "subject": {"name": "health", "confidence": 0.8},
    "entities": [],
    "model": "m1",
}


class FakeRasa(ThreadingHTTPServer):
    """`manner`: good, slow, drip, error, garbage, huge or hang; `answer` is what good ones get."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int = 0) -> None:
        """Bind to loopback."""
        super().__init__(("127.0.0.1", port), _Handler)
        self.manner = self.puts = "good"
        self.answer: Any = GOOD
        self.seen: list[str] = []
        self.model_file = "right.tar.gz"
        self.released = threading.Event()

    @property
    def url(self) -> str:
        """The origin."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that gave up are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: FakeRasa

    def log_message(self, *_: Any) -> None:
        """Quiet."""

    def _allowed(self) -> bool:
        return parse_qs(urlsplit(self.path).query).get("token") == [TOKEN]

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        """/status."""
        self._send(200 if self._allowed() else 401, json.dumps({"model_file": self.server.model_file, "model_id": "m1"}).encode())

    def do_PUT(self) -> None:
        """/model: what `puts` says, good by default."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self._allowed():
            return self._send(401, b"{}")
        if self.server.puts == "error":
            return self._send(400, b"{}")
        self.server.model_file = body["model_file"].rpartition("/")[2] if self.server.puts == "good" else "another.tar.gz"
        self.send_response(204)
        self.end_headers()
        return None

    def do_POST(self) -> None:
        """/model/parse."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self._allowed():
            return self._send(401, b"{}")
        self.server.seen.append(json.loads(body)["text"])
        return getattr(self, f"_{self.server.manner}")()

    def _good(self) -> None:
        self._send(200, json.dumps(self.server.answer).encode())

    def _slow(self) -> None:
        time.sleep(0.05)
        self._good()

    def _error(self) -> None:
        self._send(500, b"ParsingError")

    def _garbage(self) -> None:
        self._send(200, b"<html>\xff not json")

    def _huge(self) -> None:
        self._send(200, b" " * 2_000_000)

    def _hang(self) -> None:
        self.server.released.wait(10)

    def _drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        for _ in range(100):
            if self.server.released.wait(0.05):
                return
            self.wfile.write(b" ")
            self.wfile.flush()


@contextmanager
def running(port: int = 0) -> Iterator[FakeRasa]:
    """A FakeRasa that answers until the block ends."""
    server = FakeRasa(port)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
