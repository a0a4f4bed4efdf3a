"""Is a Rasa process well? It must answer in time, and with the model it ought to serve; one that hangs is ended and started again."""

from __future__ import annotations

import http.client
import json
import threading
import time
from pathlib import Path
from typing import Any, Callable, NamedTuple
from urllib.parse import urlencode

_TIMEOUT = 5.0  # for one answer. Rasa answers in milliseconds, behind a queue in some hundreds of them
_EVERY = 5.0
_STRIKES = 3  # in a row: a process that is swapping its model or reads a long queue gets its time
_START = 180.0  # until the first good answer; it takes 10 s on an idle machine and a minute on a very busy one


class Timing(NamedTuple):
    """How patient a watchdog is; tests are less so."""

    timeout: float = _TIMEOUT
    every: float = _EVERY
    strikes: int = _STRIKES
    start: float = _START


class Place(NamedTuple):
    """Where one Rasa process answers, and the model it ought to serve (asked anew each time: a better one may have been promoted)."""

    host: str
    port: int
    token: str
    model: Callable[[], Path]
    timing: Timing = Timing()

    def __repr__(self) -> str:
        """Without the token."""
        return f"Place({self.host}:{self.port})"


def ask(place: Place, method: str, path: str, body: dict[str, str] | None = None, timeout: float = _TIMEOUT) -> Any:
    """One request to Rasa, its JSON answer. Raises OSError or ValueError. Never through a proxy."""
    connection = http.client.HTTPConnection(place.host, place.port, timeout=timeout)
    try:
        sent = json.dumps(body).encode() if body is not None else None
        connection.request(method, f"{path}?{urlencode({'token': place.token})}", sent, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read(1_000_000)
        if answer.status != 200:
            raise ValueError(f"HTTP {answer.status}")
        return json.loads(text.decode("utf-8"))
    except http.client.HTTPException as error:
        raise ValueError(type(error).__name__) from None
    finally:
        connection.close()


def problem(place: Place, timeout: float = _TIMEOUT) -> str:
    """What is wrong with it, in words for the log; "" where nothing is.

    Rasa loads another model without a word where the one it was given is missing, so the file's name is compared.
    """
    try:
        status = ask(place, "GET", "/status", timeout=timeout)
    except (OSError, ValueError) as error:
        return f"无应答 no answer ({type(error).__name__}: {error})"
    serves = status.get("model_file") if isinstance(status, dict) else None
    wanted = place.model().name
    return "" if serves == wanted else f"模型不符 serves {serves or 'no model'} instead of {wanted}"


def warm(place: Place, timeout: float = 30.0) -> str:
    """Have it read one text, so that no citizen waits for what is loaded at first use; what went wrong, or ""."""
    try:
        ask(place, "POST", "/model/parse", {"text": "请问社保卡丢了怎么补办"}, timeout)
    except (OSError, ValueError) as error:
        return f"不能识别 cannot read a text ({type(error).__name__}: {error})"
    return ""


class Watchdog:
    """Watches one life of one process from a thread of its own. `well`: it has answered once; `verdict`: why it has to be ended, or ""."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.well = False
        self.verdict = ""
        self._ending = threading.Event()
        threading.Thread(target=self._run, name="watchdog", daemon=True).start()

    def dismiss(self) -> None:
        """The process has ended."""
        self._ending.set()

    def _run(self) -> None:
        if not self._up():
            return
        strikes = 0
        while not self._ending.wait(self.place.timing.every):
            wrong = problem(self.place, self.place.timing.timeout)
            strikes = strikes + 1 if wrong else 0
            if strikes >= self.place.timing.strikes:
                self.verdict = wrong
                return

    def _up(self) -> bool:
        until, wrong = time.monotonic() + self.place.timing.start, "?"
        while not self._ending.wait(0.2):
            wrong = problem(self.place, self.place.timing.timeout) or warm(self.place)
            if not wrong:
                self.well = True
                return True
            if time.monotonic() > until:
                self.verdict = wrong
                return False
        return False
