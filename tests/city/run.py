"""Putting a city together: database, offices, engine, judge; and what is said at the end."""

import json
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from django.core.management import call_command
from django.db import connections

from tests.bench.report import write
from tests.city import plan as plans
from tests.city import report, town
from tests.city.citizens import Raters
from tests.city.engine import City, Engine, Job
from tests.city.invariants import INVARIANTS, Judge
from tests.city.people import Staff, turns
from tests.city.phones import Phones
from tests.city.plan import PLATFORMS, Plan, Said
from tests.city.platforms import CITY, PAGERS
from tests.city.sabotage import SABOTAGES
from tests.city.samples import Samples
from tests.city.supervisor import FORK, Broken, Supervisor
from tests.city.sweeps import Ladder, sweeps
from tests.city.world import World
from tests.engines.children import free_port

TOGETHER = 2  # spoiled cities that run at the same time


def city(folder: Path, plan: Plan, sabotage: str, begun: float, *, page: bool = False) -> int:
    """One run; 0 when every invariant held and everything that was planned happened. `page`: into docs/benchmarks.md as well."""
    prepare(plan)
    said = plans.conversation(plan)
    sys.stdout.write(
        f"{plan.days} days, {len(said)} messages, {plan.staff} staff, {len(plan.crashes)} crashes, {len(plan.outages)} outages\n"
    )
    sys.stdout.flush()
    found = lived(folder, plan, said, sabotage, begun)
    report.write(World(folder), plan, said, found)
    if page:
        write([report.section(found, plan)])
    for row in INVARIANTS:
        sys.stdout.write(f"  {row.name}: {found.violations[row.name]} ({row.en}; {found.looked[row.name]} looked at)\n")
    sys.stdout.write(f"  {found.crashes} crashes, {found.seconds:.0f} s; {folder}/report.html\n")
    sys.stdout.write("".join(f"BROKEN {name}\n" for name in found.broken) or "every promise was kept\n")
    return 1 if found.broken else 0


def prepare(plan: Plan) -> None:
    """Tables and offices, written into the database of the settings, which is let go of again: what is forked must not share it."""
    call_command("migrate", "--no-input", verbosity=0)
    town.found_city(plan, plan.start)
    connections.close_all()


def lived(folder: Path, plan: Plan, said: Sequence[Said], sabotage: str, begun: float, *, impatient: bool = False) -> report.Found:
    """The city from its first to its last moment, and what the judge found."""
    world, ports = World(folder), {name: free_port() for name in (*PLATFORMS, PAGERS, CITY)}
    world.now = plan.start
    town.address(ports)
    connections.close_all()
    schedule = turns(plan)

    def engine() -> None:
        made = City(world, plan, said, ports[CITY])
        build(made, Staff(made, schedule), sabotage).run()

    supervisor = Supervisor(world, plan, list(ports.values()), engine, impatient)
    supervisor.run()
    if not (impatient and list(world.notes("violations"))):
        Judge(City(world, plan, said, ports[CITY])).last(plan.end)
    return report.judged(world, plan, time.monotonic() - begun, supervisor.crashes, sabotage)


def build(made: City, staff: Staff, sabotage: str) -> Engine:
    """The engine with its people, its judge, and perhaps one rule broken on purpose."""
    judge, ladder = Judge(made), Ladder()
    samples = Samples(made, staff, ladder)
    phones, raters = Phones(made, staff), Raters(made, staff)
    engine = Engine(
        made,
        [
            Job("working", staff.next, staff.run),
            *sweeps(ladder, phones.arrived),
            Job("answering calls", phones.next, phones.run),
            Job("rating", raters.next, raters.run),
        ],
    )
    if sabotage:
        SABOTAGES[sabotage].spoil(engine)
    engine.jobs += [Job("checking", samples.next, lambda now: samples.run(now, engine)), Job("checking", judge.next, judge.run)]
    return engine


def spoiled(folder: Path, names: Sequence[str], begun: float) -> int:
    """A tiny city for each of these sabotages, two at a time; what each broke, as JSON. 0 when every one broke what it had to."""
    plan = plans.tiny()
    prepare(plan)
    said, first = plans.conversation(plan), Path(str(connections["default"].settings_dict["NAME"]))

    def one(name: str) -> None:
        own = folder / name
        own.mkdir()
        connections["default"].settings_dict["NAME"] = str(shutil.copy(first, own / first.name))
        try:
            broken = [row for row, count in lived(own, plan, said, name, begun, impatient=True).violations.items() if count]
        except Broken as error:
            broken = [str(error)]
        (own / "broken.json").write_text(json.dumps(broken), encoding="utf-8")

    under_way: list[FORK.Process] = []  # type: ignore[name-defined]
    for name in names:
        while len([child for child in under_way if child.is_alive()]) >= TOGETHER:
            time.sleep(0.02)
        under_way.append(FORK.Process(target=one, args=(name,)))
        under_way[-1].start()
    for child in under_way:
        child.join()
    found = {name: json.loads((folder / name / "broken.json").read_text()) for name in names if (folder / name / "broken.json").exists()}
    sys.stdout.write(json.dumps(found) + "\n")
    return 0 if all(SABOTAGES[name].breaks in found.get(name, []) for name in names) else 1
