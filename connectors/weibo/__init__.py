"""Weibo: the fan service's pushes and replies, polled mentions and comments, and the life of the token."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.contract import Answer, Connector, Fetched, Inbound, Limits, Polled, Reading, Tools
from connectors.weibo import config, health, incoming, outgoing, polling
from connectors.weibo import media as files
from policies.facts import AccountFacts, HealthReport, Media, Outgoing, Result

for _name in ("httpx", "httpcore"):  # they log whole addresses, and a GET to Weibo has its token there
    logging.getLogger(_name).setLevel(max(logging.WARNING, logging.getLogger(_name).level))


class WeiboConnector:
    """See `connectors.contract.Connector`; each method is one module's function."""

    platform = "weibo"
    label: Mapping[str, str] = {"zh": "微博", "en": "Weibo"}

    def limits(self, account: AccountFacts) -> Limits:
        return config.limits(account)

    def validate(self, account: AccountFacts) -> list[str]:
        return config.validate(account)

    def read(self, request: Inbound, account: AccountFacts, now: datetime) -> Reading:
        return incoming.read(request, account, now)

    def passive(self, reading: Reading, account: AccountFacts, text: str, now: datetime) -> Answer | None:
        return incoming.passive(reading, account, text, now)

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


connector: Connector = WeiboConnector()
