"""Train a pipeline with Rasa, serve it with Rasa, ask it over HTTP: the way of every figure."""

import contextlib
import http.client
import json
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import IO, Any

from nlu import serve
from nlu.evaluation.examples import Row, write_training
from nlu.prepare import prepare

START_SECONDS = 180.0
TRAIN_SECONDS = 6 * 3600.0
PARSE_SECONDS = 60.0
BEAT = 10.0  # seconds between two signs of life
WARM = 30  # requests before anything is measured
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Tell = Callable[[str], None]


class LabError(Exception):
    """Rasa could not be trained, started or asked; the text has its last words."""


def tell(text: str) -> None:
    """One line of progress, apart from the result."""
    sys.stderr.write(f"[{time.strftime('%H:%M:%S')}] {text}\n")
    sys.stderr.flush()


def quiet(text: str) -> None:
    """No progress."""


class Lab:
    """A folder to work in, the python of Rasa's environment, and a pipeline."""

    def __init__(self, python: Path, folder: Path, config: Path | None = None, say: Tell = tell) -> None:
        """`config`: the pipeline (default: config.yml of the checkout)."""
        self.python, self.folder, self.say = python, folder, say
        self.config = config or serve.root() / "config.yml"

    def train(self, rows: Sequence[Row], name: str, config: Path | None = None) -> Path:
        """The model file, trained on `rows`. Raises LabError."""
        place = self.folder / name
        place.mkdir(parents=True)
        write_training(rows, place / "train.json")
        options = ["--nlu", str(place / "train.json"), "--config", str(config or self.config), "--out", str(place)]
        argv = [str(self.python), "-m", "rasa", "train", "nlu", "--quiet", *options, "--fixed-model-name", name]
        self._run(argv, place, f"训练 {name}：{len(rows)} 条 · training {name} on {len(rows)} texts")
        model = place / f"{name}.tar.gz"
        if not model.is_file():
            raise LabError(f"训练没有产生模型 · the training left no model\n{_last(place / 'log')}")
        return model

    def _run(self, argv: Sequence[str], place: Path, title: str) -> None:
        self.say(title)
        begun = beat = time.monotonic()
        with _process(argv, place) as process:
            while process.poll() is None:
                now = time.monotonic()
                if now - begun > TRAIN_SECONDS:
                    raise LabError(f"训练超过 {TRAIN_SECONDS / 3600:.0f} 小时 · the training took too long")
                if now - beat > BEAT:
                    beat = now
                    self.say(f"  {place.name} … {now - begun:.0f} s")
                time.sleep(0.1)
        if process.returncode:
            raise LabError(f"训练失败 · the training failed\n{_last(place / 'log')}")

    @contextlib.contextmanager
    def serving(self, model: Path) -> Iterator["Server"]:
        """Rasa with this model on a loopback port of its own, warmed up, for the time of the block. Raises LabError."""
        self.say(f"启动 Rasa 服务 {model.name} · starting Rasa")
        with contextlib.ExitStack() as running:
            for last in (False, False, True):  # between choosing a free port and using it somebody else may take it
                server = running.enter_context(self._served(model))
                try:
                    server.wait()
                    break
                except LabError:
                    running.close()
                    if last:
                        raise
            yield server

    @contextlib.contextmanager
    def _served(self, model: Path) -> Iterator["Server"]:
        place, port, token = self.folder / f"serving-{secrets.token_hex(4)}", free_port(), secrets.token_urlsafe(24)
        place.mkdir(parents=True)
        try:
            argv = serve.command(self.python, model, port, token)
        except serve.NoModelError as error:
            raise LabError(f"不能启动 Rasa：{error} · cannot start Rasa") from None
        with _process(argv, place) as process:
            yield Server(process, model, place, port, token)

    def read(self, model: Path, texts: Sequence[str]) -> list[dict[str, Any] | None]:
        """What the model says about each text, in their order; None where there is nothing to read or no answer."""
        with self.serving(model) as server:
            return [answer for answer, _ in server.connection().read(texts, self.say)]


