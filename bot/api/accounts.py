"""`/api/v1/accounts`."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from bot import clock
from bot.api import shapes
from bot.api.auth import actor_of
from bot.api.idempotency import once
from bot.api.paging import page
from bot.api.problems import Problem
from bot.channels.actions import save_account
from bot.channels.models import Account
from bot.channels.queries import accounts_for
from bot.staff.models import ROOT_CODE, Department
from policies.roles import Right

router = Router(tags=["accounts"])


class AccountIn(Schema):
    """An account to save; credentials are never given back."""

    id: str
    platform: str
    name: str
    department: str = ROOT_CODE
    kind: str = ""
    base_url: str = ""
    credentials: dict[str, Any] = {}


@router.get("")
def list_accounts(request: HttpRequest, platform: str = "", state: str = "", cursor: str = "", limit: int = 50) -> dict[str, Any]:
    """The accounts this token sees."""
    rows = accounts_for(actor_of(request), Right.SEE_ACCOUNTS)
    rows = rows.filter(platform=platform) if platform else rows
    rows = rows.filter(state=state) if state else rows
    return page(rows, "pk", cursor, limit, shapes.account)


@router.get("/{account_id}")
def get_account(request: HttpRequest, account_id: str) -> dict[str, Any]:
    """One account."""
    return shapes.account(_found(request, account_id))


@router.post("")
@once
def post_account(request: HttpRequest, body: AccountIn) -> tuple[int, dict[str, Any]]:
    """Create an account, or change the one with this id."""
    actor = actor_of(request)
    department = Department.objects.filter(code=body.department).first()
    if department is None:
        raise Problem(422, "Unprocessable Content", f"没有部门 {body.department}。")
    actor.demand(Right.API_ACCOUNTS_WRITE, department)
    before = Account.objects.filter(pk=body.id).select_related("department").first()
    if before:
        actor.demand(Right.API_ACCOUNTS_WRITE, before.department)
    saved = save_account(actor.username, body.dict(), department, clock.now())
    return 200 if before else 201, shapes.account(saved)


def _found(request: HttpRequest, account_id: str) -> Account:
    row = accounts_for(actor_of(request), Right.SEE_ACCOUNTS).filter(pk=account_id).first()
    if row is None:
        raise Problem(404, "Not Found", "没有这个账号，或您无权查看。")
    return row
