"""Which processes a run has, with their command lines and environments, as data (design section 6)."""

from __future__ import annotations

import http.client
import secrets
from pathlib import Path
from typing import Callable, Mapping, NamedTuple

from bot.launch import data, model
from bot.launch.options import Options, loopback
from bot.launch.watchdog import Place
from nlu import serve


class Process(NamedTuple):
    """One child: what it is called, how it is started, where it answers once it is up (host, port, path; None: nowhere).

    A Rasa process has a `place` instead, which is watched as long as it lives, and `renew`: its command line for the next start.
    """

    name: str
    zh: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    answers: tuple[str, int, str] | None = None
    announce: str = ""
    essential: bool = False
    place: Place | None = None
    renew: Callable[[], tuple[str, ...]] | None = None


def answering(place: tuple[str, int, str], timeout: float = 1.0) -> bool:
    """Whether an HTTP server answers there, with whatever status. Never through a proxy."""
    connection = http.client.HTTPConnection(place[0].strip("[]"), place[1], timeout=timeout)
    try:
        connection.request("GET", place[2])
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def processes(options: Options, python: Path, rasa: tuple[Path, Path] | None) -> list[Process]:
    """All children of a run, in the order they are started. `rasa` is its python and the model to serve, or None (NLU_URL is given)."""
    env = dict(options.env)
    found: list[Process] = []
    if rasa:
        found = understanding(options, *rasa)
        places = [process.place for process in found if process.place]
        env["NLU_URL"] = ",".join(f"http://{place.host}:{place.port}" for place in places)
        env["NLU_TOKEN"] = ",".join(place.token for place in places)
    if options.demo:
        found.append(_sandbox(options, python))
    return [*found, _web(options, python, env), Process("work", "后台任务", (str(python), "manage.py", "work"), env)]


def understanding(options: Options, python: Path, base: Path) -> list[Process]:
    """The Rasa processes, each on a port and with a token of its own; the first one says when texts are understood.

    `base`: the model of the project's own data, served where none has been promoted.
    """
    names = ["nlu", *(f"nlu-{number}" for number in range(2, options.nlu_processes + 1))]
    return [_nlu(options, python, base, name) for name in names]


def _nlu(options: Options, python: Path, base: Path, name: str) -> Process:
    def chosen() -> Path:
        return model.serving(options, base)

    def renewed() -> tuple[str, ...]:
        return tuple(serve.command(python, chosen(), place.port, place.token))

    place = Place(serve.LOOPBACK, data.free_port(), secrets.token_urlsafe(24), chosen)
    said = "Rasa 已就绪，语义识别生效 · Rasa is ready and understands texts from now on" if name == "nlu" else ""
    env = serve.environment(options.env)
    return Process(name, "语义识别", renewed(), env, announce=said, place=place, renew=renewed)


def _sandbox(options: Options, python: Path) -> Process:
    accounts = str(options.data / "sandbox.json")
    argv = (str(python), "-m", "connectors.sandbox", "--port", str(options.sandbox_port), "--accounts", accounts)
    place = ("127.0.0.1", options.sandbox_port, "/")
    return Process("sandbox", "演示平台", argv, options.env, place, f"演示手机 the phones: http://127.0.0.1:{options.sandbox_port}")


def _web(options: Options, python: Path, env: Mapping[str, str]) -> Process:
    server = (str(python), "-m", "granian", "--interface", "asgi", "bot.asgi:application")
    place = ("--host", options.host, "--port", str(options.port), "--workers", "1", "--workers-kill-timeout", "5")
    answers = (loopback(options.host), options.port, "/healthz")
    said = f"回音已启动 Huiyin is up: {options.address}   （Ctrl-C 结束 ends it）"
    return Process("web", "网页", (*server, *place), env, answers, said, essential=True)
