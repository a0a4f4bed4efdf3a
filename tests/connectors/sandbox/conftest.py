"""One real sandbox process and one echo webhook for all tests of this folder, emptied before each."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.connectors.sandbox.echo import Echo, serve

ROOT = Path(__file__).parents[3]
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
CREDENTIALS = {
    "wechat": {"app_id": "wx0000000000000001", "app_secret": "secret-1", "token": "simtoken", "aes_key": AES_KEY, "mode": "plain"},
    "weibo": {"app_key": "key1", "app_secret": "xyz123xyz", "access_token": "2.00one", "uid": "1234567890", "safe_domain": "gov.example"},
    "telegram": {"bot_token": "123456:TEST-token", "secret_token": "hook-secret", "chat_id": "-1001234567890"},
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Sim:
    """Short words for what tests do to the sandbox."""

    def __init__(self, base: str, echo: Echo) -> None:
        self.base, self.echo = base, echo
        self.http = httpx.Client(base_url=base, trust_env=False, timeout=20)

    def post(self, path: str, data: Any = None, **parts: Any) -> Any:
        answer = self.http.post(path, json=data or {}, **parts)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def get(self, path: str, **query: Any) -> Any:
        return self.http.get(path, params=query).json()

    def account(self, platform: str, account_id: str = "a1", *, kind: str = "", hook: bool = True, **credentials: Any) -> str:
        """Register an account whose hook is the echo server."""
        if platform == "wechat":
            kind = kind or "service_certified"
        given = {**CREDENTIALS[platform], **credentials}
        url = f"{self.echo.url}/hooks/{platform}/{account_id}" if hook else ""
        data = {"id": account_id, "platform": platform, "name": f"账号{account_id}", "kind": kind, "credentials": given, "hook_url": url}
        self.post("/sim/accounts?verify=0", data)
        return account_id

    def say(self, text: str = "你好", citizen: str = "张三", account: str = "a1", **more: Any) -> Any:
        return self.post("/sim/say", {"account": account, "citizen": citizen, "text": text, **more})

    def clock(self, seconds: float, **more: Any) -> None:
        self.post("/sim/clock", {"advance": seconds, **more})

    def limits(self, **values: Any) -> None:
        self.post("/sim/limits", {name.replace("__", "."): value for name, value in values.items()})

    def fault(self, mode: str, **more: Any) -> None:
        self.post("/sim/faults", {"mode": mode, **more})

    def texts(self, account: str = "a1") -> list[str]:
        """What citizens received, in order."""
        return [row["text"] for row in self.get("/sim/outbox", account=account)["rows"]]

    def bubbles(self, citizen: str = "张三", account: str = "a1") -> list[tuple[str, str]]:
        return [(row["direction"], row["text"]) for row in self.get("/sim/thread", account=account, citizen=citizen)["bubbles"]]


@pytest.fixture(scope="session")
def echo_server() -> Iterator[Echo]:
    echo = Echo()
    server = serve(echo)
    yield echo
    server.shutdown()


@pytest.fixture(scope="session")
def sandbox(echo_server: Echo) -> Iterator[Sim]:
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "connectors.sandbox", "--port", str(port)], cwd=ROOT, stdout=subprocess.DEVNULL)
    sim = Sim(f"http://127.0.0.1:{port}", echo_server)
    for _ in range(200):
        try:
            sim.http.get("/healthz")
            break
        except httpx.TransportError:
            time.sleep(0.05)
    yield sim
    process.terminate()
    process.wait(10)


@pytest.fixture
def sim(sandbox: Sim) -> Sim:
    """The sandbox without accounts, faults, messages; repeats come at once."""
    sandbox.post("/sim/reset", {"accounts": True})
    sandbox.echo.reset()
    sandbox.limits(push__gap_seconds=0.0, push__telegram_first_gap=0.01)
    return sandbox
