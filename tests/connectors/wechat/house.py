"""What the tests lend the connector: a token store, accounts, signed requests, and a scripted platform on 127.0.0.1."""

import hashlib
import json
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

import connectors.wechat
from connectors.contract import Inbound, Tools
from policies.facts import AccountFacts, Outgoing

FIXTURES = Path(connectors.wechat.__file__).parent / "fixtures"
NOW = datetime.fromtimestamp(1700000003, UTC)
TOKEN = "simtoken"
APP_ID = "wx0000000000000001"
SECRET = "canary0secret0canary0secret0cana"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OLD_KEY = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
CITIZEN = "oCitizen_000000000000000001"


class Store:
    """A TokenStore in memory that counts nothing and forgets nothing by itself."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.seconds: dict[str, float] = {}
        self._lock = threading.Lock()

    def get(self, key: str) -> str | None:
        return self.values.get(key)

    def put(self, key: str, value: str, seconds: float) -> None:
        self.values[key] = value
        self.seconds[key] = seconds

    def drop(self, key: str, value: str) -> None:
        if self.values.get(key) == value:
            del self.values[key]

    @contextmanager
    def lock(self, key: str, seconds: float) -> Iterator[bool]:
        held = self._lock.acquire(timeout=seconds)
        try:
            yield held
        finally:
            if held:
                self._lock.release()


class BusyStore(Store):
    """A store whose lock is always somebody else's."""

    @contextmanager
    def lock(self, key: str, seconds: float) -> Iterator[bool]:
        yield False


class KnowingStore(Store):
    """A store that has a token for every account."""

    def get(self, key: str) -> str | None:
        return "canarytoken-0"


class BrokenStore(Store):
    """A store that has lost its server; its exception carries an address, as real ones do."""

    def get(self, key: str) -> str | None:
        raise ConnectionError("redis://:password@host")


def account(mode: Any = "plain", *, base_url: str = "", kind: str = "", **credentials: Any) -> AccountFacts:
    """An account; `credentials` replace single ones, None removes."""
    known = {"app_id": APP_ID, "app_secret": SECRET, "token": TOKEN, "aes_key": KEY, "mode": mode} | credentials
    return AccountFacts("7", "wechat", "测试", kind, base_url, {name: value for name, value in known.items() if value is not None})


def tools(store: Store | None = None, *, timeout: float = 2.0, now: datetime = NOW) -> Tools:
    return Tools(store or Store(), now, timeout)


def item(text: str = "您好，已为您转办。", **more: Any) -> Outgoing:
    return Outgoing(**({"key": "k1", "kind": "text", "citizen": CITIZEN, "text": text, "first_tried_at": NOW} | more))


def fixture(name: str) -> bytes:
    return (FIXTURES / f"{name}.xml").read_bytes()


def sha1(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def query(*, at: str = "1700000000", nonce: str = "nonce1", **more: str) -> dict[str, str]:
    return {"signature": sha1(TOKEN, at, nonce), "timestamp": at, "nonce": nonce} | more


def post(body: bytes, **more: str) -> Inbound:
    """A plain push with a good signature."""
    return Inbound("POST", query(**more), {"content-type": "text/xml"}, body)


def seal(message: bytes, *, key: str = KEY, app_id: str = APP_ID, filler: bytes = b"") -> str:
    """The platform's side of the envelope, written without the code under test."""
    secret = b64decode(key + "=")
    plain = b"0123456789abcdef" + len(message).to_bytes(4, "big") + message + app_id.encode()
    pad = 32 - len(plain) % 32
    machine = Cipher(algorithms.AES(secret), modes.CBC(secret[:16])).encryptor()
    padding = (filler or bytes([pad])) * (pad - 1) + bytes([pad])
    return b64encode(machine.update(plain + padding) + machine.finalize()).decode()


def unseal(sealed: str, *, key: str = KEY) -> bytes:
    secret = b64decode(key + "=")
    machine = Cipher(algorithms.AES(secret), modes.CBC(secret[:16])).decryptor()
    plain = machine.update(b64decode(sealed)) + machine.finalize()
    return plain[20 : 20 + int.from_bytes(plain[16:20], "big")]


def post_sealed(message: bytes, *, beside: str = "", key: str = KEY, app_id: str = APP_ID, filler: bytes = b"", **more: str) -> Inbound:
    """A push in safe mode; with `beside`, the plain fields of compatible mode."""
    sealed = seal(message, key=key, app_id=app_id, filler=filler)
    signed = {"encrypt_type": "aes", "msg_signature": sha1(TOKEN, "1700000000", "nonce1", sealed)}
    body = f"<xml><ToUserName><![CDATA[gh_sim]]></ToUserName>{beside}<Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
    return Inbound("POST", query(**signed) | more, {}, body.encode())


# --- the platform ------------------------------------------------------------------------------


@dataclass
class Call:
    method: str
    path: str
    query: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Say:
    """One answer: an object as JSON in text/plain (as WeChat does), or bytes; `wait` seconds first; `cut` = hang up."""

    body: Any
    status: int = 200
    wait: float = 0.0
    cut: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


class Platform:
    """Scripted answers per path; the last one stays. Token calls give token-1, token-2, … unless scripted."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.calls: list[Call] = []
        self.script: dict[str, list[Say]] = {}
        self.token_wait = 0.0
        self._lock = threading.Lock()

    def says(self, path: str, *answers: Any) -> None:
        self.script[path] = [answer if isinstance(answer, Say) else Say(answer) for answer in answers]

    def sends(self, *answers: Any) -> None:
        self.says("/cgi-bin/message/custom/send", *answers)

    def count(self, path: str) -> int:
        return sum(call.path == path for call in self.calls)

    @property
    def token_calls(self) -> int:
        return self.count("/cgi-bin/stable_token")

    @property
    def send_calls(self) -> int:
        return self.count("/cgi-bin/message/custom/send")

    def answer(self, call: Call) -> Say:
        with self._lock:
            self.calls.append(call)
            answers = self.script.get(call.path)
            if answers:
                return answers.pop(0) if len(answers) > 1 else answers[0]
            number = self.token_calls
        if call.path == "/cgi-bin/stable_token":
            return Say({"access_token": f"canarytoken-{number}", "expires_in": 7200}, wait=self.token_wait)
        return Say({"errcode": 0, "errmsg": "ok"})


class _Handler(BaseHTTPRequestHandler):
    platform: Platform

    def do_POST(self) -> None:
        self._do()

    def do_GET(self) -> None:
        self._do()

    def _do(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        say = self.platform.answer(Call(self.command, parts.path, dict(parse_qsl(parts.query)), body))
        time.sleep(say.wait)
        if say.cut:
            self.close_connection = True
            return
        content = say.body if isinstance(say.body, bytes) else json.dumps(say.body, ensure_ascii=False).encode()
        self.send_response(say.status)
        for name, value in ({"Content-Type": "text/plain", "Content-Length": str(len(content))} | dict(say.headers)).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the output belongs to the tests."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hung up (a time-out under test) is no news."""


@contextmanager
def running() -> Iterator[Platform]:
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {}))
    platform = Platform(f"http://127.0.0.1:{server.server_port}")
    server.RequestHandlerClass.platform = platform  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield platform
    finally:
        server.shutdown()
        server.server_close()
