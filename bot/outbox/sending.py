"""The calls themselves: a row becomes an Outgoing, a connector says how it ended."""

import logging
from datetime import datetime

from django.conf import settings

from bot import clock
from bot.channels.queries import facts_of
from bot.channels.registry import connector_for
from bot.channels.shared import token_store
from bot.outbox.models import Delivery
from bot.outbox.settling import finish_check
from bot.vault import Sealed
from connectors.contract import Tools
from policies.facts import Outcome, Outgoing, Result

log = logging.getLogger(__name__)


def call(delivery: Delivery, now: datetime) -> Result:
    """Call the platform once for a claimed delivery. Never raises; whoever called writes down how it ended (`finishing`)."""
    return _result(delivery, now, check=False)


def ask(delivery: Delivery, now: datetime) -> Result:
    """Ask the platform about a doubtful delivery. Never raises; whoever asked writes down what it said (`settling.finish_check`)."""
    return _result(delivery, now, check=True)


def check(delivery: Delivery, now: datetime) -> Result:
    """Ask, and write down the answer at the moment it came."""
    result = ask(delivery, now)
    finish_check(delivery, result, clock.now())
    return result


def _result(delivery: Delivery, now: datetime, *, check: bool) -> Result:
    try:
        facts = facts_of(delivery.account)
    except Sealed as error:
        return Result(Outcome.UNKNOWN if check else Outcome.RECONNECT, error=str(error))
    connector, tools = connector_for(facts.platform), Tools(token_store(), now, timeout=settings.PLATFORM_TIMEOUT)
    try:
        return (connector.check if check else connector.send)(outgoing(delivery), facts, tools)
    except Exception:
        # A connector promises never to raise. Should one, the request may have left.
        log.exception("connector %s raised", facts.platform)
        return Result(Outcome.UNKNOWN, error="连接器内部错误，平台可能已收到；请核对。")


def outgoing(delivery: Delivery) -> Outgoing:
    """The row as connectors see it."""
    return Outgoing(
        key=delivery.key,
        kind=delivery.kind,
        citizen=delivery.conversation.external_id if delivery.conversation else "",
        text=delivery.text,
        thread=delivery.thread,
        queued_at=delivery.queued_at,
        first_tried_at=delivery.first_tried_at,
    )
