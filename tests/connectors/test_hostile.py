"""Every hostile or broken request ends with its documented status and number of events, and says no secret."""

import logging
import traceback
from types import ModuleType

import pytest

from bot.channels.registry import all_connectors
from connectors.contract import Rejected
from tests.connectors.hostile import GROUPS, LEAST_ROWS, HostileRow, tables

TABLES = tables()
EVERY = [pytest.param(table, row, id=f"{platform} {row.name}") for platform, table in TABLES.items() for row in table.ROWS]


def ended(row: HostileRow, table: ModuleType) -> tuple[int, int, str]:
    """Status, events, and all that was said."""
    connector = all_connectors()[row.account.platform]
    try:
        reading = connector.read(row.inbound, row.account, table.NOW)
    except Rejected as refusal:
        return refusal.status, 0, refusal.reason + "".join(traceback.format_exception(refusal))
    return reading.answer.status, len(reading.events), repr(reading.answer)


@pytest.mark.parametrize(("table", "row"), EVERY)
def test_a_hostile_request_ends_as_documented(table: ModuleType, row: HostileRow, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    status, events, said = ended(row, table)
    assert (status, events) == (row.status, row.events)
    assert not [secret for secret in table.SECRETS if secret in said + caplog.text]


def test_every_platform_has_its_table() -> None:
    assert set(TABLES) == set(all_connectors())


@pytest.mark.parametrize("platform", TABLES)
def test_a_table_has_sixty_rows_of_every_group(platform: str) -> None:
    rows = TABLES[platform].ROWS
    assert len(rows) >= LEAST_ROWS
    assert {row.group for row in rows} == GROUPS


@pytest.mark.parametrize("platform", TABLES)
def test_what_came_before_a_row_is_accepted(platform: str) -> None:
    table = TABLES[platform]
    earlier = [HostileRow("before", inbound, 200, 1, row.account) for row in table.ROWS for inbound in row.before]
    assert {ended(row, table)[:2] for row in earlier} == {(200, 1)}
