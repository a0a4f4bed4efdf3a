"""The tables of hostile requests through the real webhook path: status, rows, no 5xx, no secret in a log."""

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from bot import clock
from bot.channels.actions import save_account
from bot.channels.registry import all_connectors
from bot.inbox.accounts import AccountBook
from bot.inbox.commit import GroupCommit
from bot.inbox.hooks import AutoAnswer, Hooks
from bot.inbox.models import Inbound as Row
from bot.inbox.rows import NewRow
from bot.outbox.actions import handed_over
from bot.staff.actions import ensure_root
from connectors.contract import Inbound
from policies.facts import AccountFacts
from tests.connectors import hostile_telegram
from tests.connectors.hostile import HostileRow, groups, tables
from tests.kept import Kept

pytestmark = pytest.mark.django_db(transaction=True)
TABLES = tables()
EVERY = [(platform, group) for platform, table in TABLES.items() for group in groups(table.ROWS)]
CHUNK = 64 * 1024


class Silent:
    """A handler that reads nothing and answers nothing: here only the door is tried."""

    def takes(self, count: int) -> bool:
        return False

    def submit(self, row: NewRow, *, waits: bool) -> "asyncio.Future[AutoAnswer | None] | None":
        return None

    async def earlier(self, inbound_id: int) -> AutoAnswer | None:
        return None


@pytest.fixture
def commit() -> Iterator[GroupCommit]:
    thread = GroupCommit(handed_over)
    thread.start()
    yield thread
    thread.stop()


def imported() -> None:
    """One account per facts of the tables, as an import makes them."""
    now = clock.now()
    root = ensure_root(now)
    for facts in (facts for table in TABLES.values() for facts in table.ACCOUNTS.values()):
        values = {name: getattr(facts, name) for name in ("id", "platform", "name", "kind", "base_url", "credentials")}
        save_account("test", values, root, now)


IMPORTED = Kept(imported)


@pytest.fixture
def accounts() -> None:
    IMPORTED.there()


def scope_of(request: Inbound, path: str) -> dict[str, Any]:
    """The request as granian hands it over."""
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in request.headers.items()]
    return {"type": "http", "method": request.method, "path": path, "query_string": urlencode(request.query).encode(), "headers": headers}


async def asked(hooks: Hooks, request: Inbound, path: str) -> int:
    """The status with which one request ends; the body comes in pieces, as over a network."""
    pieces = [request.body[start : start + CHUNK] for start in range(0, len(request.body), CHUNK)] or [b""]
    waiting = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    waiting.append({"type": "http.request", "body": b"", "more_body": False})
    said: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return waiting.pop(0)

    async def send(message: dict[str, Any]) -> None:
        said.append(message)

    await hooks(scope_of(request, path), receive, send)
    return int(said[0]["status"])


def path_of(facts: AccountFacts) -> str:
    return f"/hooks/{facts.platform}/{facts.id}"


def ended(row: HostileRow, commit: GroupCommit) -> tuple[int, int]:
    """Status of the row's request and rows in the inbox, after what came before it."""
    Row.objects.all().delete()

    async def all_of_it() -> int:
        hooks = Hooks(AccountBook(all_connectors()), commit, Silent())
        for earlier in row.before:
            assert await asked(hooks, earlier, path_of(row.account)) == 200
        return await asked(hooks, row.inbound, path_of(row.account))

    return asyncio.run(all_of_it()), Row.objects.count()


