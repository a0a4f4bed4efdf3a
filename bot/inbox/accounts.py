"""The accounts as the hook needs them: in memory, at most two seconds old, looked up by the address's two parts."""

import asyncio
import time
from dataclasses import dataclass

from asgiref.sync import sync_to_async
from django.db import connection

from bot.channels.models import Account
from bot.channels.queries import facts_of
from bot.vault import Sealed
from connectors.contract import Connector
from policies.facts import AccountFacts

FRESH_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Known:
    """One account, ready for its connector."""

    facts: AccountFacts
    department_id: int
    connector: Connector


class AccountBook:
    """All accounts at once: a table of hundreds, read again when it is older than two seconds and somebody asks."""

    def __init__(self, connectors: dict[str, Connector]) -> None:
        self._connectors = connectors
        self._known: dict[tuple[str, str], Known] = {}
        self._read_at = float("-inf")
        self._lock = asyncio.Lock()

    @property
    def old(self) -> bool:
        """Whether the table is to be read again before anybody is looked up."""
        return time.monotonic() - self._read_at > FRESH_SECONDS

    async def renew(self) -> None:
        """Read the table again; one reading serves all who ask meanwhile."""
        async with self._lock:
            if self.old:
                self._known = await sync_to_async(self._read, thread_sensitive=False)()
                self._read_at = time.monotonic()

    def find(self, platform: str, account_id: str) -> Known | None:
        """The account, or None. Unknown ids cost at most one reading of the table every two seconds."""
        return self._known.get((platform, account_id))

    def _read(self) -> dict[tuple[str, str], Known]:
        try:
            return self._all()
        finally:
            connection.close()  # the thread is anybody's; the connection would lie idle in it

    def _all(self) -> dict[tuple[str, str], Known]:
        found = {}
        for account in Account.objects.all():
            connector = self._connectors.get(account.platform)
            try:
                facts = facts_of(account)
            except Sealed:
                continue
            if connector:
                found[account.platform, account.pk] = Known(facts, account.department_id, connector)
        return found
