"""The servers themselves: private, durable, and gone when their owner is gone."""

import os
import signal
import subprocess
import sys
import time

import psycopg
import pytest
import redis

from tests.engines.children import ROOT
from tests.engines.servers import Postgres, redis_server

OWNER = (
    "import time\nfrom tests.engines.servers import postgres, redis_server\n"
    "with postgres() as server, redis_server() as url:\n    print(server.port, url, flush=True)\n    time.sleep(60)\n"
)


def listening(port: int) -> bool:
    try:
        psycopg.connect(f"postgresql://huiyin:x@127.0.0.1:{port}/postgres", connect_timeout=2).close()
    except psycopg.OperationalError as error:
        return "refused" not in str(error)
    return True


def answers(url: str) -> bool:
    try:
        return bool(redis.Redis.from_url(url, socket_timeout=2).ping())
    except redis.ConnectionError:
        return False


def test_postgresql_writes_through_to_the_disk(postgres_server: Postgres) -> None:
    with psycopg.connect(postgres_server.url("postgres")) as link:
        found = [link.execute(f"SHOW {name}").fetchone() for name in ("fsync", "synchronous_commit")]
    assert found == [("on",), ("on",)]


def test_nobody_enters_without_the_password(postgres_server: Postgres, redis_url: str) -> None:
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(f"postgresql://huiyin:wrong@127.0.0.1:{postgres_server.port}/postgres", connect_timeout=2)
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=int(redis_url.rpartition(":")[2].partition("/")[0])).ping()


def test_a_server_ends_with_its_block() -> None:
    with redis_server() as url:
        assert redis.Redis.from_url(url).ping()
    assert not answers(url)


def test_servers_end_when_their_owner_is_killed(postgres_server: Postgres) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    owner = subprocess.Popen([sys.executable, "-c", OWNER], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    port, url = owner.stdout.readline().split()
    os.kill(owner.pid, signal.SIGKILL)
    owner.communicate()
    until = time.monotonic() + 15
    while (listening(int(port)) or answers(url)) and time.monotonic() < until:
        time.sleep(0.1)
    assert not listening(int(port))
    assert not answers(url)
