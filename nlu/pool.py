"""Which of several Rasa processes gets the next text: the least busy one that answers, two texts each at most."""

import asyncio
import itertools
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import httpx

from nlu.breaker import Breaker

EACH = 2  # texts under way at one process: one that it reads, one that is on the wire. More only wait in the process instead of here.


@dataclass(slots=True, eq=False)
class Server:
    """One Rasa process."""

    url: str
    token: str = field(repr=False)
    breaker: Breaker
    busy: int = 0
    clients: dict[int, httpx.AsyncClient] = field(default_factory=dict, repr=False)


def servers(urls: str | Sequence[str], tokens: str | Sequence[str], breaker: Callable[[], Breaker]) -> list[Server]:
    """The processes named by `urls` (a comma-separated text will do), each with its own token, or the last one given."""
    origins = [url.rstrip("/") for url in _listed(urls)]
    keys = _listed(tokens) or [""]
    return [Server(url, keys[min(place, len(keys) - 1)], breaker()) for place, url in enumerate(origins)]


def _listed(given: str | Sequence[str]) -> list[str]:
    return [part.strip() for part in (given.split(",") if isinstance(given, str) else given) if part.strip()]


class Pool:
    """Lives on one event loop: `take` and `give` are called there only."""

    def __init__(self, found: Sequence[Server]) -> None:
        """`found`: may be empty."""
        self.servers = list(found)
        self._turn = itertools.count()
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def take(self) -> Server | None:
        """A process to ask, waiting for its turn; None where every breaker is open. Who gets one must `give` it back."""
        while True:
            free = [server for server in self._in_turn() if server.busy < EACH]
            server = next((one for one in sorted(free, key=lambda one: one.busy) if one.breaker.allow()), None)
            if server is not None:
                server.busy += 1
                return server
            if not any(one.busy and one.breaker.state == "closed" for one in self.servers):
                self._wake()  # the others that wait would wait in vain as well
                return None
            await self._wait()

    def _in_turn(self) -> list[Server]:
        """All of them, beginning with another one each time: of equally busy ones none is always first."""
        first = next(self._turn) % max(1, len(self.servers))
        return self.servers[first:] + self.servers[:first]

    async def _wait(self) -> None:
        place = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():  # its turn had come: the next one's, then
                self._wake()
            raise

    def give(self, server: Server) -> None:
        """It has answered, or has been given up."""
        server.busy -= 1
        self._wake()

    def _wake(self) -> None:
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                return
