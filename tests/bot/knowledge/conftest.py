"""No index outlives its test's database."""

from collections.abc import Iterator

import pytest

from bot.knowledge.shelf import forget
from tests.bot.conftest import world

__all__ = ["world"]


@pytest.fixture(autouse=True)
def fresh_shelf() -> Iterator[None]:
    forget()
    yield
    forget()
