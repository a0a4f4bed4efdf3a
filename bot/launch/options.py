"""What the environment asks of a run (design section 9), read once and checked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from bot.launch.say import Problem

ROOT = Path(__file__).resolve().parents[2]

# Nothing started here may call home: Rasa's telemetry, and libraries that honour the common switch.
QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "SANIC_NO_UVLOOP": "true",
    "PYTHONUTF8": "1",
    "PYTHONUNBUFFERED": "1",
}
BYTECODE = ".venv-bytecode"  # a folder of the checkout, removed by `make clean`
_ROOM_FOR_TWO = 3_900_000_000  # a machine sold with 4 GB shows a little less
_MOST_PROCESSES = 64
# Of another Python than the one that is started: it would load the wrong library.
_FOREIGN = ("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "__PYVENV_LAUNCHER__")


class Options(NamedTuple):
    """One run. `data` is absolute; `env` is what every child gets."""

    root: Path
    data: Path
    host: str
    port: int
    demo: bool
    nlu_url: str
    env: Mapping[str, str]
    nlu_processes: int = 1

    @property
    def sandbox_port(self) -> int:
        """The pretend platforms listen beside the web port."""
        return self.port + 1

    @property
    def address(self) -> str:
        """Where a person on this machine opens the console."""
        return f"http://{loopback(self.host)}:{self.port}"

    @property
    def logs(self) -> Path:
        """Folder of the children's log files."""
        return self.data / "logs"


def loopback(host: str) -> str:
    """The address at which this machine reaches a server bound to `host`, ready for a URL."""
    if host in ("", "0.0.0.0"):
        return "127.0.0.1"
    if host == "::":
        return "[::1]"
    return f"[{host}]" if ":" in host else host


def _port(text: str, demo: bool) -> int:
    highest = 65534 if demo else 65535
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= highest):
        raise Problem(
            f"PORT 应为 1 到 {highest} 之间的整数，现为“{text[:20]}”。",
            f"PORT must be a whole number from 1 to {highest}.",
            "PORT=8000 make run",
        )
    return int(text)


def memory() -> int:
    """Bytes of memory this run may use: the machine's, or less where a container says so."""
    found = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
    except OSError:
        return found
    return min(found, int(limit)) if limit.isdigit() else found


def _processes(text: str) -> int:
    """How many Rasa processes: as said, else two where there are two cores and room for them (each needs half a gigabyte)."""
    if not text:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return 2 if cores > 1 and memory() >= _ROOM_FOR_TWO else 1
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= _MOST_PROCESSES):
        raise Problem(
            f"NLU_PROCESSES 应为 1 到 {_MOST_PROCESSES} 之间的整数，现为“{text[:20]}”。",
            f"NLU_PROCESSES must be a whole number from 1 to {_MOST_PROCESSES}.",
            "NLU_PROCESSES=2 make run",
        )
    return int(text)


def child_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """What every child inherits: no settings of another Python, no telemetry, loopback never through a proxy.

    Whoever forbids bytecode wants none beside the sources. All of it goes into a folder of its own then: compiled at each start,
    the packages cost every process two seconds of a processor (measured on `manage.py check`: 3.5 s instead of 1.2 s).
    """
    env = {name: value for name, value in environ.items() if name not in _FOREIGN}
    env.update(QUIET)
    if env.pop("PYTHONDONTWRITEBYTECODE", ""):
        env.setdefault("PYTHONPYCACHEPREFIX", str(ROOT / BYTECODE))
    for name in ("NO_PROXY", "no_proxy"):
        env[name] = ",".join(filter(None, [env.get(name, ""), "127.0.0.1,localhost,::1"]))
    return env


def read(environ: Mapping[str, str] | None = None) -> Options:
    """The options of this run. Raises Problem for a PORT that is none."""
    given = os.environ if environ is None else environ
    demo = given.get("HUIYIN_DEMO", "1") != "0"
    port = _port(given.get("PORT") or "8000", demo)
    data = Path(os.path.abspath(os.path.expanduser(given.get("HUIYIN_DATA") or str(ROOT / "var"))))
    host = given.get("HUIYIN_HOST") or "127.0.0.1"
    env = child_environment(given)
    env.update({"HUIYIN_DATA": str(data), "PORT": str(port), "HUIYIN_HOST": host, "HUIYIN_DEMO": "1" if demo else "0"})
    if demo:
        env.setdefault("HUIYIN_SANDBOX_URL", f"http://127.0.0.1:{port + 1}")
    return Options(ROOT, data, host, port, demo, given.get("NLU_URL", ""), env, _processes(given.get("NLU_PROCESSES", "")))
