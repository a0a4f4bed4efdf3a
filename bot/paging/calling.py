"""The calls themselves: an attempt becomes a message, a pager says how it ended."""

import json
import logging
from datetime import datetime

from django.conf import settings

from bot.paging.claiming import claim
from bot.paging.finishing import finish
from bot.paging.links import link_of
from bot.paging.models import Attempt, Gateway
from bot.paging.registry import all_pagers
from bot.vault import Sealed, unseal
from connectors.contract import Paging, TokenStore, Tools
from policies.facts import AccountFacts, Outcome, Result
from policies.paging import AT_ONCE, text_of

log = logging.getLogger(__name__)
TEST_WORDS = "呼叫测试，请点开链接确认收到 / test page: please acknowledge"


def call(attempt: Attempt, now: datetime, tokens: TokenStore, *, timeout: float | None = None) -> Result:
    """Send one claimed attempt. Never raises; whoever called writes down how it ended (`finishing`). `timeout` of one wait, in seconds."""
    contact, gateway = attempt.contact, attempt.gateway
    if contact is None or gateway is None or gateway.means not in all_pagers():
        return Result(Outcome.REFUSED, code="removed", error="联系方式或通道已删除 / the contact point or its gateway was removed")
    try:
        facts, address = facts_of(gateway), unseal(contact.address) if contact.address else ""
    except Sealed as error:
        return Result(Outcome.RECONNECT, code="sealed", error=str(error))
    tools = Tools(tokens, now, timeout=timeout or settings.PLATFORM_TIMEOUT)
    try:
        return all_pagers()[gateway.means].send(_message(attempt), address, facts, tools)
    except Exception as error:
        # A pager promises never to raise. Its text may hold a secret: only the kind of error is told.
        log.error("pager %s raised %s", gateway.means, type(error).__name__)
        return Result(Outcome.UNKNOWN, code="internal", error="呼叫通道内部错误 / the pager failed in an unknown way")


def facts_of(gateway: Gateway) -> AccountFacts:
    """The gateway as pagers see it, with its credentials opened. Raises vault.Sealed."""
    credentials = json.loads(unseal(gateway.credentials)) if gateway.credentials else {}
    return AccountFacts(str(gateway.pk), gateway.means, gateway.name, base_url=gateway.base_url.rstrip("/"), credentials=credentials)


def _message(attempt: Attempt) -> Paging:
    words = [TEST_WORDS] if attempt.test else list(attempt.pages.order_by("-urgent", "pk").values_list("words", flat=True))
    return Paging(attempt.key, text_of(words, urgent=attempt.urgent), link_of(attempt), attempt.urgent)


def sweep(now: datetime, tokens: TokenStore, limit: int = AT_ONCE) -> int:
    """Claim, call and finish one after the other: for one thread and a clock that is given (drills, tests, a simulation)."""
    attempts = claim(limit, now)
    for attempt in attempts:
        finish(attempt, call(attempt, now, tokens), now)
    return len(attempts)
