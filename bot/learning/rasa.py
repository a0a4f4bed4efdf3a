"""Rasa processes as the registry sees them: have one read texts beside the running ones, and have the running ones change their model."""

import contextlib
import logging
import secrets
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from django.conf import settings

from nlu import serve
from nlu.client import Rasa
from policies.facts import Understanding

log = logging.getLogger(__name__)
START_SECONDS = 180.0
SWAP_SECONDS = 30.0  # it takes 0.3 s
BATCH = 200
EACH_SECONDS = 0.5  # for one text of a batch, a hundred times what it needs


class RasaError(Exception):
    """Rasa did not do what it was asked for. The text is for staff and carries no token."""


class RefusedError(RasaError):
    """Rasa answered, and said no."""


@dataclass(frozen=True, slots=True)
class Process:
    """One running Rasa process."""

    url: str
    token: str = field(repr=False)


def processes() -> list[Process]:
    """Those this installation reads with."""
    tokens = [part for part in settings.NLU_TOKEN.split(",") if part] or [""]
    return [Process(url.rstrip("/"), tokens[min(place, len(tokens) - 1)]) for place, url in enumerate(settings.NLU_URLS)]


def model_of(process: Process) -> str:
    """Name of the model file it serves. Raises RasaError."""
    found = _ask("GET", process, "/status", timeout=5)
    return str(found.get("model_file") or "") if isinstance(found, dict) else ""


def swap(process: Process, model: Path) -> None:
    """Have it serve this model, and read one text with it before anybody waits for that. Raises RasaError where it does not."""
    _ask("PUT", process, "/model", {"model_file": str(model)}, SWAP_SECONDS)
    served = model_of(process)
    if served != model.name:  # a missing file is answered with another model, without a word
        raise RasaError(f"Rasa 仍在使用 {served or '无模型'}，没有换成 {model.name}")
    _ask("POST", process, "/model/parse", {"text": "请问社保卡丢了怎么补办"}, SWAP_SECONDS)


def _ask(method: str, process: Process, path: str, body: dict[str, str] | None = None, timeout: float = 5) -> object:
    try:
        answer = httpx.request(
            method, process.url + path, params={"token": process.token}, json=body, timeout=timeout, trust_env=False, follow_redirects=False
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise RasaError(f"Rasa 无应答（{type(error).__name__}）") from None
    if answer.status_code not in (httpx.codes.OK, httpx.codes.NO_CONTENT):
        raise RefusedError(f"Rasa 拒绝了 {path}（HTTP {answer.status_code}）")
    try:
        return answer.json() if answer.content else None
    except ValueError:
        raise RasaError(f"Rasa 对 {path} 的答复不是 JSON") from None


@contextlib.contextmanager
def beside(python: Path, model: Path, stop: Callable[[], None]) -> Iterator[Process]:
    """A Rasa of its own with this model for the time of the block. `stop` raises where one gives up waiting."""
    process = Process(f"http://{serve.LOOPBACK}:{_free_port()}", secrets.token_urlsafe(16))
    words = serve.command(python, model, int(process.url.rpartition(":")[2]), process.token)
    with tempfile.TemporaryDirectory(prefix="huiyin-rasa-") as folder:
        with Path(folder, "log").open("wb") as output:
            child = subprocess.Popen(  # noqa: S603
                words, env=serve.environment(), cwd=folder, stdout=output, stderr=subprocess.STDOUT
            )
        try:
            _until_up(child, process, Path(folder, "log"), stop)
            yield process
        finally:
            child.kill()
            child.wait()


def _until_up(child: "subprocess.Popen[bytes]", process: Process, output: Path, stop: Callable[[], None]) -> None:
    until, refused = time.monotonic() + START_SECONDS, 0
    while True:
        stop()
        # It answers after it has loaded its model: who is up and refuses has none, and will have none.
        if child.poll() is not None or time.monotonic() > until or refused > 2:
            last = output.read_text("utf-8", "replace").strip().splitlines()[-3:]
            raise RasaError("Rasa 没有启动：" + " ".join(last)[:500])
        try:
            if model_of(process):
                return
        except RefusedError:
            refused += 1
        except RasaError:
            pass
        time.sleep(0.3)


def read_all(process: Process, texts: Sequence[str], stop: Callable[[], None], tell: Callable[[int], None]) -> list[Understanding]:
    """What this one process makes of the texts, `tell` being told how many are done. Raises RasaError where the words had to step in."""
    client, found = Rasa(process.url, process.token, timeout=10, failures=1000), []
    for start in range(0, len(texts), BATCH):
        stop()
        batch = texts[start : start + BATCH]
        found += client.understand(batch, 30 + EACH_SECONDS * len(batch))
        tell(len(found))
    missed = [one for one in found if one.source != "rasa" and "没有可识别" not in one.note]
    if missed:
        raise RasaError(f"{len(missed)} 条没有读出：{missed[0].note}")
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((serve.LOOPBACK, 0))
        return int(probe.getsockname()[1])
