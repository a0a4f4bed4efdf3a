"""A running server on the tests' own database, and a real browser.

In a package of its own: while Playwright's plain API is open, no other test of this thread can run an event loop.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.db import connection, connections
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from bot.staff.access import Actor
from tests.console.browser.line import Line
from tests.console.town import session_of

# Playwright's plain API runs an event loop in this thread; Django would then refuse the plain database calls of the tests.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

ROOT = Path(__file__).resolve().parents[3]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
QUIET += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _database_url() -> str:
    parts = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{parts['NAME']}"
    return f"postgresql://{parts['USER']}:{parts['PASSWORD']}@{parts['HOST']}:{parts['PORT']}/{parts['NAME']}"


@pytest.fixture(scope="package")
def site(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The web process on the tests' database; yields its port."""
    port = _free_port()
    env = {**os.environ, "DATABASE_URL": _database_url(), "HUIYIN_DATA": str(settings.DATA), "HUIYIN_SECRET_KEY": settings.SECRET_KEY}
    env |= {"HUIYIN_PUBLIC_URL": f"http://127.0.0.1:{port}", "DJANGO_SETTINGS_MODULE": "bot.settings", "NLU_URL": ""}
    argv = [sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", str(port), "bot.asgi:application"]
    log = tmp_path_factory.mktemp("site") / "web.log"
    with log.open("wb") as out, subprocess.Popen(argv, cwd=ROOT, env=env, stdout=out, stderr=out) as process:
        try:
            _await_answer(port, process, log)
            yield port
        finally:
            process.terminate()
            process.wait(20)


def _await_answer(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        try:
            httpx.get(f"http://127.0.0.1:{port}/login/", timeout=5)
        except httpx.TransportError:
            assert process.poll() is None, log.read_text()[-2000:]
            time.sleep(0.1)
        else:
            return
    raise AssertionError(log.read_text()[-2000:])


@pytest.fixture(scope="module")  # while it lives an event loop runs in this thread, which other modules cannot bear
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine; .ci/run installs it")
    connections.close_all()  # Django keeps one connection for while a loop runs and one for else; neither may grow stale
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield found
        found.close()
        connections.close_all()


@pytest.fixture
def line(site: int) -> Iterator[Line]:
    found = Line(site)
    yield found
    found.close()


@pytest.fixture
def screen(transactional_db: None, line: Line, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Makes pages: `screen(actor, width=390, english=True)`. Anything the browser complains about fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def show(actor: Actor | None = None, *, width: int = 1280, height: int = 800, english: bool = False, **options: Any) -> Page:
        locale = "en-GB" if english else "zh-CN"
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale=locale, base_url=f"http://127.0.0.1:{line.port}", **options
        )
        contexts.append(context)
        if actor is not None:
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": session_of(actor), "url": f"http://127.0.0.1:{line.port}"}]
            )
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None)
        page.on("request", lambda asked: complaints.append(asked.url) if not asked.url.startswith(("http://127.0.0.1:", "data:")) else None)
        return page

    yield show
    for context in contexts:
        context.close()
    assert complaints == []
