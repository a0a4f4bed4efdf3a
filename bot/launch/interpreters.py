"""Find Python interpreters by running them: pyenv, uv, conda, asdf, mise and the system, whatever PATH says.

pyenv's shims stand on PATH under every version's name and fail for those that are not selected (and uv's own search stops at
them), so nothing is believed that has not answered.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Tuple

from bot.launch import tools
from bot.launch.say import Problem, Step

_ASK = """
import json, struct, sys
missing = []
for name in ("ssl", "sqlite3", "zlib", "ctypes", "bz2", "venv"):
    try:
        __import__(name)
    except ImportError:
        missing.append(name)
base = sys.executable if sys.prefix == sys.base_prefix else getattr(sys, "_base_executable", sys.executable)
print(json.dumps([list(sys.version_info[:3]), base, missing, sys.implementation.name, 8 * struct.calcsize("P")]))
"""
_NEEDED = {"ssl", "sqlite3", "zlib", "ctypes"}
_DOWNLOAD_LIMIT = 600.0

Version = Tuple[int, int]


class Interpreter(NamedTuple):
    """One that answered. `path` is the real executable, `missing` the standard modules it was built without."""

    path: Path
    version: tuple[int, int, int]
    missing: tuple[str, ...]

    @property
    def text(self) -> str:
        """Its version as people write it."""
        return ".".join(str(part) for part in self.version)


class Wanted(NamedTuple):
    """Which versions will do, best first, under which name they are asked for and which variable names one outright."""

    versions: tuple[Version, ...]
    title: str
    variable: str


FOR_APP = Wanted(((3, 12), (3, 13), (3, 14)), "Python 3.12", "HUIYIN_PYTHON")
FOR_RASA = Wanted(((3, 10),), "Python 3.10", "HUIYIN_RASA_PYTHON")


def _pyenvs(environ: Mapping[str, str]) -> list[Path]:
    """Folders in which pyenv keeps what it has installed."""
    home = Path(environ.get("HOME") or os.path.expanduser("~"))
    return [Path(environ.get("PYENV_ROOT") or home / ".pyenv") / "versions", home / ".pyenv/versions"]


def _homes(environ: Mapping[str, str]) -> list[Path]:
    """Folders whose bin/ may hold an interpreter, from every tool that keeps several."""
    home = Path(environ.get("HOME") or os.path.expanduser("~"))
    share = Path(environ.get("XDG_DATA_HOME") or home / ".local/share")
    keepers = [
        *_pyenvs(environ),
        Path(environ.get("UV_PYTHON_INSTALL_DIR") or share / "uv/python"),
        home / ".asdf/installs/python",
        share / "mise/installs/python",
    ]
    condas = [environ.get("CONDA_PREFIX", ""), environ.get("CONDA_ROOT", ""), str(Path(environ.get("CONDA_EXE") or "/-/-").parent.parent)]
    names = ("miniconda3", "anaconda3", "miniforge3", "mambaforge", "micromamba")
    roots = (
        [Path(text) for text in condas if text] + [base / name for base in (home, Path("/opt")) for name in names] + [Path("/opt/conda")]
    )
    found = [child for keeper in keepers for child in _children(keeper)]
    return (
        found
        + [place for root in roots for place in (root, *_children(root / "envs"))]
        + [*_children(Path("/opt")), Path("/usr/local"), Path("/usr")]
    )


def _children(folder: Path) -> list[Path]:
    try:
        return sorted((child for child in folder.iterdir() if child.is_dir()), reverse=True)
    except OSError:
        return []


def _executables(folder: Path, versions: Sequence[Version]) -> Iterator[Path]:
    for major, minor in versions:
        yield folder / f"python{major}.{minor}"
    yield folder / "python3"
    yield folder / "python"


def candidates(versions: Sequence[Version], environ: Mapping[str, str]) -> Iterator[Path]:
    """Every place worth asking, once. Interpreters that tools keep come before PATH: they are the real files, not shims."""
    seen: set[str] = set()
    on_path = [Path(text) for text in environ.get("PATH", "").split(os.pathsep) if text]
    for folder in [*(home / "bin" for home in _homes(environ)), *(folder for folder in on_path if not _leads_to_kept(folder, environ))]:
        for path in _executables(folder, versions):
            real = os.path.realpath(path)
            if real not in seen and os.access(path, os.X_OK) and not _named_otherwise(real, versions):
                seen.add(real)
                yield path
    if os.path.realpath(sys.executable) not in seen:
        yield Path(sys.executable)


def _leads_to_kept(folder: Path, environ: Mapping[str, str]) -> bool:
    """Whether these are pyenv's shims: scripts that take a tenth of a second each to find what its folder of versions has shown."""
    return folder.name == "shims" and any(folder.parent / "versions" == keeper for keeper in _pyenvs(environ))


