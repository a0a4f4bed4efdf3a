"""A light load generator: connections kept alive, the next request as soon as the answer is there (a closed loop).

It shares the machine with the server it measures, so it does as little as it can: requests are bytes made beforehand,
of an answer only the length and the status are read.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Tally:
    """What came back. `times` are seconds a request, in the order of the answers."""

    times: list[float] = field(default_factory=list, repr=False)
    statuses: Counter[int] = field(default_factory=Counter)
    errors: int = 0
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.times) / self.seconds if self.seconds else 0.0


def percentile(times: Sequence[float], share: float) -> float:
    """The value below which this share of them stays; 0 for none."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


class _Line(asyncio.Protocol):
    """One connection with one request under way."""

    def __init__(self, requests: Iterator[bytes], tally: Tally, until: float, ended: "asyncio.Future[None]") -> None:
        self._requests, self._tally, self._until, self._ended = requests, tally, until, ended
        self._buffer = b""
        self._begun = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport
        self._next()

    def _next(self) -> None:
        request = next(self._requests, None)
        self._begun = time.perf_counter()
        if request is None or self._begun > self._until:
            self._transport.close()
        else:
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        head, cut, body = self._buffer.partition(b"\r\n\r\n")
        if not cut or len(body) < _length(head):
            return
        self._tally.times.append(time.perf_counter() - self._begun)
        self._tally.statuses[int(head[9:12])] += 1
        self._buffer = b""
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        self._tally.errors += error is not None
        if not self._ended.done():
            self._ended.set_result(None)


def _length(head: bytes) -> int:
    place = head.lower().find(b"content-length:")
    return int(head[place + 15 :].split(b"\r\n", 1)[0]) if place >= 0 else 0


async def flood(port: int, requests: Iterator[bytes], connections: int, seconds: float) -> Tally:
    """Send for so many seconds, or until the requests are used up."""
    loop, tally = asyncio.get_running_loop(), Tally()
    begun = time.perf_counter()
    ends: list[asyncio.Future[None]] = [loop.create_future() for _ in range(connections)]
    for ended in ends:
        await loop.create_connection(lambda end=ended: _Line(requests, tally, begun + seconds, end), "127.0.0.1", port)  # type: ignore[misc]
    await asyncio.gather(*ends)
    tally.seconds = time.perf_counter() - begun
    return tally
