"""`manage.py replay FILE`: play a stream of real messages through the sandbox, as citizens would send them.

The command speaks HTTP to the sandbox's control API and nothing else. Lines of FILE are JSON objects
`sent, citizen, title, text`; a citizen always writes to the same account and their messages keep their order.
"""

import asyncio
import hashlib
import json
import time
from argparse import ArgumentParser
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

BAD_LINES_NAMED = 20
TEXT_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Message:
    """One line of the file. `at` is seconds after the first message."""

    citizen: str
    text: str
    at: float


@dataclass(slots=True)
class Tally:
    """What happened so far. `errors` counts by reason; `times` are webhook milliseconds."""

    sent: int = 0
    acknowledged: int = 0
    passive: int = 0
    times: list[float] = field(default_factory=list, repr=False)
    errors: Counter[str] = field(default_factory=Counter)

    def percentile(self, share: float) -> float:
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


class BadLine(ValueError):
    """The line is no message; the text says why."""


def read_line(line: bytes) -> tuple[datetime, str, str]:
    """Time, citizen and text of a line. Raises BadLine."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise BadLine("not JSON") from None
    if not isinstance(row, dict):
        raise BadLine("not an object")
    try:
        sent = datetime.fromisoformat(str(row.get("sent")))
    except ValueError:
        raise BadLine("sent is no time") from None
    citizen, title, text = (str(row.get(name) or "").strip() for name in ("citizen", "title", "text"))
    if not citizen or len(citizen) > 64:
        raise BadLine("citizen is missing or over 64 characters")
    shown = f"{title}\n{text}" if title and text else title or text
    if not shown:
        raise BadLine("neither title nor text")
    if len(shown) > TEXT_MAX:
        raise BadLine(f"text over {TEXT_MAX} characters")
    return sent.replace(tzinfo=None), citizen, shown


def read_file(path: Path, limit: int | None) -> tuple[list[Message], list[str]]:
    """All messages in the file's order, and what is wrong with the lines left out (`line 12: not JSON`)."""
    messages: list[Message] = []
    bad: list[str] = []
    first: datetime | None = None
    with path.open("rb") as lines:
        for place, line in enumerate(lines, 1):
            if not line.strip():
                continue
            if limit is not None and len(messages) >= limit:
                break
            try:
                sent, citizen, text = read_line(line)
            except BadLine as error:
                bad.append(f"line {place}: {error}")
                continue
            first = first or sent
            messages.append(Message(citizen, text, max(0.0, (sent - first).total_seconds())))
    return messages, bad


