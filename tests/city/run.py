"""Putting a city together: database, offices, engine, judge; and what is said at the end."""

import shutil
import sys
import time
from pathlib import Path

from django.core.management import call_command
from django.db import connections

from bot.channels.models import Account
from tests.city import plan as plans
from tests.city import report, town
from tests.city.engine import City, Engine, Job
from tests.city.invariants import INVARIANTS, Judge
from tests.city.people import Staff, turns
from tests.city.plan import PLATFORMS, Plan
from tests.city.sabotage import SABOTAGES
from tests.city.samples import Samples
from tests.city.supervisor import Supervisor
from tests.city.world import World
from tests.engines.children import free_port


def city(folder: Path, *, short: bool, days: int, sabotage: str, template: str, begun: float) -> int:
    """One run; 0 when every invariant held and everything that was planned happened."""
    plan = plans.short() if short else plans.whole(days=days)
    world, ports = World(folder), {name: free_port() for name in (*PLATFORMS, "city")}
    world.now = plan.start
    _prepare(folder, plan, ports, template)
    said, schedule = plans.conversation(plan), turns(plan)
    sys.stdout.write(
        f"{plan.days} days, {len(said)} messages, {plan.staff} staff, {len(plan.crashes)} crashes, {len(plan.outages)} outages\n"
    )
    sys.stdout.flush()

    def engine() -> None:
        made = City(world, plan, said, ports["city"])
        build(made, Staff(made, schedule), sabotage).run()

    supervisor = Supervisor(world, plan, list(ports.values()), engine)
    supervisor.run()
    ended = City(world, plan, said, ports["city"])
    Judge(ended).last(plan.end)
    found = report.judged(world, plan, time.monotonic() - begun, supervisor.crashes, sabotage)
    report.write(world, plan, said, found)
    _say(found, folder)
    return 1 if found.broken else 0


def _say(found: report.Found, folder: Path) -> None:
    for row in INVARIANTS:
        sys.stdout.write(f"  {row.name}: {found.violations[row.name]} ({row.en}; {found.looked[row.name]} looked at)\n")
    sys.stdout.write(f"  {found.crashes} crashes, {found.seconds:.0f} s; {folder}/report.html\n")
    sys.stdout.write("".join(f"BROKEN {name}\n" for name in found.broken) or "every promise was kept\n")


def _prepare(folder: Path, plan: Plan, ports: dict[str, int], template: str) -> None:
    if template:
        shutil.copy(template, folder / "huiyin.sqlite3")
        for platform in PLATFORMS:
            Account.objects.filter(platform=platform).update(base_url=f"http://127.0.0.1:{ports[platform]}")
    else:
        call_command("migrate", "--no-input", verbosity=0)
        town.found_city(plan, ports, plan.start)
    connections.close_all()  # what is forked must not share one


def build(made: City, staff: Staff, sabotage: str) -> Engine:
    """The engine with its people, its judge, and perhaps one rule broken on purpose."""
    judge, samples = Judge(made), Samples(made, staff)
    engine = Engine(made, [Job("working", staff.next, staff.run)])
    engine.jobs += [Job("checking", samples.next, lambda now: samples.run(now, engine)), Job("checking", judge.next, judge.run)]
    if sabotage:
        SABOTAGES[sabotage].spoil(engine)
    return engine
