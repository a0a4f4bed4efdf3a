"""Wake-ups over Redis: new work is seen at once instead of at the next look."""

import logging
import threading

import redis

from bot.channels.shared import PREFIX, redis_client

log = logging.getLogger(__name__)


def listen(stop: threading.Event, wake: threading.Event) -> None:
    """Set `wake` whenever somebody published; without Redis nothing is needed."""
    if redis_client() is not None:
        threading.Thread(target=_listen, args=(stop, wake), name="wake", daemon=True).start()


def _listen(stop: threading.Event, wake: threading.Event) -> None:
    client = redis_client()
    while client is not None and not stop.is_set():
        try:
            with client.pubsub(ignore_subscribe_messages=True) as subscription:  # type: ignore[no-untyped-call]
                subscription.subscribe(PREFIX + "wake")
                while not stop.is_set():
                    if subscription.get_message(timeout=1.0):
                        wake.set()
        except redis.RedisError:
            log.warning("no Redis; looking at the table instead")
            stop.wait(5)
