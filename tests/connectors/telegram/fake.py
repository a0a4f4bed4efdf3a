"""A small real Bot API server on 127.0.0.1: parses query, form, multipart and JSON, and fails as it is told to."""

import json
import threading
import time
from dataclasses import dataclass, field
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Fault:
    """What the next calls of one method get instead of an answer."""

    status: int = 200
    body: bytes | None = None  # whole answer; None = an envelope with `description`
    description: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    hang: float = 0.0  # seconds between taking the request in and answering
    drop: bool = False  # close the connection without an answer
    times: int = 1
    headers: dict[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        if self.body is not None:
            return self.body
        envelope: dict[str, Any] = {"ok": False, "error_code": self.status, "description": self.description}
        return json.dumps(envelope | ({"parameters": self.parameters} if self.parameters else {})).encode()


class QuietServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is part of the tests."""


class FakeTelegram:
    """One bot and its world. `calls` holds every request as (method, fields), `results` what to answer instead."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.faults: dict[str, list[Fault]] = {}
        self.results: dict[str, Any] = {}
        self.updates: list[dict[str, Any]] = []
        self.files: dict[str, bytes] = {}
        self.webhook: dict[str, Any] = {"url": "", "has_custom_certificate": False, "pending_update_count": 0}
        self._lock = threading.Lock()
        self._server = QuietServer(("127.0.0.1", 0), self._handler())
        self.origin = f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def fail(self, method: str, **how: Any) -> None:
        self.faults.setdefault(method, []).append(Fault(**how))

    def sent(self, method: str = "sendMessage") -> list[dict[str, Any]]:
        return [fields for name, fields in self.calls if name == method]

    def take(self, method: str, fields: dict[str, Any]) -> tuple[int, Any]:
        """Status and answer of one call; a Fault as answer is carried out by the handler."""
        with self._lock:
            self.calls.append((method, fields))
            if self.faults.get(method):
                fault = self.faults[method][0]
                fault.times -= 1
                if fault.times <= 0:
                    self.faults[method].pop(0)
                return fault.status, fault
            if method in self.results:
                return 200, {"ok": True, "result": self.results[method]}
            found = getattr(self, f"_{method.lower()}", None)
            return found(fields) if found else (404, {"ok": False, "error_code": 404, "description": "Not Found: method not found"})

    def _getme(self, fields: dict[str, Any]) -> tuple[int, Any]:
        head = self.token.partition(":")[0]
        bot_id = int(head) if head.isdigit() else 7001
        return 200, {"ok": True, "result": {"id": bot_id, "is_bot": True, "first_name": "回音", "username": "huiyin_demo_bot"}}

    def _sendmessage(self, fields: dict[str, Any]) -> tuple[int, Any]:
        chat = {"id": int(fields["chat_id"]), "type": "private" if int(fields["chat_id"]) > 0 else "supergroup"}
        if chat["id"] == -1001:
            chat |= {"type": "channel", "username": "shizheng_news", "title": "市政发布"}
        result = {"message_id": len(self.calls), "date": 1791000000, "chat": chat, "text": fields["text"]}
        return 200, {"ok": True, "result": result}

    def _getupdates(self, fields: dict[str, Any]) -> tuple[int, Any]:
        if self.webhook["url"]:
            text = "Conflict: can't use getUpdates method while webhook is active"
            return 409, {"ok": False, "error_code": 409, "description": text}
        offset = int(fields.get("offset", 0))
        self.updates = [update for update in self.updates if not offset or update["update_id"] >= offset]
        return 200, {"ok": True, "result": self.updates[: int(fields["limit"])]}

    def _setwebhook(self, fields: dict[str, Any]) -> tuple[int, Any]:
        self.webhook["url"] = fields["url"]
        return 200, {"ok": True, "result": True}

    def _deletewebhook(self, fields: dict[str, Any]) -> tuple[int, Any]:
        self.webhook["url"] = ""
        return 200, {"ok": True, "result": True}

    def _getwebhookinfo(self, fields: dict[str, Any]) -> tuple[int, Any]:
        return 200, {"ok": True, "result": self.webhook}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        world = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                path = urlsplit(self.path).path
                prefix = f"/file/bot{world.token}/"
                if path.startswith(prefix):
                    found = world.files.get(path.removeprefix(prefix))
                    return self._write(200 if found is not None else 404, found or b"{}")
                return self.do_POST()

            def do_POST(self) -> None:
                parts = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                head, _, method = parts.path.lstrip("/").rpartition("/")
                if head != f"bot{world.token}":
                    return self._write(401, b'{"ok":false,"error_code":401,"description":"Unauthorized"}')
                fields = dict(parse_qsl(parts.query)) | form(self.headers.get("content-type", ""), body)
                return self._answer(*world.take(method, fields))

            def _answer(self, status: int, answer: Any) -> None:
                if not isinstance(answer, Fault):
                    return self._write(status, json.dumps(answer).encode())
                time.sleep(answer.hang)
                if answer.drop:
                    self.close_connection = True
                    return None
                return self._write(status, answer.content(), answer.headers)

            def _write(self, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
                try:
                    self.send_response(status)
                    for name, value in {"content-length": str(len(content)), **(headers or {})}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(content)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        return Handler


def form(content_type: str, body: bytes) -> dict[str, Any]:
    """The fields of a body; nested objects arrive as JSON text inside a field and are read too."""
    if content_type.startswith("application/json"):
        return dict(json.loads(body or b"{}"))
    if content_type.startswith("multipart/"):
        message = message_from_bytes(b"content-type: " + content_type.encode() + b"\r\n\r\n" + body)
        parts: list[Any] = list(message.walk())[1:]
        return {part.get_param("name", header="content-disposition"): part.get_payload(decode=True).decode() for part in parts}
    return {name: _nested(value) for name, value in parse_qsl(body.decode(), keep_blank_values=True)}


def _nested(value: str) -> Any:
    return json.loads(value) if value[:1] in "{[" and value[-1:] in "}]" else value
