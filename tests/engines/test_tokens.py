"""What processes share: tokens and their lock, on Redis and on the database."""

import time
from functools import partial

import pytest
import redis

from bot.channels.models import SharedValue
from bot.channels.shared import DatabaseTokens, RedisTokens
from connectors.contract import TokenStore
from tests.engines.together import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=["redis", "database"])
def store(request: pytest.FixtureRequest) -> TokenStore:
    if request.param == "database":
        return DatabaseTokens()
    client = redis.Redis.from_url(request.getfixturevalue("redis_url"))
    client.flushall()
    return RedisTokens(client)


def test_a_token_is_kept_for_its_time_only(store: TokenStore) -> None:
    store.put("t", "令牌", 0.2)
    assert store.get("t") == "令牌"
    time.sleep(0.25)
    assert store.get("t") is None


def test_one_holder_at_a_time_has_the_lock(store: TokenStore) -> None:
    inside: list[str] = []
    seen: list[int] = []

    def refresh(name: str) -> bool:
        with store.lock("t", 20) as had:
            inside.append(name)
            seen.append(len(inside))
            time.sleep(0.02)
            inside.remove(name)
            return had

    assert all(at_once(*(partial(refresh, f"w{n}") for n in range(6))))
    assert seen == [1] * 6


def test_a_lock_that_somebody_has_is_not_had(store: TokenStore) -> None:
    with store.lock("t", 1) as first, store.lock("t", 0.1) as second, store.lock("other", 0.1) as other:
        assert (first, second, other) == (True, False, True)
    with store.lock("t", 0.1) as again:
        assert again


def test_of_many_that_need_a_token_one_fetches_it(store: TokenStore) -> None:
    fetched: list[str] = []

    def obtain(name: str) -> str | None:
        with store.lock("t", 20):
            if store.get("t") is None:
                fetched.append(name)
                store.put("t", f"token of {name}", 60)
        return store.get("t")

    tokens = at_once(*(partial(obtain, f"w{n}") for n in range(6)))
    assert len(fetched) == 1 and set(tokens) == {f"token of {fetched[0]}"}


def test_dropping_an_old_token_leaves_the_one_that_was_just_fetched(store: TokenStore) -> None:
    for _ in range(40):
        store.put("t", "old", 60)
        at_once(partial(store.drop, "t", "old"), partial(store.put, "t", "new", 60))
        assert store.get("t") == "new"


def test_a_token_can_be_dropped_and_another_value_cannot(store: TokenStore) -> None:
    store.put("t", "old", 60)
    store.drop("t", "else")
    assert store.get("t") == "old"
    store.drop("t", "old")
    assert store.get("t") is None


def test_what_is_shared_cannot_be_read_by_whoever_sees_the_store(store: TokenStore, request: pytest.FixtureRequest) -> None:
    store.put("t", "secret-token", 60)
    if isinstance(store, DatabaseTokens):
        kept = SharedValue.objects.get(pk="t").value
    else:
        kept = str(redis.Redis.from_url(request.getfixturevalue("redis_url")).get("huiyin:t"))
    assert len(kept) > 40 and "secret-token" not in kept
