"""A process with one house and its ladder: `build N`, `sweep`, `breach` or `clocks` in, a line of JSON out."""

import gc
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bot.settings")

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from bot import clock  # noqa: E402
from bot.staff.actions import assign, create_person, ensure_root  # noqa: E402
from bot.supervision.watching import look  # noqa: E402
from bot.tickets.actions import lapse_claims  # noqa: E402
from bot.tickets.climbing import climb, repair  # noqa: E402
from bot.tickets.clock import set_clock  # noqa: E402
from bot.tickets.models import Ticket  # noqa: E402
from bot.tickets.roster import watch_roster  # noqa: E402
from bot.worker.loops import Job, run_until  # noqa: E402
from policies.roles import Role  # noqa: E402
from tests.bench import million  # noqa: E402

DUE = 100
ROUNDS = 7
BREACHES, GAP = 20, 0.7  # seconds between two


def build(tickets: int) -> dict[str, Any]:
    """As many open tickets, none of them due: their next step lies ahead. Somebody leads and is on duty at the root."""
    begun = time.perf_counter()
    call_command("migrate", verbosity=0)
    million.build(tickets)
    now, root = clock.now(), ensure_root(clock.now())
    for role in (Role.DUTY, Role.SUPERVISOR):
        assign("bench", create_person("bench", f"root-{role}", f"总值班 {role}", None, now), root, role, now)
    million.all_open()
    ahead = (now + timedelta(days=30)).replace(tzinfo=None)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE tickets_ticket SET rung = 2, next_step_at = %s, deadline = %s, service_deadline = %s", [ahead] * 3)
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return {"seconds": time.perf_counter() - begun, "tickets": Ticket.objects.count()}


def _spread(count: int, offset: int) -> list[int]:
    last = Ticket.objects.order_by("-pk").values_list("pk", flat=True)[0]
    return [1 + (offset * 37 + number * (last // count)) % last for number in range(count)]


def sweep() -> dict[str, Any]:
    """Milliseconds of a sweep with a hundred tickets at their deadline, each round with others; the median counts."""
    spent = []
    for number in range(ROUNDS):
        keys = _spread(DUE, number)
        now = clock.now()
        Ticket.objects.filter(pk__in=keys).update(rung=2, owner=None, deadline=now, next_step_at=now)
        begun = time.perf_counter()
        while climb(now):
            pass
        spent.append((time.perf_counter() - begun) * 1000)
        moved = Ticket.objects.filter(pk__in=keys, rung=3, owner__isnull=False).count()
        if moved != len(set(keys)):
            raise SystemExit(f"{moved} of {len(set(keys))} moved")
    return {"ms": sorted(spent)[len(spent) // 2], "worst": max(spent)}


def breach() -> dict[str, Any]:
    """Seconds from a deadline's moment until somebody else owns the ticket, with the worker's loops running."""
    keys, first = _spread(BREACHES, 11), clock.now() + timedelta(seconds=2)
    at = {key: first + timedelta(seconds=GAP * number) for number, key in enumerate(keys)}
    for key, moment in at.items():
        Ticket.objects.filter(pk=key).update(rung=2, owner=None, deadline=moment, next_step_at=moment)
    stop, delays = threading.Event(), dict.fromkeys(keys, float("inf"))
    jobs = [Job("climb", 0.5, climb), Job("clocks", 5.0, repair), Job("roster", 15.0, watch_roster), Job("lapse", 10.0, lapse_claims)]
    loops = run_until(stop, [*jobs, Job("balance", 5.0, lambda now: int(look(now)) * 0)], threading.Event())
    until = first + timedelta(seconds=GAP * BREACHES + 15)
    while clock.now() < until and float("inf") in delays.values():
        waiting = [key for key, delay in delays.items() if delay == float("inf")]
        for key in Ticket.objects.filter(pk__in=waiting, owner__isnull=False).values_list("pk", flat=True):
            delays[key] = (clock.now() - at[key]).total_seconds()
        time.sleep(0.02)
    stop.set()
    for loop in loops:
        loop.join(20)
    return {"worst": max(delays.values()), "median": sorted(delays.values())[len(delays) // 2]}


def clocks() -> dict[str, Any]:
    """Microseconds that a new ticket's clock takes, as in a storm."""
    ticket, now, count = Ticket.objects.get(pk=1), clock.now(), 5000
    ticket.rung, ticket.received_at, ticket.clock_from = 0, now, None
    begun = time.perf_counter()
    for number in range(count):
        ticket.deadline = now + timedelta(days=3, seconds=number)
        set_clock(ticket, now)
    return {"us": (time.perf_counter() - begun) / count * 1e6}


def main() -> None:
    """Answer until the input ends."""
    gc.collect()
    gc.freeze()  # as bot.asgi does
    verbs: dict[str, Callable[[], dict[str, Any]]] = {"sweep": sweep, "breach": breach, "clocks": clocks}
    for line in sys.stdin:
        first, *rest = line.split()
        sys.stdout.write(json.dumps(build(int(rest[0])) if first == "build" else verbs[first]()) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
