"""The web process: platform hooks first, live updates next, then Django."""

import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bot.settings")

from django.core.asgi import get_asgi_application

django = get_asgi_application()
# The thread that stores webhooks holds up all that wait for it: it must not wait 5 ms (Python's own choice) for its turn.
sys.setswitchinterval(0.0005)

from bot.channels.registry import all_connectors  # noqa: E402  (needs Django's set-up)
from bot.console.live import application as live  # noqa: E402
from bot.dialogue.dispatcher import Dispatcher  # noqa: E402
from bot.dialogue.reading import understand  # noqa: E402
from bot.inbox.accounts import AccountBook  # noqa: E402
from bot.inbox.commit import GroupCommit  # noqa: E402
from bot.inbox.hooks import Hooks  # noqa: E402
from bot.outbox.actions import handed_over  # noqa: E402
from bot.steady import keep_what_is_loaded  # noqa: E402

keep_what_is_loaded()

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]

dispatcher = Dispatcher(understand)
commit = GroupCommit(handed_over)
hooks = Hooks(AccountBook(all_connectors()), commit, dispatcher)


async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """The ASGI application granian serves."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["path"].startswith("/hooks/"):
        await hooks(scope, receive, send)
    elif scope["path"].startswith("/live/"):
        await live(scope, receive, send)
    else:
        await django(scope, receive, send)


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            dispatcher.start()
            commit.start()
            await send({"type": "lifespan.startup.complete"})
        else:
            commit.stop()
            dispatcher.stop()
            await send({"type": "lifespan.shutdown.complete"})
            return
