"""A storm: 10,000 messages in 60 s on three platforms, in an open loop: who is slow is not spared the next message."""

import asyncio
import contextlib
import random
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connectors.sandbox.world import World
from nlu import corpus
from tests.bench import house, pretend
from tests.bench.flood import percentile
from tests.bench.rasa import rasa
from tests.bench.report import Section
from tests.bench.servers import cpu_seconds, free_port, resident, running, serving

MESSAGES, SECONDS = 10_000, 60.0
CITIZENS = 8_000
THANKS = ("谢谢", "谢谢你们", "好的，谢谢", "非常感谢")
ASKING = frozenset({"question", "complaint", "suggestion", "report", "help"})  # intents of the training data
THANKS_SHARE = 0.1
WEBHOOK_SECONDS, ACKNOWLEDGED_SECONDS = 1.0, 5.0
MEMORY = 400 * 2**20
AFTERWARDS = 120.0  # seconds given to what is still under way


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the storm."""

    account: str
    citizen: str
    text: str
    asks: bool


@dataclass(slots=True)
class Seen:
    """What the platforms saw."""

    first_said: dict[tuple[str, str], float] = field(default_factory=dict)
    webhook: list[float] = field(default_factory=list, repr=False)
    passive: int = 0
    problems: Counter[str] = field(default_factory=Counter)
    late: float = 0.0  # seconds the generator itself was behind, at worst


def script(accounts: list[str], seed: int = 20261122) -> list[Said]:
    """Who says what: the same in every run. A citizen always writes to the same account."""
    drawn = random.Random(seed)
    questions = [example.text for example in corpus.read() if example.subject and example.intent in ASKING]
    said = []
    for _ in range(MESSAGES):
        number = drawn.randrange(CITIZENS)
        asks = drawn.random() >= THANKS_SHARE
        said.append(Said(accounts[number % len(accounts)], f"市民{number}", drawn.choice(questions if asks else THANKS), asks))
    return said


async def play(world: World, lines: list[Said]) -> Seen:
    """Say all at an even pace, whatever comes back."""
    seen, begun = Seen(), time.monotonic()
    tasks = []
    for place, line in enumerate(lines):
        due = begun + place * SECONDS / len(lines)
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        seen.late = max(seen.late, time.monotonic() - due)
        tasks.append(asyncio.create_task(_say(world, line, seen)))
    await asyncio.gather(*tasks)
    return seen


async def _say(world: World, line: Said, seen: Seen) -> None:
    seen.first_said.setdefault((line.account, line.citizen), world.clock.stamp())
    report = await pretend.speak(world, line.account, line.citizen, line.text)
    seen.webhook.append(report["ms"] / 1000)
    seen.passive += report["passive"] is not None
    if not report["delivered"] or report["problem"] or report["attempts"] != 1:
        seen.problems[str(report["problem"] or report["answer"])] += 1


def heard(world: World) -> dict[tuple[str, str], float]:
    """When each citizen first heard something."""
    first: dict[tuple[str, str], float] = {}
    for bubble in world.book.outbox:
        first.setdefault((bubble.account, bubble.citizen), bubble.time)
    return first


async def _settled(world: World, seen: Seen, env: Mapping[str, str]) -> dict[str, int]:
    """Wait until everybody heard something and every message has its place, or the time is up; the balance then."""
    end = time.monotonic() + AFTERWARDS
    while True:
        balance = await asyncio.to_thread(house.balance, env)
        done = len(heard(world)) >= len(seen.first_said) and not balance["arriving"]
        if done or time.monotonic() > end:
            return balance
        await asyncio.sleep(1.0)


def run(folder: Path) -> Section:
    """On SQLite, with Rasa where there is one, with web, work and the pretend platforms on this machine."""
    section = Section("storm", "A storm of 10,000 messages in 60 s")
    sandbox = free_port()
    accounts = [house.account(number, platform, f"http://127.0.0.1:{sandbox}") for number, platform in enumerate(_platforms())]
    with contextlib.ExitStack() as stack:
        nlu = stack.enter_context(rasa(folder / "rasa.log"))
        env = house.house(folder / "data", accounts, PORT=str(free_port()), **nlu)
        port, web = stack.enter_context(serving("bot.asgi:application", env, folder / "web.log"))
        work = stack.enter_context(running([sys.executable, "manage.py", "work"], env, folder / "work.log"))
        world = pretend.load(folder / "sandbox.json", accounts, port)
        lines = script([row["id"] for row in accounts])
        before = cpu_seconds(web, work)
        seen, balance = asyncio.run(_storm(world, sandbox, lines, env))
        spent, memory = cpu_seconds(web, work) - before, resident(web, work)
    section.note("Texts were read by Rasa." if nlu else "There was no Rasa with a trained model: texts were read by the keyword fallback.")
    _tell(section, seen, heard(world), balance, house.outcome(env), lines)
    section.add(
        "web + work: processor time a message, memory after the storm",
        f"{spent / MESSAGES * 1000:.1f} ms, {memory / 2**20:.0f} MB",
        "≤ 400 MB",
        memory <= MEMORY,
    )
    return section


def _platforms() -> list[str]:
    return [platform for platform in ("wechat", "weibo", "telegram") for _ in house.DEPARTMENTS]


async def _storm(world: World, port: int, lines: list[Said], env: Mapping[str, str]) -> tuple[Seen, dict[str, int]]:
    async with pretend.platforms(world, port):
        seen = await play(world, lines)
        return seen, await _settled(world, seen, env)


def _tell(
    section: Section, seen: Seen, first: dict[tuple[str, str], float], balance: dict[str, int], outcome: dict[str, Any], lines: list[Said]
) -> None:
    p99 = percentile(seen.webhook, 0.99)
    p50 = percentile(seen.webhook, 0.5)
    section.add("webhook p50 / p99", f"{p50 * 1000:.0f} / {p99 * 1000:.0f} ms", "p99 ≤ 1 s", p99 <= WEBHOOK_SECONDS)
    waits = [first.get(who, float("inf")) - said for who, said in seen.first_said.items()]
    p50, p99, worst = percentile(waits, 0.5), percentile(waits, 0.99), max(waits)
    deaf = sum(who not in first for who in seen.first_said)
    figure = f"{p50:.2f} / {p99:.2f} / {worst:.2f} s"
    section.add("citizens acknowledged after p50 / p99 / at worst", figure, "p99 ≤ 5 s", p99 <= ACKNOWLEDGED_SECONDS)
    section.add("citizens who heard nothing", str(deaf), "0", not deaf)
    kept = (balance["received"], balance["difference"], balance["arriving"])
    section.add("messages stored; difference; not yet read", "{}; {}; {}".format(*kept), f"{len(lines)}; 0; 0", kept == (len(lines), 0, 0))
    askers = len({(line.account, line.citizen) for line in lines if line.asks})
    tickets = outcome["tickets"]
    section.add("tickets, of citizens with a question", f"{tickets} of {askers}", "equal", tickets == askers)
    misread = [text for text in outcome["dismissed"] if text not in THANKS]
    if misread:
        section.note(f"Questions taken for none (a person confirms each): {'; '.join(misread[:10])}")
    section.add("read by", ", ".join(f"{name} {count / len(lines):.0%}" for name, count in sorted(outcome["read_by"].items())))
    section.add("answered in the push itself", f"{seen.passive / len(lines):.0%}")
    section.add(
        "pushes not taken at once",
        f"{sum(seen.problems.values())} {dict(seen.problems.most_common(3)) or ''}".strip(),
        "0",
        not seen.problems,
    )
    if seen.late > 1.0:
        section.note(f"The generator itself was up to {seen.late:.1f} s behind: the machine was busy with something else.")
