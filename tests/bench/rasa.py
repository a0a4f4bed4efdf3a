"""Rasa for a benchmark: the one the launcher made, or the checkout's own if it is there."""

import contextlib
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from nlu import serve, train
from tests.bench.servers import ROOT, NotStarted, free_port, running


def made() -> tuple[Path, Path] | None:
    """Rasa's python and the model of the present training data, or None."""
    python = Path(os.environ.get("HUIYIN_TEST_RASA_PYTHON") or ROOT / ".venv-rasa" / "bin" / "python")
    model = Path(os.environ.get("HUIYIN_TEST_MODEL") or train.model_path(ROOT / "var" / "models", ROOT))
    return (python, model) if python.exists() and model.is_file() else None


@contextlib.contextmanager
def rasa(log: Path) -> Iterator[dict[str, str]]:
    """Rasa with its model, answering; yields the settings that name it, empty where this machine has none."""
    found = made()
    if found is None:
        yield {}
        return
    port, token = free_port(), secrets.token_urlsafe(16)
    with running(serve.command(*found, port, token), serve.environment(), log) as process:
        end = time.monotonic() + 120
        while not _ready(port, token):
            if process.poll() is not None or time.monotonic() > end:
                raise NotStarted(log.read_text(errors="replace")[-2000:])
            time.sleep(0.5)
        yield {"NLU_URL": f"http://127.0.0.1:{port}", "NLU_TOKEN": token}


def _ready(port: int, token: str) -> bool:
    try:
        answer = httpx.post(
            f"http://127.0.0.1:{port}/model/parse", params={"token": token}, json={"text": "你好"}, timeout=10, trust_env=False
        )
    except httpx.HTTPError:
        return False
    return answer.status_code == httpx.codes.OK
