"""kill -9 of web and work at random moments, while messages come in and replies go out: nothing lost, nothing twice.

The platforms answer after 200 ms, and sometimes not at all although they accepted. The seed is printed; HUIYIN_CHAOS_SEED repeats a run.
"""

import contextlib
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.chaos.killing import Killer
from tests.chaos.traffic import Traffic
from tests.chaos.verdict import broken_promises, everybody_comes_back, held_wrongly, phones, read_ledger, settle_unknown, wait_until_quiet
from tests.engines.servers import Absent, postgres, redis_server
from tests.journeys.stack import Stack, running

SHORT, LONG = 3, 50
QUIET_SECONDS = 90.0
SETTINGS: dict[str, Any] = {
    "HUIYIN_LEASE_SECONDS": "3",
    "HUIYIN_INTAKE_LEASE_SECONDS": "2",
    "HUIYIN_PLATFORM_TIMEOUT": "1.5",
    "HUIYIN_LOG": "WARNING",
    "NLU_URL": "",
}
# Repeats soon enough to meet a web process that is just back.
LIMITS = {"push.gap_seconds": 0.7, "push.deliveries": 8, "push.telegram_first_gap": 0.3, "push.telegram_longest_gap": 1.0}
CALLS = ("/cgi-bin/message/custom/send", "/sendMessage", "/2/messages/reply")


@contextlib.contextmanager
def engine(name: str) -> Iterator[dict[str, Any]]:
    """The environment of an installation on this engine."""
    if name == "sqlite":
        yield {"DATABASE_URL": "", "REDIS_URL": ""}
        return
    try:
        with postgres() as server, redis_server() as redis_url:
            yield {"DATABASE_URL": server.database("chaos"), "REDIS_URL": redis_url}
    except Absent as reason:
        pytest.skip(str(reason))


def unkind(stack: Stack) -> None:
    """Accepted and never answered, now and then; and everything late."""
    httpx.post(f"{stack.sandbox}/sim/limits", json=LIMITS, timeout=10).raise_for_status()
    hangs = [{"mode": "accept_then_hang", "path": path, "probability": 0.06, "seconds": 4} for path in CALLS]
    for fault in [*hangs, {"mode": "delay", "seconds": 0.2}]:
        httpx.post(f"{stack.sandbox}/sim/faults", json=fault, timeout=10).raise_for_status()


def seed_of_run() -> int:
    return int(os.environ.get("HUIYIN_CHAOS_SEED") or random.SystemRandom().randrange(10**6))


def survive(stack: Stack, kills: int, seed: int) -> list[str]:
    """Traffic under kills, then peace; what was broken, in words."""
    agent, supervisor = stack.caller("agent"), stack.caller("supervisor")
    traffic, killer = Traffic(stack, agent, seed), Killer(stack, random.Random(seed))
    unkind(stack)
    begun = time.monotonic()
    traffic.start()
    try:
        killer.kill_some(kills)
    finally:
        traffic.stop()
    httpx.delete(f"{stack.sandbox}/sim/faults", timeout=10).raise_for_status()
    quiet = wait_until_quiet(stack, supervisor, QUIET_SECONDS)
    listed = settle_unknown(stack, supervisor)
    quiet = quiet and wait_until_quiet(stack, supervisor, QUIET_SECONDS)
    wrongly = held_wrongly(stack)
    held = everybody_comes_back(stack, traffic, supervisor, QUIET_SECONDS)
    book, seen = read_ledger(stack), phones(stack)
    words = f"seed {seed}: {killer.kills.count('web')} kills of web, {killer.kills.count('work')} of work, {len(traffic.said)} messages"
    print(f"{words}, {len(traffic.accepted)} replies, {listed} unknown, {held} held, {time.monotonic() - begun:.0f} s")  # noqa: T201
    assert len(traffic.accepted) >= kills and len(traffic.said) >= 5 * kills, "there was too little to break"
    return ([] if quiet else ["it did not become quiet"]) + wrongly + broken_promises(traffic, book, seen)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def test_nothing_is_lost_and_nothing_doubled_when_processes_are_killed(name: str, tmp_path: Path) -> None:
    with engine(name) as env, running(tmp_path, **SETTINGS, **env) as stack:
        assert survive(stack, SHORT, seed_of_run()) == []


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_fifty_kills_lose_nothing_and_double_nothing(name: str, tmp_path: Path) -> None:
    with engine(name) as env, running(tmp_path, **SETTINGS, **env) as stack:
        assert survive(stack, LONG, seed_of_run()) == []
