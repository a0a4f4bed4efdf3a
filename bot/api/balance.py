"""`/api/v1/balance`."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Router

from bot.api.auth import actor_of
from bot.closing.queries import undelivered_count
from bot.supervision.balance import current

router = Router(tags=["balance"])


@router.get("")
def get_balance(request: HttpRequest, account: str = "", day: date | None = None) -> dict[str, Any]:
    """received = open + answered + refused + merged + dismissed, over what this token sees; any difference is an alarm.

    `undelivered`: how many tickets, of those answered or refused, have an answer that waits for its citizen.
    """
    actor = actor_of(request)
    waiting = undelivered_count(actor, account=account, day=day)
    return {**current(actor, account=account, day=day).as_dict(), "undelivered": waiting}
