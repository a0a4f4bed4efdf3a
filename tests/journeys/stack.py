"""The whole product on free ports: pretend platforms, web, work; in a folder of its own, ended with the test."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.engines.children import ROOT, end, free_port, start
from tests.journeys.laid import lay

PATIENCE = 60.0  # seconds; everything here usually takes less than five


@dataclass
class Stack:
    """A running installation."""

    folder: Path
    web_port: int
    sandbox_port: int
    env: Mapping[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    tokens: dict[tuple[str, str, str], str] = field(default_factory=dict)

    @property
    def web(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def sandbox(self) -> str:
        return f"http://127.0.0.1:{self.sandbox_port}"

    def manage(self, *words: str) -> str:
        """One command of manage.py, its output."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words], cwd=ROOT, env=dict(self.env), capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, f"manage.py {words[0]}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def start(self, name: str, *argv: str) -> None:
        self.processes[name] = start(argv, self.folder / f"{name}.log", env=self.env, cwd=ROOT)

    def say(self, account: str, citizen: str, text: str, **more: Any) -> Any:
        """A citizen writes; what the platform saw of our webhook's answer."""
        return httpx.post(f"{self.sandbox}/sim/say", json={"account": account, "citizen": citizen, "text": text, **more}, timeout=60).json()

    def heard(self, account: str, citizen: str) -> list[str]:
        """What the citizen's phone shows of us."""
        rows = httpx.get(f"{self.sandbox}/sim/outbox", params={"account": account}, timeout=30).json()["rows"]
        return [row["text"] for row in rows if row["citizen"] == citizen]

    def caller(self, role: str, department: str = "root", name: str = "") -> httpx.Client:
        """A program with a token of its own; asked for again, another client with the same one."""
        asked = (role, department, name)
        if asked not in self.tokens:
            self.tokens[asked] = self.manage("token", name or f"robot-{role}", "--role", role, "--department", department)
        return httpx.Client(base_url=f"{self.web}/api/v1", headers={"Authorization": f"Bearer {self.tokens[asked]}"}, timeout=30)

    def logs(self) -> str:
        return "\n".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("*.log")))


@contextlib.contextmanager
def running(folder: Path, *, demo: bool = True, **settings: str) -> Iterator[Stack]:
    """Sandbox, web and work in `folder`; `settings` go into their environment. Without `demo`, nothing is seeded."""
    stack = _laid(folder, demo, settings)
    if stack.env.get("DATABASE_URL"):
        stack.manage("migrate", "-v0")
    else:
        lay(folder / "data")
    accounts = folder / "data" / "sandbox.json"
    if demo:
        stack.manage("seed")
    else:
        accounts.write_text(json.dumps({"hook_origin": stack.web, "console_url": stack.web, "accounts": []}))
    with ended(stack):
        stack.start("sandbox", sys.executable, "-m", "connectors.sandbox", "--port", str(stack.sandbox_port), "--accounts", str(accounts))
        stack.start("web", *web_command(stack.web_port))
        stack.start("work", sys.executable, "manage.py", "work")
        until(lambda: httpx.get(f"{stack.web}/healthz", timeout=5).status_code == 200)
        until(lambda: httpx.get(f"{stack.sandbox}/sim/stats", timeout=5).status_code == 200)
        yield stack


def _laid(folder: Path, demo: bool, settings: Mapping[str, str]) -> Stack:
    web_port, sandbox_port = free_port(), free_port()
    origin = f"http://127.0.0.1:{web_port}"
    env = {**os.environ, "HUIYIN_DATA": str(folder / "data"), "PORT": str(web_port), "HUIYIN_DEMO": "1" if demo else "0"}
    env |= {
        "DJANGO_SETTINGS_MODULE": "bot.settings",
        "HUIYIN_PUBLIC_URL": origin,
        "HUIYIN_SECRET_KEY": "journey",
        "HUIYIN_UNDO_SECONDS": "5",
    }
    env |= {"HUIYIN_SANDBOX_URL": f"http://127.0.0.1:{sandbox_port}", **settings}
    return Stack(folder, web_port, sandbox_port, env)


@contextlib.contextmanager
def ended(stack: Stack) -> Iterator[None]:
    try:
        yield
    finally:
        for process in stack.processes.values():
            end(process, grace=5)


def web_command(port: int) -> list[str]:
    granian = str(Path(sys.executable).with_name("granian"))
    return [granian, "--interface", "asgi", "bot.asgi:application", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]


def until(condition: Any, seconds: float = PATIENCE) -> Any:
    """Wait for something to become true; its value. Fails after `seconds`."""
    end_at, last = time.monotonic() + seconds, None
    while time.monotonic() < end_at:
        try:
            if value := condition():
                return value
        except (httpx.HTTPError, json.JSONDecodeError) as error:
            last = error
        time.sleep(0.1)
    raise AssertionError(f"did not come true in {seconds} s ({last})")
