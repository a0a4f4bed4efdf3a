"""Private PostgreSQL and Redis servers on loopback, for tests and benchmarks: made, used, ended, removed.

    with postgres() as server: server.database("one")  ->  a DATABASE_URL
    with redis_server() as url: …                      ->  a REDIS_URL

Both raise Absent, with words for a skip, where the binaries are not installed.
"""

import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import redis
from psycopg import sql

from tests.engines.children import end, free_port, start

START_SECONDS = 30.0
PREFIX = "huiyin-engine-"
# fsync and synchronous_commit stay on where processes are killed: what those tests prove rests on them.
SETTINGS = {"listen_addresses": "127.0.0.1", "max_connections": "200", "shared_buffers": "64MB", "timezone": "UTC"}


class Absent(Exception):
    """The server's binaries are not on this machine."""


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server of our own."""

    port: int
    password: str
    folder: Path

    def url(self, name: str) -> str:
        """DATABASE_URL of a database of this server."""
        return f"postgresql://huiyin:{self.password}@127.0.0.1:{self.port}/{name}"

    def database(self, name: str) -> str:
        """Make a database; returns its DATABASE_URL."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as link:
            link.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)


def binaries() -> Path:
    """The folder of the newest PostgreSQL. Raises Absent."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    on_path = shutil.which("initdb")
    found += [Path(on_path).parent] if on_path and shutil.which("postgres") else []
    if not found:
        raise Absent("no PostgreSQL server on this machine (looked in /usr/lib/postgresql/*/bin and on PATH)")
    return max(found, key=lambda path: [int(part) for part in re.findall(r"\d+", str(path))])


@contextmanager
def postgres(*, fsync: bool = True) -> Iterator[Postgres]:
    """A private PostgreSQL, durable as in production; without `fsync` for tests that kill nothing. Raises Absent."""
    programs = binaries()
    with _folder() as folder:
        owner = _unprivileged(folder)
        password = secrets.token_hex(16)
        _initdb(programs, folder, password, owner)
        server, process = _started(lambda port: _postgres(programs, folder, port, password, owner, fsync), folder / "log")
        try:
            yield server
        finally:
            end(process, signal.SIGINT)  # fast shutdown: clients are disconnected


@contextmanager
def redis_server() -> Iterator[str]:
    """A private Redis that keeps nothing; yields its REDIS_URL. Raises Absent."""
    program = shutil.which("redis-server")
    if program is None:
        raise Absent("no redis-server on this machine (looked on PATH)")
    with _folder() as folder:
        url, process = _started(lambda port: _redis(program, folder, port), folder / "log")
        try:
            yield url
        finally:
            end(process)


@contextmanager
def _folder() -> Iterator[Path]:
    """A short folder name (socket paths are limited to 107 bytes) that carries our pid, so that a killed run's can be removed."""
    for old in Path(tempfile.gettempdir()).glob(PREFIX + "*"):
        pid = old.name.removeprefix(PREFIX).partition("-")[0]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists() and Path("/proc/self").exists():
            shutil.rmtree(old, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged(folder: Path) -> dict[str, Any]:
    """Popen's arguments for running as somebody else where we are root (PostgreSQL refuses root); the folder becomes theirs."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            who = pwd.getpwnam(name)
            os.chown(folder, who.pw_uid, who.pw_gid)
            return {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}
    raise Absent("PostgreSQL cannot run as root, and this machine has neither a user postgres nor nobody")


def _initdb(programs: Path, folder: Path, password: str, owner: dict[str, Any]) -> None:
    secret = folder / "password"
    secret.write_text(password)
    secret.chmod(0o644)  # the folder itself is closed to others
    options = ["-U", "huiyin", "--pwfile", str(secret), "-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    made = subprocess.run(
        [str(programs / "initdb"), "-D", str(folder / "data"), *options], cwd=folder, capture_output=True, timeout=120, check=False, **owner
    )
    if made.returncode:
        raise RuntimeError("initdb failed: " + made.stderr.decode("utf-8", "replace")[-500:])
    secret.unlink()


def _postgres(
    programs: Path, folder: Path, port: int, password: str, owner: dict[str, Any], fsync: bool
) -> tuple[Postgres, Any, Callable[[], object]]:
    settings = SETTINGS | {"fsync": "on" if fsync else "off"}
    words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    argv = [str(programs / "postgres"), "-D", str(folder / "data"), "-p", str(port), "-k", str(folder), *words]
    process = start(argv, folder / "log", dies_by=signal.SIGQUIT, cwd=folder, **owner)
    server = Postgres(port, password, folder)
    return server, process, lambda: psycopg.connect(server.url("postgres"), connect_timeout=2).close()


def _redis(program: str, folder: Path, port: int) -> tuple[str, Any, Callable[[], object]]:
    password = secrets.token_hex(16)
    config = folder / "redis.conf"
    config.write_text(f'bind 127.0.0.1\nport {port}\nrequirepass {password}\nsave ""\nappendonly no\ndir {folder}\n')
    process = start([program, str(config)], folder / "log", cwd=folder)
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    return url, process, lambda: redis.Redis.from_url(url, socket_timeout=2).ping()


def _started(begin: Callable[[int], tuple[Any, Any, Callable[[], object]]], log: Path) -> tuple[Any, Any]:
    """Begin on a free port until the probe succeeds; another port where somebody was faster."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        server, process, probe = begin(free_port())
        while process.poll() is None and time.monotonic() < until:
            try:
                probe()
                return server, process
            except (psycopg.OperationalError, redis.RedisError):
                time.sleep(0.05)
        end(process)
    raise RuntimeError("the server did not come up: " + log.read_text(errors="replace")[-800:])
