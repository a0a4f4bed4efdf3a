"""The pretend platforms inside the benchmark's own process: they push, answer calls, and tell when each citizen heard something."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

from connectors.sandbox import say
from connectors.sandbox.app import create_app, load_world
from connectors.sandbox.world import World


def load(path: Path, accounts: list[dict[str, Any]], web: int) -> World:
    """A world with these accounts that pushes to the web process on this port."""
    path.write_text(json.dumps({"hook_origin": f"http://127.0.0.1:{web}", "accounts": accounts}), encoding="utf-8")
    return load_world(str(path))


@contextlib.asynccontextmanager
async def platforms(world: World, port: int) -> AsyncIterator[World]:
    """The platforms' side, answering on this port for the time of the block."""
    server = Server(create_app(world), port=port, interface=Interfaces.ASGI, backlog=2048, websockets=False, log_level=LogLevels.warning)
    task = asyncio.create_task(server.serve())
    try:
        await asyncio.sleep(1.0)
        yield world
    finally:
        server.stop()
        with contextlib.suppress(asyncio.CancelledError, TimeoutError):
            await asyncio.wait_for(task, 10)


async def speak(world: World, account: str, citizen: str, text: str) -> dict[str, Any]:
    """One message of a citizen, pushed until it is taken; the push's report."""
    act = say.Act(account=account, citizen=citizen, text=text)
    known, person, job = say.begin(world, act)
    return await say.finish(world, act, known, person, job)
