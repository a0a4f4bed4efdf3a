"""Calling the account's webhook as a platform does: time limit, repeats, log."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import h11

from connectors.sandbox.clock import Clock
from connectors.sandbox.http_client import Client
from connectors.sandbox.hub import Hub
from connectors.sandbox.limits import Limits

LOG_ROWS = 500
TIMES_KEPT = 20_000
ANSWER_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Wire:
    """One HTTP request as it goes out. `query` is put behind the hook's address."""

    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Judged:
    """What the platform made of one answer: `again` = deliver once more; `passive` = a reply found in it."""

    again: bool
    word: str  # for the log: empty, success, passive, malformed, status 500, …
    passive: str | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """One push: composed anew at each attempt (fresh signature), judged by the platform's own rules."""

    account: str
    platform: str
    citizen: str
    kind: str
    platform_id: str
    url: str
    compose: Callable[[], Wire]
    judge: Callable[[int, bytes], Judged]
    gaps: tuple[float, ...]  # seconds from the begin of one attempt to the next; their number + 1 = attempts
    attempt_seconds: float


@dataclass(slots=True)
class Report:
    """How a push ended. `status` 0 = no HTTP answer at all."""

    platform_id: str
    status: int = 0
    attempts: int = 0
    ms: float = 0.0
    passive: str | None = None
    word: str = ""
    problem: str = ""
    delivered: bool = False

    def public(self) -> dict[str, Any]:
        return {
            "platform_id": self.platform_id, "status": self.status, "attempts": self.attempts, "ms": round(self.ms, 1),
            "passive": self.passive, "answer": self.word, "problem": self.problem, "delivered": self.delivered,
        }  # fmt: skip


class Pusher:
    """The one way from the pretend platforms to webhooks."""

    def __init__(self, clock: Clock, limits: Limits, hub: Hub) -> None:
        self._clock, self._limits, self._hub = clock, limits, hub
        self._client = Client()
        self._slots = asyncio.Semaphore(limits["push.concurrency"])
        self.reset()

    def reset(self) -> None:
        self.log: deque[dict[str, Any]] = deque(maxlen=LOG_ROWS)
        self.times: deque[float] = deque(maxlen=TIMES_KEPT)
        self.counts: Counter[str] = Counter()

    def close(self) -> None:
        self._client.close()

    async def deliver(self, job: Job) -> Report:
        """Push until the webhook took it or the attempts are used up."""
        report = Report(job.platform_id)
        self.counts["pushes"] += 1
        for gap in (*job.gaps, None):
            begun = time.monotonic()
            judged = await self._attempt(job, report)
            if not judged.again:
                report.delivered = True
                break
            if gap is not None:
                await asyncio.sleep(max(0.0, gap - (time.monotonic() - begun)))
        report.passive, report.problem = judged.passive, judged.problem
        self.counts["delivered" if report.delivered else "undelivered"] += 1
        return report

    async def _attempt(self, job: Job, report: Report) -> Judged:
        async with self._slots:
            begun = time.perf_counter()
            report.status, body, failure = await self.request("POST", job.url, job.compose(), job.attempt_seconds)
            report.ms = (time.perf_counter() - begun) * 1000
        report.attempts += 1
        judged = Judged(True, failure) if failure else job.judge(report.status, body)
        report.word = judged.word
        self.times.append(report.ms)
        self.counts[f"status {report.status}"] += 1
        self._write(job, report, judged)
        return judged

    async def request(self, method: str, url: str, wire: Wire, seconds: float) -> tuple[int, bytes, str]:
        """One HTTP exchange: status, body, "" – or 0, nothing, what went wrong."""
        address = f"{url}{'&' if '?' in url else '?'}{urlencode(wire.query)}" if wire.query else url
        try:
            async with asyncio.timeout(seconds):
                status, body = await self._client.request(method, address, wire.headers, wire.body, ANSWER_BYTES)
        except TimeoutError:
            return 0, b"", f"no answer in {seconds:g} s"
        except (OSError, h11.ProtocolError, ValueError) as error:
            return 0, b"", type(error).__name__
        return status, body, ""

    def _write(self, job: Job, report: Report, judged: Judged) -> None:
        row = {
            "time": self._clock.now(), "account": job.account, "platform": job.platform, "citizen": job.citizen, "kind": job.kind,
            "platform_id": job.platform_id, "attempt": report.attempts, "status": report.status, "ms": round(report.ms, 1),
            "answer": judged.word, "problem": judged.problem,
        }  # fmt: skip
        self.log.append(row)
        self._hub.tell("push", row)

    def percentile(self, share: float) -> float:
        """Milliseconds of webhook time below which `share` of the last attempts stayed."""
        ordered = sorted(self.times)
        return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 1) if ordered else 0.0