@pytest.mark.parametrize(("platform", "group"), EVERY)
def test_every_row_ends_as_documented_at_the_real_hook(
    platform: str, group: str, accounts: None, commit: GroupCommit, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    table = TABLES[platform]
    rows = [row for row in table.rows(clock.now()) if row.group == group]
    found = {row.name: ended(row, commit) for row in rows}
    assert found == {row.name: (row.status, row.rows) for row in rows}
    assert not [secret for secret in table.SECRETS if secret in caplog.text]
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def good(platform: str) -> tuple[Inbound, AccountFacts]:
    """A request of the table that is accepted, and its account."""
    table = TABLES[platform]
    row = next(row for row in table.rows(clock.now()) if row.name == "replay: the same request again")
    return row.inbound, row.account


def status(commit: GroupCommit, request: Inbound, path: str) -> int:
    return asyncio.run(asked(Hooks(AccountBook(all_connectors()), commit, Silent()), request, path))


PATHS = [
    "/hooks/", "/hooks/wechat", "/hooks/wechat/", "/hooks/wechat/nobody", "/hooks/weibo/wx-compat", "/hooks/qq/wx-compat",
    "/hooks//wx-compat", "/hooks/wechat/wx-compat/", "/hooks/wechat/../wx-compat", "/hooks/WeChat/wx-compat", "/hooks/wechat/wx-compat\x00",
    "/hooks/wechat/' OR 1=1 --", "/hooks/wechat/" + "a" * 5_000, "/hooks/sandbox/wx-compat", "/hooks/wechat/微信",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS, ids=range(len(PATHS)))
def test_an_unknown_account_or_platform_is_not_found(path: str, accounts: None, commit: GroupCommit) -> None:
    request, _ = good("wechat")
    assert (status(commit, request, path), Row.objects.count()) == (404, 0)


@pytest.mark.parametrize("platform", TABLES)
@pytest.mark.parametrize("method", ["PUT", "HEAD", "BREW", "post", ""])
def test_another_method_is_refused_before_the_account_is_looked_up(method: str, platform: str, accounts: None, commit: GroupCommit) -> None:
    request, facts = good(platform)
    request = replace(request, method=method)
    assert (status(commit, request, path_of(facts)), status(commit, request, "/hooks/x/y"), Row.objects.count()) == (405, 405, 0)


@pytest.mark.parametrize("platform", TABLES)
@pytest.mark.parametrize("length", ["1048577", "9" * 4_000])
def test_a_body_announced_too_large_is_refused_unread(length: str, platform: str, accounts: None, commit: GroupCommit) -> None:
    request, facts = good(platform)
    headed = replace(request, headers={**request.headers, "content-length": length})
    assert (status(commit, headed, path_of(facts)), Row.objects.count()) == (413, 0)


@pytest.mark.parametrize("length", ["0", "-1", "abc", "1"])
@pytest.mark.parametrize("platform", TABLES)
def test_a_false_length_does_not_matter(length: str, platform: str, accounts: None, commit: GroupCommit) -> None:
    request, facts = good(platform)
    headed = replace(request, headers={**request.headers, "content-length": length})
    assert (status(commit, headed, path_of(facts)), Row.objects.count()) == (200, 1)


@pytest.mark.parametrize("platform", TABLES)
def test_twenty_copies_at_once_make_one_row(platform: str, accounts: None, commit: GroupCommit) -> None:
    request, facts = good(platform)

    async def at_once() -> list[int]:
        hooks = Hooks(AccountBook(all_connectors()), commit, Silent())
        return await asyncio.gather(*(asked(hooks, request, path_of(facts)) for _ in range(20)))

    assert (set(asyncio.run(at_once())), Row.objects.count()) == ({200}, 1)


def test_a_query_of_a_thousand_fields_proves_nothing(accounts: None, commit: GroupCommit) -> None:
    request, facts = good("wechat")
    request = replace(request, query={**request.query, **{f"x{n}": "1" for n in range(1_000)}})
    assert (status(commit, request, path_of(facts)), Row.objects.count()) == (403, 0)


def test_a_text_with_nul_and_half_characters_is_kept_in_a_form_every_database_stores(accounts: None, commit: GroupCommit) -> None:
    table = {row.name: row for row in hostile_telegram.rows(clock.now())}
    assert ended(table["json: half a character"], commit) == (200, 1)
    assert Row.objects.get().text == "a\ufffdb"
    assert ended(table["json: a NUL as reference"], commit) == (200, 1)
    assert Row.objects.get().text == "a\ufffdb"
