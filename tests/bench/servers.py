"""The processes a benchmark measures: started here, waited for, weighed and ended."""

import contextlib
import http.client
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH")


class NotStarted(Exception):
    """A server did not come up; the text holds its last words."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(data: Path, **more: str) -> dict[str, str]:
    """A run's own settings: nothing of the caller's but the harmless basics."""
    basics = {name: os.environ[name] for name in KEPT if name in os.environ}
    own = {"HUIYIN_DATA": str(data), "HUIYIN_SECRET_KEY": "only-for-benchmarks", "HUIYIN_DEMO": "0", "HUIYIN_LOG": "WARNING"}
    return {**basics, **own, "HUIYIN_ALLOWED_HOSTS": "*", "PYTHONPATH": str(ROOT), **more}


def manage(env: Mapping[str, str], *words: str) -> str:
    """Run manage.py to its end and return what it printed. Raises CalledProcessError."""
    argv = [sys.executable, "manage.py", *words]
    done = subprocess.run(argv, cwd=ROOT, env=dict(env), check=True, capture_output=True, text=True)
    return done.stdout.strip()


@contextlib.contextmanager
def running(argv: Sequence[str], env: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process for the time of the block; its output goes to `log`."""
    with log.open("ab") as out:
        process = subprocess.Popen(list(argv), cwd=ROOT, env=dict(env), stdout=out, stderr=out, stdin=subprocess.DEVNULL)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def granian(target: str, port: int) -> list[str]:
    """The command line of one worker, as bot.launch.plan has it."""
    place = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--workers-kill-timeout", "5"]
    return [sys.executable, "-m", "granian", "--interface", "asgi", target, *place]


@contextlib.contextmanager
def serving(target: str, env: Mapping[str, str], log: Path, path: str = "/healthz") -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """An ASGI application behind granian, answering; yields its port (PORT, or a free one) and process. Raises NotStarted."""
    port = int(env.get("PORT", 0)) or free_port()
    with running(granian(target, port), {**env, "PORT": str(port)}, log) as process:
        _wait(port, path, process, log)
        yield port, process


def _wait(port: int, path: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
            connection.request("GET", path)
            connection.getresponse().read()
            return
        time.sleep(0.1)
    raise NotStarted(log.read_text(errors="replace")[-2000:])


def resident(*processes: subprocess.Popen[bytes]) -> int:
    """Bytes of memory of these processes with all their children: each page counted once (PSS where the system tells it)."""
    total = 0
    for process in processes:
        top = psutil.Process(process.pid)
        for one in (top, *top.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                full = one.memory_full_info()
                total += getattr(full, "pss", 0) or full.rss
    return total


def cpu_seconds(*processes: subprocess.Popen[bytes]) -> float:
    """Processor time these processes and their children have used so far."""
    total = 0.0
    for process in processes:
        top = psutil.Process(process.pid)
        for one in (top, *top.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                times = one.cpu_times()
                total += times.user + times.system
    return total


def postgres_bin() -> Path | None:
    """Where this machine keeps PostgreSQL's programs, if it has them."""
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "initdb").is_file() and (place / "postgres").is_file()), None)


@contextlib.contextmanager
def postgres(log: Path) -> Iterator[str]:
    """A private PostgreSQL with its own settings for durability (fsync on); yields a DATABASE_URL. Raises NotStarted."""
    programs = postgres_bin()
    if programs is None:
        raise NotStarted("no PostgreSQL on this machine")
    user = "postgres" if os.geteuid() == 0 else None  # its programs refuse to run as root
    folder = Path(tempfile.mkdtemp(prefix="huiyin-bench-pg-"))
    if user:
        shutil.chown(folder, user)
    port = free_port()
    words = ["-D", str(folder / "data"), "-p", str(port), "-k", str(folder), "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=60"]
    try:
        init = [str(programs / "initdb"), "-D", str(folder / "data"), "-U", "huiyin", "-A", "trust", "-E", "UTF8", "--no-locale"]
        subprocess.run(init, check=True, capture_output=True, user=user, cwd=folder)
        with log.open("ab") as out:
            server = subprocess.Popen([str(programs / "postgres"), *words], stdout=out, stderr=out, user=user, cwd=folder)
        try:
            _created(programs, port)
            yield f"postgresql://huiyin@127.0.0.1:{port}/huiyin"
        finally:
            server.terminate()
            server.wait(timeout=30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _created(programs: Path, port: int) -> None:
    argv = [str(programs / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", "huiyin", "huiyin"]
    for _ in range(100):
        done = subprocess.run(argv, check=False, capture_output=True, text=True)
        if done.returncode == 0:
            return
        time.sleep(0.1)
    raise NotStarted(done.stderr)
