"""A small checkout for each test, and `make`-like runs of the launcher in it that cannot outlive the test."""

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.launch import options, uv

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LOCKS = ("requirements.txt", "requirements-dev.txt", "nlu/requirements.txt")


def two_free_ports() -> int:
    """A port that is free together with those above it, below the range the system hands out itself, apart for each test worker."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
    first = 20000 + worker % 4 * 3000
    for port in (first + random.randrange(0, 3000, 4) for _ in range(200)):
        with contextlib.suppress(OSError), socket.socket() as one, socket.socket() as two:
            one.bind(("127.0.0.1", port))
            two.bind(("127.0.0.1", port + 1))
            return port
    raise AssertionError("no two free ports")


class Checkout:
    """A folder to run the launcher in. Every process started below it carries `mark` in its environment."""

    def __init__(self, root: Path, tool: Path) -> None:
        self.root = root
        self.data = root / "var"
        self.port = two_free_ports()
        self.mark = f"HUIYIN_TEST={uuid.uuid4().hex}"
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "PYENV_ROOT", "LANG") if name in os.environ}
        # uv's cache below the checkout: nothing of the machine is changed, and nothing is downloaded
        own = {"UV": str(tool), "UV_OFFLINE": "1", "UV_CACHE_DIR": str(root / "cache"), "PORT": str(self.port)}
        self.env = {**kept, **own, "HUIYIN_RASA_PYTHON": os.environ.get("HUIYIN_RASA_PYTHON", ""), "HUIYIN_TEST": self.mark.split("=")[1]}
        self.output = root / "output.txt"

    def start(self, *command: str, **changes: str) -> "subprocess.Popen[bytes]":
        """Start the launcher (or another command) in the background, its output in `output`."""
        argv = [*(command or (sys.executable, "-m", "bot.launch", "run"))]
        with self.output.open("wb") as sink:
            return subprocess.Popen(argv, cwd=self.root, env={**self.env, **changes}, stdout=sink, stderr=sink, start_new_session=True)

    def call(self, *arguments: str, **changes: str) -> tuple[int, str]:
        """Run the launcher to its end: exit code and everything it said."""
        argv = [sys.executable, "-m", "bot.launch", *(arguments or ("run",))]
        done = subprocess.run(argv, cwd=self.root, env={**self.env, **changes}, capture_output=True, timeout=60, check=False)
        return done.returncode, (done.stdout + done.stderr).decode()

    def said(self) -> str:
        """What the background run has printed so far."""
        return self.output.read_text()

    def wait_for(self, words: str, seconds: float = 30) -> str:
        """The output, once it holds these words. Fails with the output where they do not come."""
        until = time.monotonic() + seconds
        while words not in self.said():
            assert time.monotonic() < until, f"“{words}” never came:\n{self.said()}"
            time.sleep(0.05)
        return self.said()

    def processes(self, part: str = "") -> list[int]:
        """Ids of the living processes of this checkout, those with `part` in their command line."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                ours = self.mark.encode() in (folder / "environ").read_bytes()
                if ours and part.encode() in (folder / "cmdline").read_bytes().replace(b"\0", b" "):
                    found.append(int(folder.name))
        return found

    def rasas(self) -> list[int]:
        """Ids of this checkout's Rasa processes, which get no more of our environment than they need, and so not the mark."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                words = (folder / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
                if "-m rasa run" in words and str(self.data) in words and "leash.py" not in words:
                    found.append(int(folder.name))
        return found

    def gone(self, seconds: float = 12) -> bool:
        """Whether all of its processes end within the time."""
        until = time.monotonic() + seconds
        while (self.processes() or self.rasas()) and time.monotonic() < until:
            time.sleep(0.1)
        return not self.processes() and not self.rasas()


@pytest.fixture(scope="session")
def uv_tool() -> Path:
    """The uv that made the environment these tests run in."""
    found = uv.find(options.read())
    assert found, "uv is gone since the set-up"
    return found


@pytest.fixture
def checkout(tmp_path: Path, uv_tool: Path) -> Iterator[Checkout]:
    """A small checkout with empty locks. Whatever still runs at the end of the test is killed."""
    root = tmp_path / "checkout"
    shutil.copytree(HERE / "checkout", root)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "bot/launch", root / "bot/launch", ignore=ignored)
    (root / "nlu").mkdir()
    for name in ("bot/__init__.py", "nlu/__init__.py", "nlu/serve.py", "nlu/train.py", "Makefile"):
        shutil.copy(ROOT / name, root / name)
    for name in (*LOCKS, "config.yml"):
        (root / name).write_text("# nothing\n")
    made = Checkout(root, uv_tool)
    yield made
    for process in made.processes():
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


@pytest.fixture
def running(checkout: Checkout) -> Callable[..., "subprocess.Popen[bytes]"]:
    """Start a run and wait until the web, the phones and Rasa have answered."""

    def start(*command: str, **changes: str) -> "subprocess.Popen[bytes]":
        process = checkout.start(*command, **changes)
        for words in ("回音已启动", "演示手机", "Rasa 已就绪"):
            checkout.wait_for(words)
        return process

    return start
