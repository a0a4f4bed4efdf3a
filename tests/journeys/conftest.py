"""One installation and one browser for the journeys of a module."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.journeys.stack import Stack, running

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
QUIET += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("journey")) as found:
        yield found


@pytest.fixture(scope="module")  # while it lives an event loop runs in this thread, which other modules cannot bear
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine; .ci/run installs it")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield found
        found.close()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where a journey leaves its screenshots: docs/images when HUIYIN_PICTURES says so, else nowhere that lasts."""
    import os

    return Path(os.environ.get("HUIYIN_PICTURES") or tmp_path)