def share_of(name: str, parts: int) -> int:
    """The same part for the same name, in every run."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") % parts


class Player:
    """Sends messages through the sandbox: one queue a lane, a citizen always in the same lane."""

    def __init__(self, client: httpx.AsyncClient, accounts: list[str], concurrency: int, bar: Any) -> None:
        self._client, self._accounts, self._bar = client, accounts, bar
        self._lanes: list[asyncio.Queue[Message | None]] = [asyncio.Queue(50) for _ in range(concurrency)]
        self.tally = Tally()

    async def play(self, messages: list[Message], speed: float | None) -> None:
        """Send all; `speed` 60 = an hour of the file in a minute, None = as fast as they are taken."""
        workers = [asyncio.create_task(self._work(lane)) for lane in self._lanes]
        begun = time.monotonic()
        for message in messages:
            if speed is not None:
                await asyncio.sleep(max(0.0, begun + message.at / speed - time.monotonic()))
            await self._lanes[share_of(message.citizen, len(self._lanes))].put(message)
        for lane in self._lanes:
            await lane.put(None)
        await asyncio.gather(*workers)

    async def _work(self, lane: "asyncio.Queue[Message | None]") -> None:
        while (message := await lane.get()) is not None:
            await self._send(message)
            self._bar.update()

    async def _send(self, message: Message) -> None:
        account = self._accounts[share_of(f"account {message.citizen}", len(self._accounts))]
        self.tally.sent += 1
        try:
            answer = await self._client.post("/sim/say", json={"account": account, "citizen": message.citizen, "text": message.text})
            report = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            self.tally.errors[f"sandbox: {type(error).__name__}"] += 1
            return
        if answer.status_code != httpx.codes.OK:
            self.tally.errors[f"sandbox: {report.get('error', answer.status_code)}"] += 1
            return
        self.tally.times.append(float(report["ms"]))
        if not report["delivered"]:
            self.tally.errors[f"webhook: {report['answer']}"] += 1
        elif report["problem"]:
            self.tally.errors[f"answer: {report['problem']}"] += 1
        else:
            self.tally.acknowledged += 1
            self.tally.passive += report["passive"] is not None


def speed_of(text: str) -> float | None:
    """`max` = None, else a factor above 0. Raises ValueError."""
    if text == "max":
        return None
    factor = float(text)
    if not 0 < factor < 1e9:
        raise ValueError
    return factor


class Command(BaseCommand):
    help = "Play a stream of messages (JSON lines: sent, citizen, title, text) through the sandbox."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--sandbox", default="http://127.0.0.1:8001", help="the sandbox's address")
        parser.add_argument("--account", action="append", default=[], help="account id; may be given several times (default: all)")
        parser.add_argument("--platform", choices=("wechat", "weibo", "telegram"), help="only accounts of this platform")
        parser.add_argument("--speed", default="max", help="factor on the file's own times, or max")
        parser.add_argument("--limit", type=int, help="stop after so many messages")
        parser.add_argument("--concurrency", type=int, default=32, help="citizens writing at the same time")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            speed = speed_of(options["speed"])
        except ValueError:
            raise CommandError("--speed must be a number above 0, or max") from None
        if not 1 <= options["concurrency"] <= 1000:
            raise CommandError("--concurrency must be 1 to 1000")
        try:
            messages, bad = read_file(options["file"], options["limit"])
        except OSError as error:
            raise CommandError(f"cannot read {options['file']}: {error.strerror}") from None
        self._name_bad(bad)
        begun = time.monotonic()
        tally = asyncio.run(self._play(messages, speed, options))
        self._summary(tally, len(bad), time.monotonic() - begun)
        if tally.errors:
            raise SystemExit(1)

    async def _play(self, messages: list[Message], speed: float | None, options: dict[str, Any]) -> Tally:
        pool = httpx.Limits(max_connections=options["concurrency"], max_keepalive_connections=options["concurrency"])
        async with httpx.AsyncClient(base_url=options["sandbox"], trust_env=False, timeout=120, limits=pool) as client:
            accounts = await self._accounts(client, options)
            with tqdm(total=len(messages), unit="msg", disable=None) as bar:
                player = Player(client, accounts, options["concurrency"], bar)
                await player.play(messages, speed)
        return player.tally

    async def _accounts(self, client: httpx.AsyncClient, options: dict[str, Any]) -> list[str]:
        try:
            rows = (await client.get("/sim/accounts")).json()["accounts"]
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError) as error:
            raise CommandError(f"no sandbox answers at {options['sandbox']} ({type(error).__name__})") from None
        known = [row["id"] for row in rows if options["platform"] in (None, row["platform"])]
        missing = [name for name in options["account"] if name not in known]
        if missing:
            raise CommandError(f"the sandbox has no account {', '.join(missing)}")
        chosen = sorted(options["account"] or known)
        if not chosen:
            raise CommandError("the sandbox has no account to write to")
        return chosen

    def _name_bad(self, bad: list[str]) -> None:
        for line in bad[:BAD_LINES_NAMED]:
            self.stderr.write(f"left out, {line}")
        if len(bad) > BAD_LINES_NAMED:
            self.stderr.write(f"left out, {len(bad) - BAD_LINES_NAMED} more lines")

    def _summary(self, tally: Tally, bad: int, seconds: float) -> None:
        rate = tally.sent / seconds if seconds else 0.0
        self.stdout.write(
            f"sent {tally.sent}, acknowledged {tally.acknowledged}, answered in the push {tally.passive}, "
            f"bad lines {bad}, errors {sum(tally.errors.values())}; {seconds:.1f} s ({rate:.0f}/s); "
            f"webhook p50 {tally.percentile(0.5):.1f} ms, p99 {tally.percentile(0.99):.1f} ms"
        )
        for reason, times in tally.errors.most_common(10):
            self.stdout.write(f"  {times} × {reason}")
