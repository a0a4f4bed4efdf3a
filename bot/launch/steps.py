"""`make run` from nothing to running processes, and the part of it that other commands need."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from types import FrameType
from typing import IO, Callable, NamedTuple, Optional

from bot.launch import data, environments, model, plan, processes, say, tools
from bot.launch.options import Options
from bot.launch.say import Step, Stopped


class Ready(NamedTuple):
    """What the set-up made: the app's python, and Rasa's with its model (None where NLU_URL names one elsewhere)."""

    python: Path
    rasa: tuple[Path, Path] | None


def setup_log(options: Options) -> Path:
    """The whole output of every tool the set-up runs."""
    return options.logs / "setup.log"


def set_up(options: Options, wanted: environments.Environment, *, rasa: bool) -> Ready:
    """Both environments and the model, each only if it is not there. Raises Problem."""
    log = setup_log(options)
    python = environments.ensure(wanted, options, log)
    if not rasa or options.nlu_url:
        return Ready(python, None)
    rasa_python = environments.ensure(environments.RASA, options, log)
    return Ready(python, (rasa_python, model.ensure(options, python, rasa_python, log)))


def manage(options: Options, python: Path, command: str, zh: str, en: str) -> None:
    """Run a command of manage.py as a step. Raises Problem."""
    with Step(zh, en) as step:
        argv = [str(python), "manage.py", *command.split()]
        tools.must(argv, options.env, f"{zh} ({command})", log=setup_log(options), cwd=options.root, step=step)


def with_secret(options: Options) -> Options:
    """The options with the app's secret key in the children's environment."""
    return options._replace(env={**options.env, "HUIYIN_SECRET_KEY": data.secret_key(options)})


def run(options: Options) -> int:
    """Set up, start, supervise. Returns the exit code of a clean end; raises Problem where something is to be mended."""
    data.prepare(options)
    lock = data.hold(options)
    data.check_ports(options)
    with lock:
        options = with_secret(options)
        made = set_up(options, environments.APP, rasa=True)
        os.umask(0o077)  # from here on only data is written
        manage(options, made.python, "migrate --no-input", "更新数据库", "migrate")
        if options.demo:
            manage(options, made.python, "seed", "写入演示数据", "seed the demo")
        data.check_ports(options)
        stop = threading.Event()
        _stop_on_signals(stop)
        say.line(
            "启动进程",
            "starting " + ("web, work, nlu, sandbox" if options.demo else "web, work, nlu") + f"   （日志 logs: {options.logs}）",
        )
        _until_stopped(plan.processes(options, made.python, made.rasa), options, stop, lock)
    say.line("已全部结束", "everything has ended")
    return 0


def _until_stopped(children: list[plan.Process], options: Options, stop: threading.Event, lock: IO[str]) -> None:
    if os.environ.get("MAKELEVEL"):
        threading.Thread(target=_follow_make, args=(os.getppid(), stop), daemon=True).start()
    processes.supervise(children, options, stop, lock)


def _follow_make(parent: int, stop: threading.Event) -> None:
    """Where `make` itself is killed without warning, nobody is left to press Ctrl-C: end as well."""
    while not stop.wait(1.0):
        if os.getppid() != parent:
            stop.set()


def _stop_on_signals(stop: threading.Event) -> None:
    def note(number: int, frame: FrameType | None) -> None:
        stop.set()

    _on_signals(note)


def _on_signals(handler: Callable[[int, Optional[FrameType]], None]) -> None:
    signal.signal(signal.SIGINT, handler)
    signal.signal(signal.SIGTERM, handler)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # under nohup the end of the terminal is not ours
        signal.signal(signal.SIGHUP, handler)


def interruptible() -> None:
    """While setting up, let a signal unwind the step that is running, so that its tool is ended too."""

    def raise_stopped(number: int, frame: FrameType | None) -> None:
        raise Stopped

    _on_signals(raise_stopped)
