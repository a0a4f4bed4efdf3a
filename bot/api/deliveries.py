"""`/api/v1/deliveries`: what became of each thing sent, and settling what is not certain."""

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema

from bot import clock
from bot.api import shapes
from bot.api.auth import actor_of
from bot.api.idempotency import once
from bot.api.paging import page
from bot.api.problems import Problem
from bot.outbox.models import Delivery
from bot.outbox.settling import retry, settle
from bot.staff.access import visible_to
from policies.roles import Right

router = Router(tags=["deliveries"])


class SettleIn(Schema):
    outcome: Literal["sent", "not_sent"]
    note: str = ""


@router.get("")
def list_deliveries(request: HttpRequest, state: str = "", account: str = "", cursor: str = "", limit: int = 50) -> dict[str, Any]:
    """Deliveries this token sees, newest first."""
    rows = visible_to(Delivery.objects.all(), actor_of(request), right=Right.SEE_TICKETS, field="account__department")
    rows = rows.filter(state__in=state.split(",")) if state else rows
    rows = rows.filter(account=account) if account else rows
    return page(rows, "-pk", cursor, limit, shapes.delivery)


@router.get("/{delivery_id}")
def get_delivery(request: HttpRequest, delivery_id: int) -> dict[str, Any]:
    """One delivery."""
    return shapes.delivery(_found(request, delivery_id))


@router.post("/{delivery_id}/retry")
@once
def post_retry(request: HttpRequest, delivery_id: int) -> tuple[int, Any]:
    """Try again what surely did not arrive."""
    row = _mine(request, delivery_id)
    retry(actor_of(request).username, row, clock.now())
    return 202, shapes.delivery(_found(request, delivery_id))


@router.post("/{delivery_id}/settle")
@once
def post_settle(request: HttpRequest, delivery_id: int, body: SettleIn) -> tuple[int, Any]:
    """Say whether an unknown one arrived; `not_sent` queues it again."""
    row = _mine(request, delivery_id)
    settle(actor_of(request).username, row, sent=body.outcome == "sent", note=body.note, now=clock.now())
    return 200, shapes.delivery(_found(request, delivery_id))


def _mine(request: HttpRequest, delivery_id: int) -> Delivery:
    row = _found(request, delivery_id)
    actor_of(request).demand(Right.SETTLE_DELIVERY, row.account.department)
    return row


def _found(request: HttpRequest, delivery_id: int) -> Delivery:
    rows = Delivery.objects.select_related("account__department")
    row = visible_to(rows, actor_of(request), right=Right.SEE_TICKETS, field="account__department").filter(pk=delivery_id).first()
    if row is None:
        raise Problem(404, "Not Found", "没有这条投递，或您无权查看。")
    return row
