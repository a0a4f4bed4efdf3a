"""Durable intake: signed WeChat messages, each its own, on 64 connections, against a bare callable that stores nothing."""

import asyncio
import contextlib
import hashlib
import itertools
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.bench import house
from tests.bench.flood import Tally, flood, percentile
from tests.bench.report import Section
from tests.bench.servers import NotStarted, environment, postgres, running, serving

CONNECTIONS = 64
SECONDS = 5.0
WARM = 2.0
LEAST = {"SQLite": 0.7, "PostgreSQL": 0.5}
P99_SECONDS = 0.1
NOBODY = "http://127.0.0.1:9"  # the receipts reach nobody: nothing of a measurement leaves the machine
TEXT = "请问云川市城乡居民医疗保险异地就医备案怎么办理，需要带哪些材料，到哪个窗口，大概几天能办好？"
ACCOUNT = {
    "id": "bench-wechat",
    "platform": "wechat",
    "name": "健康云川",
    "department": "health",
    "kind": "service",
    "credentials": house.WECHAT,
}


def requests(path: str) -> Iterator[bytes]:
    """Endless signed messages, no two alike, of 8,000 citizens."""
    now, nonce = str(int(time.time())), "20261122"
    signature = hashlib.sha1("".join(sorted((house.TOKEN, now, nonce))).encode()).hexdigest()
    head = f"POST {path}?signature={signature}&timestamp={now}&nonce={nonce} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: text/xml\r\n"
    for number in itertools.count(time.time_ns()):
        fields = f"<FromUserName><![CDATA[o{number % 8000:027d}]]></FromUserName><CreateTime>{now}</CreateTime>"
        words = f"<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{TEXT}]]></Content><MsgId>{number}</MsgId>"
        body = f"<xml><ToUserName><![CDATA[gh_0123456789ab]]></ToUserName>{fields}{words}</xml>".encode()
        yield f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


def measure(port: int, path: str) -> tuple[Tally, int]:
    """The tally at saturation, and how many requests were answered with 200 in all (the warm-up too)."""
    first = asyncio.run(flood(port, requests(path), CONNECTIONS, WARM))
    tally = asyncio.run(flood(port, requests(path), CONNECTIONS, SECONDS))
    return tally, first.statuses[200] + tally.statuses[200]


def bare(folder: Path) -> float:
    """The yardstick's requests a second."""
    with serving("tests.bench.bare:application", environment(folder, BENCH_TOKEN=house.TOKEN), folder / "bare.log", "/") as (port, _):
        return measure(port, "/")[0].rate


def stored(section: Section, store: str, env: Mapping[str, str], folder: Path, *, work: bool) -> float:
    """Measure the real web process, with or without a work process beside it; returns its requests a second."""
    before = house.balance(env)["received"]
    with contextlib.ExitStack() as stack:
        port, _ = stack.enter_context(serving("bot.asgi:application", env, folder / "web.log"))
        if work:
            stack.enter_context(running([sys.executable, "manage.py", "work"], env, folder / "work.log"))
        tally, acknowledged = measure(port, "/hooks/wechat/bench-wechat")
    received = house.balance(env)["received"] - before
    name = f"{store}, {'web + work' if work else 'web'}"
    p50, p99 = percentile(tally.times, 0.5), percentile(tally.times, 0.99)
    met = None if work else p99 <= P99_SECONDS
    section.add(f"{name}: p50 / p99 at saturation", f"{p50 * 1000:.0f} / {p99 * 1000:.0f} ms", "" if work else "p99 ≤ 100 ms", met)
    other = sum(tally.statuses.values()) - tally.statuses[200] + tally.errors
    lost = acknowledged - received
    section.add(
        f"{name}: acknowledged but not stored; other answers", f"{lost} of {acknowledged}; {other}", "0; 0", lost <= 0 and not other
    )
    return tally.rate


def on(section: Section, store: str, folder: Path, **settings: str) -> None:
    """One store: yardstick, web, yardstick, web with work; ratios to the yardsticks on both sides."""
    env = house.house(folder, [{**ACCOUNT, "base_url": NOBODY}], **settings)
    first = bare(folder)
    alone = stored(section, store, env, folder, work=False)
    second = bare(folder)
    beside = stored(section, store, env, folder, work=True)
    yardstick = (first + second) / 2
    least = LEAST[store]
    section.add(f"{store}: bare callable (twice)", f"{first:,.0f} and {second:,.0f} requests/s")
    section.add(f"{store}: durable intake", f"{alone:,.0f}/s = {alone / yardstick:.2f} of bare", f"≥ {least}", alone / yardstick >= least)
    section.add(f"{store}: the same while a work process reads the messages", f"{beside:,.0f}/s = {beside / yardstick:.2f} of bare")


def run(folder: Path) -> Section:
    """Both stores; PostgreSQL where its programs are."""
    section = Section("intake", "Durable intake")
    on(section, "SQLite", folder / "sqlite")
    try:
        with postgres(folder / "postgres.log") as url:
            on(section, "PostgreSQL", folder / "postgresql", DATABASE_URL=url)
    except NotStarted as error:
        section.note(f"PostgreSQL not measured: {str(error).splitlines()[-1] if str(error) else 'did not start'}")
    return section
