"""Start the processes of a run, keep them running, and end every one of them.

Everything is started from the main thread: the kernel's promise in leash.py is tied to the thread that starts a child.
"""

from __future__ import annotations

import contextlib
import logging
import logging.handlers
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from typing import IO, Sequence

from bot.launch import explain, say, tools
from bot.launch.options import Options
from bot.launch.plan import Process, answering
from bot.launch.say import Problem
from bot.launch.watchdog import Watchdog

_GRACE = 8.0
_STEADY = 60.0  # a child that ran this long has recovered
_LONGEST = 60.0
_TOO_OFTEN = 5
_HOPELESS = 3  # of the web server before it ever answered: a wrong configuration, which waiting does not mend
_LOG_BYTES = 10_000_000


class Watcher:
    """The process that ends our children when we cannot. It also keeps the data folder's lock until it has."""

    def __init__(self, lock: IO[str] | None) -> None:
        argv = [sys.executable, "-I", "-S", tools.LEASH, "watch"]
        kept = (lock.fileno(),) if lock else ()
        self.process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, pass_fds=kept
        )

    def tell(self, sign: str, group: int) -> None:
        """Put a process group on its list ('+') or take it off ('-')."""
        with contextlib.suppress(OSError, ValueError):
            if self.process.stdin:
                self.process.stdin.write(f"{sign}{group}\n".encode())
                self.process.stdin.flush()

    def dismiss(self) -> None:
        """All children have ended: so may it."""
        with contextlib.suppress(OSError):
            if self.process.stdin:
                self.process.stdin.close()
        self.process.wait()


class Child:
    """One process of the plan over all its lives."""

    def __init__(self, spec: Process, options: Options, watcher: Watcher) -> None:
        self.spec = spec
        self.options = options
        self.watcher = watcher
        self.log_path = options.logs / f"{spec.name}.log"
        self.tail: deque[str] = deque(maxlen=60)
        self.process: subprocess.Popen[bytes] | None = None
        self.started = self.due = 0.0
        self.deaths = 0
        self.announced = spec.answers is None and spec.place is None
        self.was_up = False
        self.watchdog: Watchdog | None = None
        self.logger = logging.Logger(spec.name)
        handler = logging.handlers.RotatingFileHandler(str(self.log_path), maxBytes=_LOG_BYTES, backupCount=3, encoding="utf-8", delay=True)
        handler.handleError = lambda record: None  # type: ignore[method-assign]  # a full disk must not end the pump
        self.logger.addHandler(handler)

    def start(self) -> None:
        """Start it in a process group of its own, its output going to its log file."""
        self.tail.clear()
        argv = self.spec.renew() if self.spec.renew else self.spec.argv
        self.process = subprocess.Popen(
            tools.leashed(argv),
            env=dict(self.spec.env),
            cwd=str(self.options.root),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.watcher.tell("+", self.process.pid)
        self.started = time.monotonic()
        self.watchdog = Watchdog(self.spec.place) if self.spec.place else None
        threading.Thread(target=self._pump, args=(self.process.stdout,), daemon=True).start()

    def _pump(self, stream: IO[bytes]) -> None:
        for raw in stream:
            text = raw.decode("utf-8", "replace").rstrip()
            self.tail.append(text)
            self.logger.info("%s", text)

    def look(self, now: float) -> None:
        """One look at it: bury and restart the dead, end what hangs, announce the first sign of life."""
        if self.process is None:
            if now >= self.due:
                self.start()
            return
        code = self.process.poll()
        if code is not None:
            self._died(code, now)
        elif self.watchdog and self.watchdog.verdict:
            say.line(f"{self.spec.zh} {self.spec.name} {self.watchdog.verdict}，结束后重启", "is ended and started again")
            self.watchdog = None
            tools.signal_group(self.process, signal.SIGKILL)  # what hangs hears nothing softer
        elif not self.announced and self._answers():
            self._announce()

    def _announce(self) -> None:
        if self.was_up:
            say.line(f"{self.spec.zh} {self.spec.name} 已恢复", "is back")
        elif self.spec.announce:
            say.line(self.spec.announce)
        self.announced = self.was_up = True

    def _answers(self) -> bool:
        if self.watchdog:
            return self.watchdog.well
        return self.spec.answers is not None and answering(self.spec.answers)

    def _died(self, code: int, now: float) -> None:
        assert self.process is not None  # noqa: S101 (for the type checker: look() has seen it)
        if self.spec.place:
            self.announced = False  # it is watched in its next life too
        if self.watchdog:
            self.watchdog.dismiss()
        tools.end_group(self.process, grace=0.0)  # what it had started itself must not keep its port
        self.watcher.tell("-", self.process.pid)
        self.process = None
        self.deaths = 1 if now - self.started > _STEADY else self.deaths + 1
        wait = min(2.0 ** (self.deaths - 1), _LONGEST)
        self.due = now + wait
        how = f"信号 signal {-code}" if code < 0 else f"代码 code {code}"
        say.line(f"{self.spec.zh} {self.spec.name} 退出（{how}），{wait:.0f} 秒后重启", f"ended, restarting in {wait:.0f} s")
        if self.deaths == _HOPELESS and self.spec.essential and not self.was_up:
            raise self._complaint()
        if self.deaths == _TOO_OFTEN:
            say.problem(self._complaint())

    def _complaint(self) -> Problem:
        hint = "\n".join(
            [explain.last_words("\n".join(self.tail)), f"日志 log: {self.log_path}", "检查 check: .venv/bin/python manage.py doctor"]
        )
        zh = f"{self.spec.zh}（{self.spec.name}）连续 {self.deaths} 次启动后退出。"
        return Problem(zh, f"{self.spec.name} ended {self.deaths} times in a row.", hint)


def supervise(plan: Sequence[Process], options: Options, stop: threading.Event, lock: IO[str] | None = None) -> None:
    """Run the plan until `stop` is set; every child has ended when this returns or raises.

    Raises Problem where the web server never came up.
    """
    watcher = Watcher(lock)
    children = [Child(spec, options, watcher) for spec in plan]
    try:
        while not stop.is_set():
            now = time.monotonic()
            for child in children:
                child.look(now)
            stop.wait(0.2)
    finally:
        end_all(children, stop)
        watcher.dismiss()


def end_all(children: Sequence[Child], stop: threading.Event) -> None:
    """SIGTERM to all groups at once, SIGKILL to what is left after the grace, or when a second signal comes a second later."""
    living = [child.process for child in children if child.process]
    for process in living:
        tools.signal_group(process, signal.SIGTERM)
    begun = time.monotonic()
    while any(process.poll() is None for process in living):
        since = time.monotonic() - begun
        if since > _GRACE or (since > 1.0 and stop.is_set()):
            break
        if since < 1.0:  # a killed process group sends us the same signal twice: our own and the one make passes on
            stop.clear()
        time.sleep(0.1)
    for process in living:
        tools.end_group(process, grace=0.0)
