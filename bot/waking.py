"""The shared Redis, where an installation has one, and wake-ups over it. Losing either costs only the next look at the tables."""

import logging
import threading
import time
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

if TYPE_CHECKING:
    import redis  # loading it takes every process as long as Django's models do: only an installation that has one does so

log = logging.getLogger(__name__)
PREFIX = "huiyin:"
PAUSE_SECONDS = 5.0  # after Redis failed, nobody waits for it again so soon
_quiet_until = 0.0


@cache
def redis_client() -> "redis.Redis | None":
    """The shared Redis, or None when this installation has none."""
    if not settings.REDIS_URL:
        return None
    return connect(settings.REDIS_URL)


def connect(url: str) -> "redis.Redis":
    """A client that gives up soon: redis-py would try for five seconds, and whoever waits can do without."""
    import redis
    from redis.backoff import ConstantBackoff
    from redis.retry import Retry

    once = Retry(ConstantBackoff(0.05), 1)
    return redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=2, health_check_interval=30, retry=once)


def wake_after_commit(topic: str) -> None:
    """Wake whoever waits for this topic, once the transaction under way is there to be seen."""
    if settings.REDIS_URL:
        transaction.on_commit(lambda: wake(topic))


def wake(topic: str) -> None:
    """Wake whoever waits for this topic now."""
    global _quiet_until
    client = redis_client()
    if client is None or time.monotonic() < _quiet_until:
        return
    from redis import RedisError

    try:
        client.publish(PREFIX + topic, b"")
    except RedisError:
        _quiet_until = time.monotonic() + PAUSE_SECONDS
        log.warning("no Redis to wake others; they look at the tables by themselves")


def on_wake(topic: str, call: Callable[[], object], stop: threading.Event) -> None:
    """Call back at each wake-up of this topic until `stop`, from a thread of its own; without Redis nothing happens."""
    if redis_client() is not None:
        threading.Thread(target=_listen, args=(topic, call, stop), name=f"wake-{topic}", daemon=True).start()


def _listen(topic: str, call: Callable[[], object], stop: threading.Event) -> None:
    from redis import RedisError

    client = redis_client()
    while client is not None and not stop.is_set():
        try:
            with client.pubsub(ignore_subscribe_messages=True) as subscription:  # type: ignore[no-untyped-call]
                subscription.subscribe(PREFIX + topic)
                while not stop.is_set():
                    if subscription.get_message(timeout=1.0):
                        call()
        except RedisError:
            log.warning("no Redis; looking at the tables instead")
            stop.wait(PAUSE_SECONDS)
