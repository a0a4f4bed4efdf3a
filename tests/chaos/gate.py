"""What stands before two web processes in production: one address, connections handed to whoever lives."""

import asyncio
import itertools
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from tests.engines.children import free_port

CHUNK = 65536


@contextmanager
def gate(ports: Sequence[int]) -> Iterator[int]:
    """A TCP balancer on loopback before these ports (more may be added later), past those that refuse; yields its own port."""
    own, ready, ending = free_port(), threading.Event(), threading.Event()

    async def serve() -> None:
        turns = itertools.count()
        await asyncio.start_server(lambda reader, writer: _hand_on(reader, writer, ports, next(turns)), "127.0.0.1", own)
        ready.set()
        while not ending.is_set():
            await asyncio.sleep(0.1)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    try:
        assert ready.wait(10)
        yield own
    finally:
        ending.set()
        thread.join(10)


async def _hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, ports: Sequence[int], turn: int) -> None:
    first = turn % len(ports) if ports else 0
    for port in (*ports[first:], *ports[:first]):
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            continue
        await asyncio.gather(_pour(reader, far_writer), _pour(far_reader, writer))
        return
    writer.close()


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await reader.read(CHUNK):
            writer.write(chunk)
            await writer.drain()
    writer.close()
