"""What every test needs of the database."""

from collections.abc import Iterator

import pytest
from django.db import connection
from pytest_django.plugin import blocking_manager_key

from bot.duty import book

TRIGGER = "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit_entry BEGIN SELECT RAISE(ABORT, 'the audit record is append-only'); END;"


# What takes longest begins first, so that no worker stands idle at the end: `make test` gives whole files to two workers in this order.
LONGEST = (
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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Tests that really commit are cleaned by emptying all tables; the record, which cannot be emptied, lets it happen here only."""
    marker = item.get_closest_marker("django_db")
    flushed = marker is not None and marker.kwargs.get("transaction") and connection.vendor == "sqlite"
    database = connection.settings_dict["NAME"]
    if flushed:
        _execute(item, "DROP TRIGGER IF EXISTS audit_no_delete")
    result = yield
    if flushed and connection.settings_dict["NAME"] == database:  # after the last test of a run the test database itself is gone
        _execute(item, TRIGGER, if_there="audit_entry")  # where all tests were skipped there are no tables either
    return result


def _execute(item: pytest.Item, sql: str, if_there: str = "") -> None:
    with item.config.stash[blocking_manager_key].unblock(), connection.cursor() as cursor:
        if not if_there or cursor.execute("SELECT 1 FROM sqlite_master WHERE name = %s", [if_there]).fetchone():
            cursor.execute(sql)


@pytest.fixture(autouse=True)
def _no_book_of_the_test_before() -> Iterator[None]:
    """Packs and calendar are kept for seconds by a process: the next test must not see what one had set."""
    from bot.deadlines.queries import forget

    forget()
    yield
    forget()
