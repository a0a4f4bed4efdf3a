"""How fast and how large: one parse, many at once, memory. Nothing else may run beside it."""

import contextlib
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from nlu import serve
from nlu.client import Rasa
from nlu.evaluation import metrics
from nlu.evaluation.lab import Lab, Server

AT_ONCE = 8  # connections of the flood, as in the published figure
MB = 1e6


@dataclass(frozen=True, slots=True)
class Pace:
    """One model served by one process: milliseconds of a parse, one after the other; sizes in MB."""

    p50: float
    p99: float
    model: float
    memory: float


def pace(lab: Lab, model: Path, texts: Sequence[str]) -> Pace:
    """Ask about every text on one kept-open connection."""
    with lab.serving(model) as server, contextlib.closing(server.connection()) as connection:
        times = [took for _, took in connection.read(texts, lab.say) if took]
        memory = server.memory()
    return Pace(metrics.percentile(times, 0.5), metrics.percentile(times, 0.99), model.stat().st_size / MB, memory / MB)


@dataclass(frozen=True, slots=True)
class Throughput:
    """Messages a second of several processes together: asked with plain connections, and by the product's own client."""

    processes: int
    plain: float
    client: float
    lost: int  # texts the client had to have read by the words
    memory: float  # MB of one process afterwards, the largest


def throughput(lab: Lab, model: Path, processes: int, texts: Sequence[str]) -> Throughput:
    """All texts as fast as `processes` of Rasa answer them, from eight connections."""
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(lab.serving(model)) for _ in range(processes)]
        plain = _plain(servers, texts)
        client, lost = _client(servers, texts)
        return Throughput(processes, plain, client, lost, max(server.memory() for server in servers) / MB)


def _plain(servers: Sequence[Server], texts: Sequence[str]) -> float:
    def ask(number: int) -> int:
        with contextlib.closing(servers[number % len(servers)].connection()) as connection:
            return sum(answer is not None for answer, _ in connection.read(texts[number::AT_ONCE]))

    begun = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answered = sum(pool.map(ask, range(AT_ONCE)))
    return answered / (time.perf_counter() - begun)


def _client(servers: Sequence[Server], texts: Sequence[str]) -> tuple[float, int]:
    client = Rasa([f"http://{serve.LOOPBACK}:{server.port}" for server in servers], [server.token for server in servers], timeout=5)
    begun = time.perf_counter()
    found = client.understand(texts, 600)
    took = time.perf_counter() - begun
    answered = sum(one.source == "rasa" for one in found)
    return answered / took, len(found) - answered
