"""A wrong subject is corrected, a training is watched, the new model reads the same words rightly, and one click returns.

With a real Rasa, kept by the launcher's own supervision, on a small part of the sentences so that it takes half a minute.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from bot.worker.demo import PASSWORD
from nlu import serve
from nlu.client import Rasa
from tests.engines.children import ROOT, end, start
from tests.journeys import reduced
from tests.journeys.stack import Stack, running, until
from tests.nlu.trained import RASA_PYTHON

pytestmark = [
    pytest.mark.skipif(not RASA_PYTHON.is_file(), reason="Rasa's environment .venv-rasa is not here: `make test` makes it"),
    pytest.mark.timeout(400),
]
TEXT = "滨河步道边上的共享充电宝柜子吞了押金不退，这事归哪个单位管？"
TRAINED = 240_000  # milliseconds; half a minute on an idle machine


def train_base(folder: Path, env: dict[str, str]) -> Path:
    """The base model of the small part, as `make run` trains it."""
    words = [sys.executable, "-m", "nlu.train", "--python", str(RASA_PYTHON), "--out", str(folder)]
    done = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(folder.glob("*.tar.gz"))


@contextmanager
def rasa(data: Path, env: dict[str, str]) -> Iterator[dict[str, Any]]:
    """One Rasa process as the launcher keeps it, serving the base model."""
    words = [sys.executable, "-m", "tests.chaos.kept", str(data), str(RASA_PYTHON), str(train_base(data / "models", env)), "1"]
    keeper = start(words, data / "keeper.log", env=env, cwd=ROOT)
    try:
        until((data / "rasa.json").is_file, 20)
        yield json.loads((data / "rasa.json").read_text())
    finally:
        end(keeper, grace=10)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("learning")
    reduced.write(folder / "sentences")
    own = {"NLU_DATA": str(folder / "sentences"), "NLU_PYTHON": str(RASA_PYTHON)}
    (folder / "data").mkdir()
    with rasa(folder / "data", {**os.environ, **own}) as told:
        settings = {"NLU_URL": told["urls"][0], "NLU_TOKEN": told["tokens"][0], **own}
        with running(folder, **settings) as found:
            client = Rasa(told["urls"], told["tokens"], timeout=2)
            until(lambda: client.status()[0].ok, 120)
            yield found


def read_anew(stack: Stack, citizen: str) -> dict[str, Any]:
    """The same words from another citizen; their ticket, once Rasa has read it."""
    api = stack.caller("supervisor")

    def tickets() -> dict[str, dict[str, Any]]:
        return {row["number"]: row for row in api.get("/tickets", params={"account": "health-wechat"}).json()["items"]}

    known = set(tickets())
    stack.say("health-wechat", citizen, TEXT)
    new = until(lambda: [row for number, row in tickets().items() if number not in known], 60)
    return dict(new[0])


def supervisor_at_desk(browser: Browser, stack: Stack) -> Page:
    """The supervisor above all departments, who sets up a second factor at the first sign-in."""
    page = browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900}).new_page()
    page.goto(stack.web)
    page.locator("input[name=username]").fill("leader")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("button.main").click()
    page.locator("#id_code").wait_for()
    words = "from bot.staff.models import Person; from bot.staff.signin import totp_address"
    address = stack.manage("shell", "-v0", "-c", f"{words}; print(totp_address(Person.objects.get(username='leader')))")
    page.locator("#id_code").fill(pyotp.parse_uri(address).now())
    page.locator("#id_code").press("Enter")
    expect(page.get_by_role("heading", name="诉求队列")).to_be_attached()
    return page


def correct(desk: Page, stack: Stack, number: str, subject: str) -> None:
    desk.goto(f"{stack.web}/tickets/{number}")
    desk.locator(".reading a").first.click()
    desk.locator("#id_subject").select_option(subject)
    desk.get_by_role("button", name="保存更正").click()
    expect(desk.locator(".reading").first).to_contain_text("已更正为")


def retrain(desk: Page, stack: Stack, pictures: Path) -> None:
    desk.goto(f"{stack.web}/learning/")
    expect(desk.locator("#new-corrections")).to_have_text("1")
    desk.get_by_role("button", name="用更正重新训练").click()
    expect(desk.locator("#training progress")).to_be_visible()
    expect(desk.locator(".log")).to_contain_text("约需一分钟", timeout=60_000)
    desk.screenshot(path=pictures / "learning.png")
    expect(desk.locator("#outcome")).to_have_text("已换用新模型", timeout=TRAINED)


def test_a_correction_is_learnt_and_the_model_is_returned_to(stack: Stack, browser: Browser, pictures: Path) -> None:
    before = read_anew(stack, "市民一")
    assert before["subject"], before
    wanted = "technology" if before["subject"] != "technology" else "education"
    desk = supervisor_at_desk(browser, stack)
    correct(desk, stack, before["number"], wanted)
    retrain(desk, stack, pictures)
    assert serve.promoted(stack.folder / "data" / "models") is not None, "the launcher would serve it after a restart"

    assert read_anew(stack, "市民二")["subject"] == wanted
    desk.get_by_role("button", name="退回此模型").first.click()
    expect(desk.locator("body")).to_contain_text("已退回所选的模型")
    assert read_anew(stack, "市民三")["subject"] == before["subject"]
    assert serve.promoted(stack.folder / "data" / "models") is None
    desk.context.close()
