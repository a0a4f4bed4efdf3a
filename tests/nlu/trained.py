"""The one trained model of all tests with a real Rasa, and Rasa serving it."""

import fcntl
import os
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nlu import serve, train
from nlu.client import Rasa

ROOT = Path(__file__).parents[2]
RASA_PYTHON = Path(os.environ.get("HUIYIN_TEST_RASA_PYTHON") or ROOT / ".venv-rasa" / "bin" / "python")


def trained_model() -> Path:
    """What `make test` or `make run` has trained; without them it is trained now, once for all test processes."""
    given = os.environ.get("HUIYIN_TEST_MODEL")
    if given:
        return Path(given)
    folder = ROOT / "var" / "models"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".tests.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return train.train(RASA_PYTHON, folder)[0]


@contextmanager
def serving(model: Path, folder: Path) -> Iterator[Rasa]:
    """Rasa with this model for the time of the block, and a patient client of it. Its log is in `folder`."""
    token = secrets.token_hex(8)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with (folder / "log").open("wb") as log:
        words = serve.command(RASA_PYTHON, model, port, token)
        process = subprocess.Popen(words, env=serve.environment(), cwd=folder, stdout=log, stderr=subprocess.STDOUT)
    client = Rasa(f"http://127.0.0.1:{port}", token, timeout=5)
    try:
        until = time.monotonic() + 90
        while not client.status(model.name)[0].ok:
            assert process.poll() is None and time.monotonic() < until, (folder / "log").read_text("utf-8")[-2000:]
            time.sleep(0.3)
        yield client
    finally:
        process.kill()
        process.wait()
