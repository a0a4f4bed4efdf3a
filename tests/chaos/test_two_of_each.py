"""Two web and two work processes on PostgreSQL and Redis: one of each is killed for good, the others finish what it had begun."""

import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.chaos.gate import gate
from tests.chaos.killing import Killer
from tests.chaos.test_kill import QUIET_SECONDS, SETTINGS, engine, seed_of_run, unkind
from tests.chaos.traffic import Traffic
from tests.chaos.verdict import all_items, broken_promises, everybody_comes_back, phones, read_ledger, settle_unknown, wait_until_quiet
from tests.engines.children import free_port
from tests.journeys.stack import Stack, running, until, web_command

# The dead one's lease, the next look for expired leases (every 2 s), and time to write it down on a busy machine.
WITHIN = float(SETTINGS["HUIYIN_LEASE_SECONDS"]) + 2.0 + 3.0


@contextmanager
def two_of_each(folder: Path) -> Iterator[tuple[Stack, str]]:
    """An installation with two web processes behind one address, and two work processes; yields it and the address."""
    ports: list[int] = []
    with engine("postgresql") as env, gate(ports) as door:
        address = f"http://127.0.0.1:{door}"
        with running(folder, **SETTINGS, **env, HUIYIN_PUBLIC_URL=address) as stack:
            second = free_port()
            stack.start("web2", *web_command(second))
            stack.start("work2", sys.executable, "manage.py", "work")
            until(lambda: httpx.get(f"http://127.0.0.1:{second}/healthz", timeout=5).status_code)
            ports += [stack.web_port, second]
            yield stack, address


def callers(stack: Stack, address: str) -> tuple[httpx.Client, httpx.Client]:
    """An agent and a supervisor who come through the one address."""
    found = stack.caller("agent"), stack.caller("supervisor")
    for client in found:
        client.base_url = f"{address}/api/v1"
    return found


@pytest.mark.timeout(300)
def test_the_others_finish_what_the_dead_had_begun(tmp_path: Path) -> None:
    with two_of_each(tmp_path) as (stack, address):
        agent, supervisor = callers(stack, address)
        unkind(stack)
        traffic = Traffic(stack, agent, seed_of_run())
        traffic.start()
        try:
            begun = _kill_one_of_each(stack, traffic, supervisor)
            _others_finish(supervisor, begun)
        finally:
            traffic.stop()
        httpx.delete(f"{stack.sandbox}/sim/faults", timeout=10).raise_for_status()
        _nothing_is_lost(stack, supervisor, traffic)


def _kill_one_of_each(stack: Stack, traffic: Traffic, supervisor: httpx.Client) -> set[int]:
    """While calls are under way; returns the deliveries that were."""
    until(lambda: len(traffic.accepted) >= 10 and len(traffic.said) >= 20)
    killer = Killer(stack, random.Random(traffic.seed))
    until(lambda: supervisor.get("/deliveries", params={"state": "sending"}).json()["items"])
    killer.kill("work")
    killer.kill("web")
    sending = until(lambda: supervisor.get("/deliveries", params={"state": "sending"}))
    return {row["id"] for row in sending.json()["items"]}


def _others_finish(supervisor: httpx.Client, begun: set[int]) -> None:
    """Within the lease no delivery of the dead is still under way."""
    started = time.monotonic()
    until(lambda: not begun & {row["id"] for row in all_items(supervisor, "/deliveries", state="sending")}, WITHIN)
    assert time.monotonic() - started <= WITHIN


def _nothing_is_lost(stack: Stack, supervisor: httpx.Client, traffic: Traffic) -> None:
    assert wait_until_quiet(stack, supervisor, QUIET_SECONDS)
    listed = settle_unknown(stack, supervisor)
    assert wait_until_quiet(stack, supervisor, QUIET_SECONDS)
    everybody_comes_back(stack, traffic, supervisor, QUIET_SECONDS)
    book = read_ledger(stack)
    owners = {row["lease_owner"] for row in book["deliveries"] if row["lease_owner"]}
    print(f"{len(traffic.said)} messages, {len(traffic.accepted)} replies, {listed} unknown")  # noqa: T201
    assert len(owners) == 2, "both work processes were to have sent something"
    assert broken_promises(traffic, book, phones(stack)) == []
