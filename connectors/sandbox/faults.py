"""Faults a person or a test asks for: what a platform does wrong, how often, to whom."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from itertools import count
from typing import Any

from starlette.responses import Response

from connectors.sandbox.drop import drop_connection
from connectors.sandbox.wire import Call

MODES = ("delay", "error", "accept_then_hang", "accept_then_502", "refuse_connection", "html", "token_dies")
GATEWAY_PAGE = b"<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>"
HANG_SECONDS = 60.0


@dataclass(slots=True)
class Fault:
    """One planned fault. Empty filters match everything; `times` None = until removed."""

    id: int
    mode: str
    platform: str = ""
    path: str = ""
    account: str = ""
    seconds: float = 0.0
    code: int = 0
    status: int = 0
    times: int | None = None
    probability: float = 1.0
    hits: int = 0

    def matches(self, platform: str, path: str, account: str) -> bool:
        """Is this the request it was planned for (dice included)?"""
        if self.times is not None and self.hits >= self.times:
            return False
        if self.platform not in ("", platform) or self.path not in path or self.account not in ("", account):
            return False
        return self.probability >= 1.0 or random.random() < self.probability  # noqa: S311  (dice, not secrets)


class Faults:
    """The plan. The first fault that matches a request is the one that happens."""

    def __init__(self) -> None:
        self.plan: list[Fault] = []
        self._ids = count(1)

    def add(self, raw: Mapping[str, Any]) -> Fault:
        """Plan a fault. Raises ValueError with the reason."""
        if raw.get("mode") not in MODES:
            raise ValueError(f"mode must be one of {', '.join(MODES)}")
        once = raw["mode"] == "token_dies"
        times = raw.get("times", 1 if once else None)
        try:
            fault = Fault(
                id=next(self._ids),
                mode=str(raw["mode"]),
                platform=str(raw.get("platform") or ""),
                path=str(raw.get("path") or ""),
                account=str(raw.get("account") or ""),
                seconds=float(raw.get("seconds") or 0),
                code=int(raw.get("code") or 0),
                status=int(raw.get("status") or 0),
                times=None if times is None else int(times),
                probability=float(raw.get("probability", 1.0)),
            )
        except (TypeError, ValueError, OverflowError):
            raise ValueError("seconds, code, status, times and probability must be numbers") from None
        if (fault.status and not 200 <= fault.status <= 599) or not 0 <= fault.seconds <= 3600:
            raise ValueError("status must be 200 to 599, seconds 0 to 3600")
        self.plan.append(fault)
        return fault

    def clear(self) -> int:
        """Remove every fault. Returns how many there were."""
        removed, self.plan = len(self.plan), []
        return removed

    def find(self, platform: str, path: str, account: str) -> Fault | None:
        """The fault for this request, counted as used."""
        for fault in self.plan:
            if fault.matches(platform, path, account):
                fault.hits += 1
                return fault
        return None

    def all(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self.plan]


@dataclass(frozen=True, slots=True)
class Surface:
    """What a fault needs from a platform: how it words an error, and how a token dies there."""

    error: Callable[[Fault], Response]
    kill_token: Callable[[], None]


async def run(fault: Fault | None, call: Call, surface: Surface, handle: Callable[[], Awaitable[Response]]) -> Response:
    """Handle the request, with the fault if there is one.

    In the two `accept_…` modes the request takes full effect and only the answer is lost; in all others, delay
    excepted, the request has no effect.
    """
    if fault is None:
        return await handle()
    if fault.mode == "delay":
        await asyncio.sleep(fault.seconds)
        return await handle()
    if fault.mode == "token_dies":
        surface.kill_token()
        return await handle()
    if fault.mode == "error":
        return surface.error(fault)
    if fault.mode == "html":
        return Response(GATEWAY_PAGE, fault.status or 200, {"content-type": "text/html"})
    if fault.mode == "refuse_connection":
        return _cut(call)
    await handle()
    if fault.mode == "accept_then_502":
        return Response(GATEWAY_PAGE, fault.status or 502, {"content-type": "text/html"})
    await asyncio.sleep(fault.seconds or HANG_SECONDS)
    return _cut(call)


def _cut(call: Call) -> Response:
    """No answer at all; the Response is for servers on which the connection could not be found."""
    drop_connection(call.client)
    return Response(b"", 502, {"connection": "close"})
