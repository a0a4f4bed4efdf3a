"""A small webhook server that stands in for Huiyin: it records what was pushed and answers what a test asks for."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass
class Pushed:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass
class Echo:
    """The server. `answer` makes status and body of each request; GET echoes `echostr` unless `deaf`."""

    answer: Callable[[Pushed], tuple[int, bytes]] = lambda _: (200, b"")
    delay: float = 0.0
    deaf: bool = False
    pushed: list[Pushed] = field(default_factory=list)
    url: str = ""

    def reset(self) -> None:
        self.answer, self.delay, self.deaf = (lambda _: (200, b"")), 0.0, False
        self.pushed.clear()

    def posts(self) -> list[Pushed]:
        return [row for row in self.pushed if row.method == "POST"]


def serve(echo: Echo) -> ThreadingHTTPServer:
    """Start it on a free port; its address is put into `echo.url`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Tests stay quiet."""

        def _record(self) -> Pushed:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
            row = Pushed(self.command, parts.path, query, {k.lower(): v for k, v in self.headers.items()}, body)
            echo.pushed.append(row)
            return row

        def _write(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            row = self._record()
            self._write(*((403, b"") if echo.deaf else (200, row.query.get("echostr", "").encode())))

        def do_POST(self) -> None:
            row = self._record()
            time.sleep(echo.delay)
            self._write(*echo.answer(row))

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A caller who hung up is part of the tests."""

    server = Quiet(("127.0.0.1", 0), Handler)
    echo.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
