"""Telegram 电报: private chats, groups and channels of a bot, by webhook or long polling."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.contract import Answer, Connector, Fetched, Inbound, Limits, Polled, Reading, Tools
from connectors.telegram import health, incoming, keys, limits, outgoing, polling, quiet
from connectors.telegram import media as files
from connectors.telegram.pager import Pager
from policies.facts import AccountFacts, HealthReport, Media, Outgoing, Result


class Telegram:
    """The connector's face; see `connectors.contract.Connector` for what each call promises."""

    platform = "telegram"
    label: Mapping[str, str] = {"zh": "Telegram", "en": "Telegram"}

    def limits(self, account: AccountFacts) -> Limits:
        return limits.limits(account)

    def validate(self, account: AccountFacts) -> list[str]:
        return keys.validate(account)

    def read(self, request: Inbound, account: AccountFacts, now: datetime) -> Reading:
        return incoming.read(request, account, now)

    def passive(self, reading: Reading, account: AccountFacts, text: str, now: datetime) -> Answer | None:
        return None  # a call in the response has no outcome and no id, and here sending costs no quota: the outbox knows what became of it

    def send(self, item: Outgoing, account: AccountFacts, tools: Tools) -> Result:
        return outgoing.send(item, account, tools)

    def check(self, item: Outgoing, account: AccountFacts, tools: Tools) -> Result:
        return outgoing.check(item, account, tools)

    def poll(self, account: AccountFacts, cursor: Mapping[str, Any], tools: Tools) -> Polled:
        return polling.poll(account, cursor, tools)

    def fetch(self, media: Media, account: AccountFacts, tools: Tools) -> Fetched:
        return files.fetch(media, account, tools)

    def health(self, account: AccountFacts, tools: Tools) -> HealthReport:
        return health.health(account, tools)

    def hook_changed(self, account: AccountFacts, hook_url: str, tools: Tools) -> HealthReport:
        return health.hook_changed(account, hook_url, tools)


quiet.hush()
connector: Connector = Telegram()
pagers = (Pager(),)