def _named_otherwise(real: str, versions: Sequence[Version]) -> bool:
    """Whether the file's own name is that of another version, so that it need not be run."""
    match = re.search(r"/python(\d)\.(\d+)$", real)
    return bool(match) and (int(match.group(1)), int(match.group(2))) not in versions  # type: ignore[union-attr]


def ask(path: Path, environ: Mapping[str, str]) -> Interpreter | None:
    """Run it and hear what it is. None where it does not run, is not CPython, or is a 32-bit build (there are no packages for those)."""
    try:
        done = subprocess.run([str(path), "-I", "-c", _ASK], env=dict(environ), capture_output=True, timeout=20, check=False)
        version, real, missing, name, bits = json.loads(done.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError):
        return None
    if done.returncode or name != "cpython" or bits != 64:
        return None
    return Interpreter(Path(real), tuple(version), tuple(missing))


def every(wanted: Wanted, environ: Mapping[str, str]) -> list[Interpreter]:
    """All that answered with a wanted version, the best first: preferred minor version, whole standard library, newest patch."""
    found: dict[str, Interpreter] = {}
    for path in candidates(wanted.versions, environ):
        answer = ask(path, environ)
        if answer and answer.version[:2] in wanted.versions:
            found.setdefault(str(answer.path), answer)
    return sorted(found.values(), key=lambda one: (bool(_lacks(one)), wanted.versions.index(one.version[:2]), -one.version[2]))


def _lacks(one: Interpreter) -> list[str]:
    return sorted(_NEEDED.intersection(one.missing))


def find(wanted: Wanted, environ: Mapping[str, str]) -> Interpreter | None:
    """The best usable interpreter of this machine, or None. Raises Problem where the person named one that will not do."""
    named = environ.get(wanted.variable)
    if named:
        answer = ask(Path(named), environ)
        if answer is None or answer.version[:2] not in wanted.versions or _lacks(answer):
            raise Problem(
                f"{wanted.variable} 指定的解释器不可用：{named}",
                f"{wanted.variable} names an interpreter that will not do: {named}",
                _need(wanted),
            )
        return answer
    return next((one for one in every(wanted, environ) if not _lacks(one)), None)


def _need(wanted: Wanted) -> str:
    names = " / ".join(f"{major}.{minor}" for major, minor in wanted.versions)
    return f"需要 64 位 CPython {names}，含 ssl 与 sqlite3 · needed: 64-bit CPython {names} with ssl and sqlite3"


def download(wanted: Wanted, uv: Path, environ: Mapping[str, str], log: Path, step: Step) -> str:
    """Let uv fetch the preferred version, within a time limit. Returns '' or the reason it did not."""
    if environ.get("UV_PYTHON_DOWNLOADS") == "never":
        return "UV_PYTHON_DOWNLOADS=never"
    env = {"UV_HTTP_TIMEOUT": "30", **environ}
    result = tools.attempt([str(uv), "python", "install", wanted.title.split()[1]], env, log=log, limit=_DOWNLOAD_LIMIT, step=step)
    if result.code == 0:
        return ""
    return "超过时限 timed out" if result.code is None else (result.output.splitlines() or ["?"])[-1].strip()


def missing(wanted: Wanted, reason: str) -> Problem:
    """The sentence for a machine that has none and cannot download one."""
    minor = wanted.title.split()[1]
    hint = (
        f"{_need(wanted)}\n"
        f"pyenv install {minor}  或 or  conda create -n py{minor.replace('.', '')} python={minor}\n"
        f"或指定路径 or name one: {wanted.variable}=/path/to/python{minor} make run\n"
        f"自动下载未成功 the download failed: {reason}"
    )
    if wanted is FOR_RASA:
        hint += "\n或使用别处的 Rasa · or use a Rasa elsewhere: NLU_URL=http://… make run"
    return Problem(f"没有找到 {wanted.title}，也无法自动下载。", f"No {wanted.title} was found, and it could not be downloaded.", hint)
