from collections.abc import Iterator

import pytest

from tests.connectors.wechat.house import Platform, running


@pytest.fixture
def platform() -> Iterator[Platform]:
    with running() as found:
        yield found
