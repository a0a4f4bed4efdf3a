"""What every test needs of the database."""

from collections.abc import Iterator

import pytest

from bot.duty import book
from tests import emptying

emptying.install()

# What takes longest begins first, so that no worker stands idle at the end: `make test` gives whole files to two workers in this order.
LONGEST = (
    "nlu/test_rasa",  # trains the model
    "engines/test_data_layer",
    "console/browser/test_pages",
    "chaos/",
    "journeys/",
    "city/",
    "nlu/evaluation/",
    "connectors/test_adding",
    "launch/",
    "console/browser/",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort by how long the files take; within one the order stays."""
    items.sort(key=lambda item: next((place for place, part in enumerate(LONGEST) if part in item.nodeid), len(LONGEST)))


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    """What a process keeps of the tables for a few seconds is not another test's."""
    book.forget()


@pytest.fixture(autouse=True)
def _no_book_of_the_test_before() -> Iterator[None]:
    """Packs and calendar are kept for seconds by a process: the next test must not see what one had set."""
    from bot.deadlines.queries import forget

    forget()
    yield
    forget()
