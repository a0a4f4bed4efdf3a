"""The fake platform of these tests."""

from collections.abc import Iterator

import pytest

from tests.connectors.weibo.server import FakeWeibo, serving


@pytest.fixture
def weibo() -> Iterator[FakeWeibo]:
    with serving() as fake:
        yield fake
