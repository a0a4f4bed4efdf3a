"""The yardstick: an ASGI callable that checks the signature and reads the XML with the product's own reader, and stores nothing."""

import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from connectors.contract import Inbound, Rejected
from connectors.wechat import connector
from policies.facts import AccountFacts

ACCOUNT = AccountFacts(
    id="bench-wechat",
    platform="wechat",
    name="bench",
    kind="service",
    credentials={"app_id": "wx0123456789abcdef", "app_secret": "0" * 32, "token": os.environ.get("BENCH_TOKEN", "bench"), "mode": "plain"},
)


async def application(
    scope: dict[str, Any], receive: Callable[[], Awaitable[dict[str, Any]]], send: Callable[[dict[str, Any]], Awaitable[None]]
) -> None:
    """Verify, read, answer."""
    if scope["type"] != "http":
        return
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    query = dict(parse_qsl(scope["query_string"].decode()))
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    try:
        answer = connector.read(Inbound(scope["method"], query, headers, body), ACCOUNT, datetime.now(UTC)).answer
        status, content = answer.status, answer.body
    except Rejected as no:
        status, content = no.status, b""
    length = str(len(content)).encode()
    await send(
        {"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain"), (b"content-length", length)]}
    )
    await send({"type": "http.response.body", "body": content})
