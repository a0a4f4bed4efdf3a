"""`/api/v1/balance`."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Router

from bot.api.auth import actor_of
from bot.supervision.balance import current

router = Router(tags=["balance"])


@router.get("")
def get_balance(request: HttpRequest, account: str = "", day: date | None = None) -> dict[str, Any]:
    """received = open + answered + refused + merged + dismissed, over what this token sees; any difference is an alarm."""
    return dict(current(actor_of(request), account=account, day=day).as_dict())
