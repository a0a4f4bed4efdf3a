"""What processes share and may lose: platform tokens and locks. On Redis when there is one, else on the database."""

import logging
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from django.db import IntegrityError, connection, transaction

from bot import clock
from bot.channels.models import SharedValue
from bot.vault import Sealed, seal, unseal
from bot.waking import PREFIX, redis_client
from connectors.contract import TokenStore

if TYPE_CHECKING:
    import redis

log = logging.getLogger(__name__)
DELETE_IF = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"
KEPT = f"SELECT value FROM {SharedValue._meta.db_table} WHERE key = %s AND until > %s"  # noqa: S608
LOCK_LIFE_SECONDS = 30.0  # a holder that died frees its lock after this long


@cache
def token_store() -> TokenStore:
    """The store connectors are lent."""
    client = redis_client()
    return RedisTokens(client) if client else DatabaseTokens()


class RedisTokens:
    """Tokens in Redis, sealed: Redis is often backed up and seldom encrypted.

    Without Redis nothing is known and no lock can be had: whoever needs a token tries again later.
    """

    def __init__(self, client: "redis.Redis") -> None:
        self._redis = client

    def get(self, key: str) -> str | None:
        with _away():
            value = self._redis.get(PREFIX + key)
            return _opened(value.decode()) if isinstance(value, bytes) else None
        return None

    def put(self, key: str, value: str, seconds: float) -> None:
        with _away():
            self._redis.set(PREFIX + key, seal(value), px=max(1, int(seconds * 1000)))

    def drop(self, key: str, value: str) -> None:
        with _away():
            sealed = self._redis.get(PREFIX + key)
            if isinstance(sealed, bytes) and _opened(sealed.decode()) == value:
                self._redis.eval(DELETE_IF, 1, PREFIX + key, sealed)  # what another process put there meanwhile stays

    @contextmanager
    def lock(self, key: str, seconds: float) -> Iterator[bool]:
        name, mine = f"{PREFIX}lock:{key}", secrets.token_hex(8)
        end, had = time.monotonic() + seconds, False
        with _away():
            while not (had := bool(self._redis.set(name, mine, nx=True, px=int(LOCK_LIFE_SECONDS * 1000)))) and time.monotonic() < end:
                time.sleep(0.05)
        try:
            yield had
        finally:
            if had:
                with _away():
                    self._redis.eval(DELETE_IF, 1, name, mine)


@contextmanager
def _away() -> Iterator[None]:
    from redis import RedisError

    try:
        yield
    except RedisError as error:
        log.warning("Redis is away: %s", type(error).__name__)


class DatabaseTokens:
    """The same on the database: few processes, few tokens, so a row each is enough.

    The threads of one process queue among themselves first: thirty that all want the same token would else keep the
    database busy with asking for the lock.
    """

    def __init__(self) -> None:
        self._here: dict[str, threading.Lock] = {}

    def get(self, key: str) -> str | None:
        with connection.cursor() as cursor:
            cursor.execute(KEPT, [key, connection.ops.adapt_datetimefield_value(clock.now())])  # for every message that leaves
            found = cursor.fetchone()
        return _opened(found[0]) if found else None

    def put(self, key: str, value: str, seconds: float) -> None:
        until = clock.now() + timedelta(seconds=seconds)
        SharedValue.objects.update_or_create(pk=key, defaults={"value": seal(value), "until": until})

    def drop(self, key: str, value: str) -> None:
        row = SharedValue.objects.filter(pk=key).first()
        if row and _opened(row.value) == value:
            SharedValue.objects.filter(pk=key, value=row.value).delete()  # what another process put there meanwhile stays

    @contextmanager
    def lock(self, key: str, seconds: float) -> Iterator[bool]:
        name, mine = f"lock:{key}", secrets.token_hex(8)
        end, had = time.monotonic() + seconds, False
        here = self._here.setdefault(name, threading.Lock())
        if not here.acquire(timeout=seconds):
            yield False
            return
        try:
            while not (had := self._take(name, mine)) and time.monotonic() < end:
                time.sleep(0.05)
            yield had
        finally:
            try:
                if had:
                    SharedValue.objects.filter(pk=name, value=mine).delete()
            finally:
                here.release()  # last: the next thread would else find the row and wait for nothing

    def _take(self, name: str, mine: str) -> bool:
        now = clock.now()
        if SharedValue.objects.filter(pk=name, until__gt=now).exists():
            return False
        until = now + timedelta(seconds=LOCK_LIFE_SECONDS)
        if SharedValue.objects.filter(pk=name, until__lte=now).update(value=mine, until=until):
            return True
        try:
            with transaction.atomic():
                SharedValue.objects.create(key=name, value=mine, until=until)
        except IntegrityError:
            return False
        return True


def _opened(sealed: str) -> str | None:
    try:
        return unseal(sealed)
    except Sealed:
        return None
