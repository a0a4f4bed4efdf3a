"""Python environments from hashed lock files, made once: a stamp inside each says which lock and interpreter it was made of."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import NamedTuple

from bot.launch import explain, interpreters, locks, pipconf, say, tools, uv
from bot.launch.interpreters import FOR_APP, FOR_RASA, Interpreter, Wanted
from bot.launch.options import Options
from bot.launch.say import Problem, Step

_STAMP = "huiyin.json"


class Environment(NamedTuple):
    """An environment that is wanted. `locks`: the file to install, then others that contain all of it and will do as well."""

    folder: str
    zh: str
    en: str
    wanted: Wanted
    locks: tuple[str, ...]


APP = Environment(".venv", "程序环境", "app environment", FOR_APP, ("requirements.txt", "requirements-dev.txt"))
DEV = Environment(".venv", "开发环境", "development environment", FOR_APP, ("requirements-dev.txt",))
RASA = Environment(".venv-rasa", " Rasa 环境", "Rasa environment", FOR_RASA, ("nlu/requirements.txt",))


def python_of(wanted: Environment, options: Options) -> Path:
    """Where its interpreter is, made or not."""
    return options.root / wanted.folder / "bin" / "python"


def _digest(root: Path, lock: str) -> str:
    try:
        return hashlib.sha256((root / lock).read_bytes()).hexdigest()
    except OSError as error:
        zh, en = f"锁定文件读不到：{lock}（{error.strerror}）。", f"The lock file cannot be read: {lock}."
        raise Problem(zh, en, f"git checkout -- {lock}") from None


def _stamp(wanted: Environment, lock: str, options: Options, version: str) -> dict[str, str]:
    # The folder is part of it: scripts in an environment carry its path, so a copied checkout needs its own.
    folder = options.root / wanted.folder
    return {"lock": lock, "sha256": _digest(options.root, lock), "python": version, "folder": str(folder)}


def _read_stamp(wanted: Environment, options: Options) -> dict[str, str]:
    try:
        found = json.loads((options.root / wanted.folder / _STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def working(wanted: Environment, options: Options) -> Interpreter | None:
    """The environment's interpreter if it runs and has a wanted version (its home may have been removed or upgraded since)."""
    answer = interpreters.ask(python_of(wanted, options), options.env)
    return answer if answer and answer.version[:2] in wanted.wanted.versions else None


def is_ready(wanted: Environment, options: Options) -> bool:
    """Whether nothing is to be done: it runs, and its stamp names a lock that will do, in the state it has now."""
    stamp = _read_stamp(wanted, options)
    lock = stamp.get("lock", "")
    if lock not in wanted.locks:
        return False
    answer = working(wanted, options)
    return answer is not None and stamp == _stamp(wanted, lock, options, answer.text)


def ensure(wanted: Environment, options: Options, log: Path) -> Path:
    """Make the environment unless it is there, a line for each step, and return its python. Raises Problem."""
    python = python_of(wanted, options)
    if is_ready(wanted, options):
        with Step(wanted.zh.strip(), wanted.en) as step:
            step.ready()
        return python
    for lock in wanted.locks:
        _digest(options.root, lock)
    with locks.hold(uv.home(options) / "lock", _waiting):
        return _ensure(wanted, options, log)


def _waiting(holder: str) -> None:
    say.line(f"另一个 make 正在安装环境（{holder}），等它完成", "another make is setting up, waiting for it")


def _ensure(wanted: Environment, options: Options, log: Path) -> Path:
    python = python_of(wanted, options)
    if is_ready(wanted, options):  # made by the one waited for
        return python
    tool = _uv(options, log)
    base = None if working(wanted, options) else _interpreter(wanted.wanted, tool, options, log)
    with Step(f"安装{wanted.zh}", f"install {wanted.en}") as step:
        _make(wanted, tool, base, options, log, step)
    return python


def _uv(options: Options, log: Path) -> Path:
    found = uv.find(options)
    if found:
        return found
    with Step("获取安装工具 uv", "get uv") as step:
        return uv.fetch(options, log, step)


def _interpreter(wanted: Wanted, tool: Path, options: Options, log: Path) -> Interpreter:
    with Step(f"查找 {wanted.title}", f"find {wanted.title}"):
        found = interpreters.find(wanted, options.env)
    if found:
        return found
    with Step(f"下载 {wanted.title}", f"download {wanted.title}") as step:
        reason = interpreters.download(wanted, tool, options.env, log, step)
        found = interpreters.find(wanted, options.env)
        if not found:
            raise interpreters.missing(wanted, reason or "?")
    return found


def _lock_for(wanted: Environment, folder: Path) -> str:
    """The lock to install: never take the test tools out of an environment that a developer uses for both."""
    developer = (folder / "bin" / "pytest").exists()
    return wanted.locks[-1] if developer else wanted.locks[0]


def _make(wanted: Environment, tool: Path, base: Interpreter | None, options: Options, log: Path, step: Step) -> None:
    folder = options.root / wanted.folder
    lock = _lock_for(wanted, folder)
    env = {"UV_HTTP_TIMEOUT": "60", **options.env, **pipconf.for_uv(options.env), "UV_NO_PROGRESS": "1"}
    env.pop("VIRTUAL_ENV", None)
    (folder / _STAMP).unlink() if (folder / _STAMP).exists() else None
    if base:
        _remove(folder)
        tools.must(
            [str(tool), "venv", "--quiet", "--python", str(base.path), str(folder)],
            env,
            f"{wanted.zh.strip()} ({wanted.en})",
            log=log,
            cwd=options.root,
        )
    python = folder / "bin" / "python"
    argv = [str(tool), "pip", "sync", "--require-hashes", "--python", str(python), str(options.root / lock)]
    tools.must(argv, env, f"{wanted.zh.strip()} ({wanted.en})", log=log, cwd=options.root, step=step)
    answer = working(wanted, options)
    if answer is None:
        raise Problem(
            f"{wanted.zh.strip()}装好后无法运行。", f"The {wanted.en} does not run after its installation.", f"make clean\n日志 log: {log}"
        )
    (folder / _STAMP).write_text(json.dumps(_stamp(wanted, lock, options, answer.text)), encoding="utf-8")


def _remove(folder: Path) -> None:
    if os.path.islink(folder) or folder.is_file():
        folder.unlink()
    elif folder.exists():
        try:
            shutil.rmtree(str(folder))
        except OSError as error:
            raise explain.from_os_error(error, "清理旧环境 (removing an old environment)") from None
