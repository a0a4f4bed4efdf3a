"""Get uv: the machine's own if it runs, else from the package index into a private folder of the checkout."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.launch import explain, interpreters, tools
from bot.launch.options import Options
from bot.launch.say import Problem, Step

# Older ones lack options used here (`pip sync --require-hashes`, `python install` without a project).
_OLDEST = (0, 4, 0)
_ANY = tuple((3, minor) for minor in range(14, 7, -1))


def home(options: Options) -> Path:
    """The private folder for uv itself (ignored by git, removed by `make clean`)."""
    return options.root / ".venv-uv"


def _places(options: Options) -> Iterator[Path]:
    environ = options.env
    user = Path(environ.get("HOME") or os.path.expanduser("~"))
    if environ.get("UV"):
        yield Path(environ["UV"])
    for folder in environ.get("PATH", "").split(os.pathsep):
        if folder:
            yield Path(folder) / "uv"
    yield user / ".local/bin/uv"
    yield user / ".cargo/bin/uv"
    yield home(options) / "tool/bin/uv"
    yield home(options) / "target/bin/uv"


def version(path: Path, environ: Mapping[str, str]) -> tuple[int, ...]:
    """What it answers to --version, as numbers; empty where it does not run (a pyenv shim without its version, for one)."""
    if not os.access(path, os.X_OK):
        return ()
    result = tools.attempt([str(path), "--version"], environ, limit=20)
    match = re.search(r"uv (\d+)\.(\d+)\.(\d+)", result.output) if result.code == 0 else None
    return tuple(int(part) for part in match.groups()) if match else ()


def find(options: Options) -> Path | None:
    """A uv that runs and is not too old, or None."""
    for path in _places(options):
        if version(path, options.env) >= _OLDEST:
            return path
    return None


def fetch(options: Options, log: Path, step: Step) -> Path:
    """Install uv into the private folder. Raises Problem when no way works.

    Ways, in order: a private venv with pip; pip --target (a Debian python3 may have pip without venv; a --target is not what
    PEP 668 forbids, but some distributions' pip refuses it all the same); the same with other interpreters of this machine;
    Debian's own pip wheel, unpacked without installing it.
    """
    for part in ("tool", "target", "deb", "apt"):
        shutil.rmtree(str(home(options) / part), ignore_errors=True)
    said = ""
    for python in _pythons(options):
        for argv_list in _ways(python, home(options)):
            output = _try(argv_list, options, log, step)
            made = find_private(options)
            if made:
                return made
            said = _weightier(said, output)
            if explain.kind(said) in ("disk", "network"):  # which no other way changes
                raise _no_uv(said, log)
    wheel_output = _with_debian_wheel(options, log, step)
    made = find_private(options)
    if made:
        return made
    raise _no_uv(_weightier(said, wheel_output), log)


def find_private(options: Options) -> Path | None:
    """The uv in the private folder, if it runs."""
    for path in (home(options) / "tool/bin/uv", home(options) / "target/bin/uv"):
        if version(path, options.env) >= _OLDEST:
            return path
    return None


def _pythons(options: Options) -> list[str]:
    wanted = interpreters.Wanted(_ANY, "Python 3", "HUIYIN_PYTHON")
    others = [str(one.path) for one in interpreters.every(wanted, options.env)]
    return [sys.executable, *[path for path in others if path != sys.executable][:2]]


def _ways(python: str, folder: Path) -> list[list[list[str]]]:
    tool, target = str(folder / "tool"), str(folder / "target")
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    return [
        [[python, "-m", "venv", tool], [f"{tool}/bin/python", *install[1:], "uv"]],
        [[*install, "--target", target, "uv"]],
        [[*install, "--break-system-packages", "--target", target, "uv"]],
    ]


def _try(commands: list[list[str]], options: Options, log: Path, step: Step) -> str:
    """Run commands until one fails; returns its output, '' when all went well."""
    for argv in commands:
        result = tools.attempt(argv, options.env, log=log, limit=600, step=step)
        if result.code != 0:
            return result.output or f"{Path(argv[0]).name}: {result.code}"
    return ""


def _weightier(before: str, after: str) -> str:
    """Of two failures the one that names a cause (a full disk, no network) rather than a missing module."""
    return before if explain.kind(before) or not after else after


def _with_debian_wheel(options: Options, log: Path, step: Step) -> str:
    """Debian and Ubuntu keep pip out of python3; their wheel of it runs from where it lies. Returns the last failure's output."""
    output = ""
    wheels = sorted(Path("/usr/share/python-wheels").glob("pip-*.whl"))
    if not wheels and shutil.which("apt-get") and shutil.which("dpkg-deb"):
        output = _unpack_debian_pip(options, log, step)
        wheels = sorted(home(options).glob("deb/usr/share/python-wheels/pip-*.whl"))
    for wheel in wheels:
        install = [sys.executable, f"{wheel}/pip", "install", "--quiet", "--no-input", "--target", str(home(options) / "target"), "uv"]
        output = _try([install], options, log, step)
    return output


def _unpack_debian_pip(options: Options, log: Path, step: Step) -> str:
    """Fetch Debian's package of pip and unpack it in the private folder: needs no root and installs nothing on the machine."""
    folder = home(options)
    lists = folder / "apt"
    (lists / "partial").mkdir(parents=True, exist_ok=True)
    settings = (f"Dir::State::Lists={lists}", f"Dir::Cache={folder}", "Debug::NoLocking=1", "APT::Sandbox::User=root")
    private = [word for setting in settings for word in ("-o", setting)]
    fetch_it = 'cd "$1" && shift && apt-get -q "$@" update && apt-get -q "$@" download python3-pip-whl'
    unpack_it = 'cd "$1" && for package in python3-pip-whl_*.deb; do dpkg-deb -x "$package" deb; done'
    return _try([["sh", "-c", fetch_it, "sh", str(folder), *private], ["sh", "-c", unpack_it, "sh", str(folder)]], options, log, step)


def _no_uv(output: str, log: Path) -> Problem:
    if explain.kind(output):
        return explain.from_output(output, "获取 uv (getting uv)", str(log))
    return Problem(
        "没有 uv，而本机的 python3 既没有 venv 也没有 pip，无法安装它。",
        "There is no uv, and this machine's python3 has neither venv nor pip to install it with.",
        "Debian/Ubuntu/UOS: apt install python3-venv\nopenEuler/Kylin/RHEL: dnf install python3-pip\n"
        f"然后再运行一次 · then run it again\n{explain.last_words(output, 2)}\n日志 log: {log}",
    )
