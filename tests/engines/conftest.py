"""The town of the data-layer tests, and the servers."""

from collections.abc import Iterator

import pytest

from tests.bot.conftest import world
from tests.engines.servers import Absent, Postgres, postgres, redis_server

__all__ = ["world"]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """A private PostgreSQL for the whole run, as durable as in production."""
    try:
        with postgres() as server:
            yield server
    except Absent as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """REDIS_URL of a private Redis for the whole run."""
    try:
        with redis_server() as url:
            yield url
    except Absent as reason:
        pytest.skip(str(reason))
