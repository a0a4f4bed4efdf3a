"""Verbs on accounts and on the reply windows of their conversations."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from bot.audit.actions import Fact, record
from bot.channels.models import Account, AccountState, Conversation
from bot.channels.registry import all_connectors, connector_for
from bot.conflict import Conflict
from bot.staff.actions import Invalid
from bot.staff.models import Department
from bot.vault import seal
from policies.facts import AccountFacts, Health, HealthReport

ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@transaction.atomic
def save_account(actor: str, values: Mapping[str, Any], department: Department, now: datetime) -> Account:
    """Create the account with `values["id"]`, or change it. Absent credentials keep the stored ones.

    Raises Invalid with everything that is wrong, in words for staff.
    """
    account_id = str(values.get("id", "")).strip()
    before = Account.objects.select_for_update().filter(pk=account_id).first()
    credentials = values.get("credentials")
    facts = AccountFacts(
        id=account_id,
        platform=str(values.get("platform", "")).strip().lower(),
        name=str(values.get("name", "")).strip(),
        kind=str(values.get("kind") or "").strip(),
        base_url=str(values.get("base_url") or "").strip().rstrip("/"),
        credentials=_stored(before) if credentials in (None, "", {}) and before else _mapping(credentials),
    )
    _refuse_wrong(facts, before)
    fields: dict[str, Any] = {
        "platform": facts.platform,
        "name": facts.name,
        "kind": facts.kind,
        "base_url": facts.base_url,
        "department": department,
        "credentials": seal(json.dumps(dict(facts.credentials), ensure_ascii=False)),
        "next_health_at": None,  # asked at once
        "updated_at": now,
    }
    if before and before.state == AccountState.RECONNECT and credentials:
        fields["state"] = AccountState.ACTIVE
    account, created = Account.objects.update_or_create(pk=facts.id, defaults=fields, create_defaults={**fields, "created_at": now})
    detail = {"platform": facts.platform, "name": facts.name, "kind": facts.kind, "credentials_changed": bool(credentials)}
    record(now, Fact(actor, "account.created" if created else "account.changed", "account", account.pk, department.pk, detail))
    return account


def _stored(account: Account | None) -> Mapping[str, Any]:
    from bot.channels.queries import facts_of

    return facts_of(account).credentials if account else {}


def _mapping(credentials: Any) -> Mapping[str, Any]:
    if isinstance(credentials, str):
        try:
            credentials = json.loads(credentials or "{}")
        except (ValueError, RecursionError):
            raise Invalid("凭据不是有效的 JSON。") from None
    if not isinstance(credentials, Mapping):
        raise Invalid('凭据应为 JSON 对象，例如 {"app_id": "…"}。')
    return credentials


def _refuse_wrong(facts: AccountFacts, before: Account | None) -> None:
    problems = []
    if not ID.fullmatch(facts.id):
        problems.append("账号编号只能用字母、数字、- 和 _，最长 64 位。")
    if not facts.name or len(facts.name) > 200:
        problems.append("请填写账号名称（最长 200 字）。")
    if facts.platform not in all_connectors():
        problems.append(f"未知平台 {facts.platform[:30]!r}，可用：{'、'.join(sorted(all_connectors()))}。")
    else:
        problems += connector_for(facts.platform).validate(facts)
    if before and before.platform != facts.platform:
        problems.append("账号的平台不能更改；请新建账号。")
    if problems:
        raise Invalid(" ".join(problems))


@transaction.atomic
def set_state(actor: str, account: Account, state: AccountState, reason: str, now: datetime) -> None:
    """Pause, resume, or mark for reconnecting. Raises Conflict when it is in that state already."""
    changed = Account.objects.filter(pk=account.pk).exclude(state=state).update(state=state, updated_at=now)
    if not changed:
        raise Conflict("账号已处于该状态。")
    record(now, Fact(actor, f"account.{state}", "account", account.pk, account.department_id, {"reason": reason}))


@transaction.atomic
def needs_reconnect(account: Account, message: str, now: datetime) -> None:
    """The platform refused our credentials: nothing more is tried until a person reconnects the account."""
    changed = Account.objects.filter(pk=account.pk, state=AccountState.ACTIVE).update(
        state=AccountState.RECONNECT, health=Health.RECONNECT, health_message=message, health_at=now, updated_at=now
    )
    if changed:
        record(now, Fact("system:outbox", "account.reconnect", "account", account.pk, account.department_id, {"reason": message}))


def note_health(account: Account, report: HealthReport, now: datetime) -> None:
    """Keep the latest report. A good one reopens an account that waited for reconnecting.

    A bad one closes nothing: that a question about the account was refused does not prove that its messages would be.
    Only a refused message does.
    """
    fields: dict[str, Any] = {"health": report.health, "health_message": report.message, "health_at": now}
    if report.quota:
        fields["quota"] = dict(report.quota)
    Account.objects.filter(pk=account.pk).update(**fields)
    if report.health in (Health.OK, Health.DEGRADED) and account.state == AccountState.RECONNECT:
        set_state("system:health", account, AccountState.ACTIVE, report.message, now)


def take_from_window(talk: Conversation) -> bool:
    """Count one message against the window of a conversation that is locked; the caller saves it. False when none was left."""
    if not talk.window_left or talk.window_left < 0:
        return False
    talk.window_left -= 1
    return True


def give_back_to_window(conversation_id: int, taken_at: datetime) -> None:
    """Return a message that surely was not accepted, unless the citizen has opened a new window since it was taken."""
    same = Q(window_opened_at=None) | Q(window_opened_at__lte=taken_at)
    Conversation.objects.filter(same, pk=conversation_id, window_left__isnull=False).update(window_left=F("window_left") + 1)
