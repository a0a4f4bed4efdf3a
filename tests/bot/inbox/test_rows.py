"""Many events in one statement: each row gets its own id, and what is common to all new rows is in the statement."""

from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import parse_qsl

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as some

from bot.channels.actions import save_account
from bot.inbox.hooks import MOST_FIELDS, _query
from bot.inbox.models import Inbound
from bot.inbox.rows import NewRow, insert, parameters
from policies.facts import Event, EventKind
from tests.bot.conftest import NOW, World

CREDENTIALS = {"app_id": "wx0000000000000001", "app_secret": "a" * 32, "token": "t", "mode": "plain"}


def row(key: str, account: str = "wx1", received: datetime = NOW) -> NewRow:
    return NewRow(account, 0, Event(key, EventKind.MESSAGE, received - timedelta(minutes=1), "o1", text=key), received, received)


def store(*rows: NewRow) -> None:
    with transaction.atomic():
        insert(rows, [parameters(one) for one in rows])


@pytest.fixture
def accounts(world: World) -> None:
    for name in ("wx1", "wx2"):
        save_account("test", {"id": name, "platform": "wechat", "name": name, "credentials": CREDENTIALS}, world.health, NOW)


@pytest.mark.django_db
def test_each_row_gets_the_id_of_its_own_message(accounts: None) -> None:
    rows = [row("c"), row("a", "wx2"), row("b"), row("a"), row("c", "wx2")]
    store(*rows)
    stored = {one.pk: (one.account_id, one.text) for one in Inbound.objects.all()}
    assert stored == {one.id: (one.account_id, one.event.text) for one in rows}
    assert all(one.fresh for one in rows)


@pytest.mark.django_db
def test_repeats_among_new_ones_get_the_id_of_the_first(accounts: None) -> None:
    first = row("b")
    store(first)
    rows = [row("c"), row("b"), row("a"), row("c")]
    store(*rows)
    assert [one.fresh for one in rows] == [True, False, True, False]
    assert (rows[1].id, rows[3].id, Inbound.objects.count()) == (first.id, rows[0].id, 3)


@pytest.mark.django_db
def test_a_new_row_waits_to_be_read_for_the_first_time_and_keeps_its_moments(accounts: None) -> None:
    beijing = NOW.astimezone(timezone(timedelta(hours=8)))
    store(row("a", received=beijing))
    found = Inbound.objects.get()
    assert (found.state, found.attempts, found.error) == ("stored", 0, "")
    assert (found.received_at, found.lease_until, found.sent_at) == (NOW, NOW, NOW - timedelta(minutes=1))
    assert found.received_at.tzinfo == UTC


@given(some.one_of(some.binary(max_size=40), some.text("ab=&;+%41é", max_size=40).map(lambda text: text.encode("latin-1"))))
def test_the_short_way_through_a_query_reads_what_the_long_one_does(raw: bytes) -> None:
    expected = dict(parse_qsl(raw.decode("latin-1"), keep_blank_values=True))
    assert _query({"query_string": raw}) == (expected if raw.count(b"&") < MOST_FIELDS else {})
