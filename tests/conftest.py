"""What every test needs of the database."""

import os
import shutil
from collections.abc import Iterator

import pytest
from django.db import connection

from bot.duty import book
from tests import emptying
from tests.journeys import laid

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


def pytest_configure(config: pytest.Config) -> None:
    """Whatever is made once for all workers lies in a folder of the process that starts them."""
    if not hasattr(config, "workerinput"):
        laid.share()


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_modify_db_settings: None, django_db_keepdb: bool) -> bool:
    """On SQLite each of several workers begins with a copy of the migrated file: Django finds every table there and nothing to do."""
    copied = connection.vendor == "sqlite" and "PYTEST_XDIST_WORKER" in os.environ
    if copied:
        shutil.copy(laid.made(), connection.settings_dict["TEST"]["NAME"])
    return django_db_keepdb or copied


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