@contextlib.contextmanager
def _process(argv: Sequence[str], place: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A process of Rasa, its output in `place/log`, ended with the block.

    A signal that comes while it is being started waits until somebody is there to end it.
    """
    usual = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        with (place / "log").open("ab") as log:
            try:
                process = _start(argv, place, log, usual)
            except OSError as error:
                raise LabError(f"不能启动 Rasa：{error.strerror} · cannot start Rasa: {argv[0]}") from None
            try:
                signal.pthread_sigmask(signal.SIG_SETMASK, usual)
                yield process
            finally:
                _end(process)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, usual)


def _start(argv: Sequence[str], place: Path, log: IO[bytes], usual: AbstractSet[int]) -> "subprocess.Popen[bytes]":
    quietly = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
    quietly["preexec_fn"] = lambda: signal.pthread_sigmask(signal.SIG_SETMASK, usual)  # or the child would hear no signal
    scratch = place / "tmp"  # Rasa unpacks models there and leaves them lying when it is ended
    scratch.mkdir(exist_ok=True)
    return subprocess.Popen(list(argv), cwd=place, env={**serve.environment(), "TMPDIR": str(scratch)}, **quietly)  # type: ignore[call-overload,no-any-return]  # noqa: S603


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _last(log: Path) -> str:
    """The last lines of a log."""
    return "\n".join(log.read_text("utf-8", "replace").strip().splitlines()[-8:]) if log.is_file() else ""


def free_port() -> int:
    """A loopback port nobody has at this moment."""
    with socket.socket() as probe:
        probe.bind((serve.LOOPBACK, 0))
        return int(probe.getsockname()[1])


class Server:
    """One Rasa process."""

    def __init__(self, process: "subprocess.Popen[bytes]", model: Path, place: Path, port: int, token: str) -> None:
        """`wait` until it answers."""
        self.process, self.model, self.place, self.port, self.token = process, model, place, port, token

    def wait(self) -> None:
        """Until it serves this model (a missing one is silently replaced by another, so its name is checked) and is warm."""
        until = time.monotonic() + START_SECONDS
        while (loaded := self._loaded()) is None and self.process.poll() is None and time.monotonic() < until:
            time.sleep(0.2)
        if loaded != self.model.name:  # Rasa listens once a model is loaded, or once it has failed to load one
            raise LabError(f"Rasa 没有用上模型 · Rasa did not come up with the model {self.model.name}\n{_last(self.place / 'log')}")
        with contextlib.closing(self.connection()) as connection:
            for number in range(WARM):
                connection.parse(f"预热：小区电梯坏了{number}天没人修，请问应该找哪个部门？")

    def _loaded(self) -> "str | None":
        """The model file that Rasa serves, "" where it serves none; None as long as it does not answer."""
        asked = http.client.HTTPConnection(serve.LOOPBACK, self.port, timeout=5)
        try:
            asked.request("GET", f"/status?token={self.token}")
            answer = asked.getresponse()
            return str(json.loads(answer.read())["model_file"]) if answer.status == http.client.OK else ""
        except (ValueError, KeyError, TypeError):
            return ""
        except (OSError, http.client.HTTPException):
            return None
        finally:
            asked.close()

    @property
    def path(self) -> str:
        """Where a text is sent."""
        return f"/model/parse?token={self.token}"

    def connection(self) -> "Connection":
        """A kept-alive connection of its own."""
        return Connection(self.port, self.path)

    def memory(self) -> int:
        """Bytes that the process has in memory now."""
        argv = ["ps", "-o", "rss=", "-p", str(self.process.pid)]
        status = Path(f"/proc/{self.process.pid}/status")
        if status.is_file():
            return next(int(row.split()[1]) for row in status.read_text().splitlines() if row.startswith("VmRSS")) * 1024
        return int(subprocess.run(argv, capture_output=True, text=True, check=True).stdout) * 1024  # noqa: S603


class Connection:
    """One client that asks for one text after the other."""

    def __init__(self, port: int, path: str) -> None:
        """Connects at the first request."""
        self._http = http.client.HTTPConnection(serve.LOOPBACK, port, timeout=PARSE_SECONDS)
        self._path = path

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def parse(self, text: str) -> dict[str, Any] | None:
        """Rasa's answer to a text that `prepare` has made harmless; None where it refuses."""
        body = json.dumps({"text": text}, ensure_ascii=False).encode()
        for last in (False, True):  # Rasa closes a connection that was idle for five seconds
            try:
                self._http.request("POST", self._path, body, {"Content-Type": "application/json"})
                response = self._http.getresponse()
                content = response.read()
                break
            except (http.client.HTTPException, OSError) as error:
                self._http.close()
                if last:
                    raise LabError(f"Rasa 不再应答 · Rasa stopped answering: {type(error).__name__}") from None
        try:
            found = json.loads(content) if response.status == http.client.OK else None
        except ValueError:
            return None
        return found if isinstance(found, dict) else None

    def read(self, texts: Sequence[str], say: Tell = quiet) -> Iterator[tuple[dict[str, Any] | None, float]]:
        """Each text's answer and the milliseconds it took, one after the other; (None, 0.0) where there is nothing to read."""
        beat = time.monotonic()
        for number, text in enumerate(texts):
            plain = prepare(text)
            begun = time.perf_counter()
            answer = self.parse(plain) if plain else None
            yield answer, (time.perf_counter() - begun) * 1000 if plain else 0.0
            if time.monotonic() - beat > BEAT:
                beat = time.monotonic()
                say(f"  … {number + 1} / {len(texts)}")
