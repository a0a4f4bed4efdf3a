"""The demo's town: three departments, their staff, and nine accounts on the pretend platforms. Safe to run again."""

import json
import os
import secrets
import string
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password

from bot.channels.actions import save_account
from bot.channels.models import Account
from bot.channels.queries import facts_of
from bot.paging.contacts import hint_of
from bot.paging.models import Contact, Gateway
from bot.staff.actions import assign, create_department, create_person, ensure_root
from bot.staff.models import Department, Person
from bot.vault import seal
from bot.worker.demoroster import seed_roster
from policies.roles import Role

PASSWORD = settings.DEMO_PASSWORD
DEPARTMENTS = {"health": "云川市卫生健康委", "water": "云川市水务局", "education": "云川市教育局"}
PEOPLE = (
    ("demo", "周敏", "root", (Role.AGENT,)),
    ("leader", "王建国", "root", (Role.SUPERVISOR,)),
    ("admin", "吴桐", "root", (Role.ADMIN,)),
    ("health1", "陈洁", "health", (Role.AGENT,)),
    ("health2", "刘洋", "health", (Role.AGENT, Role.SUPERVISOR)),
    ("water1", "赵磊", "water", (Role.AGENT,)),
    ("education1", "孙悦", "education", (Role.AGENT,)),
    ("security", "何安", "root", (Role.SECURITY_ADMIN,)),
    ("audit", "郑实", "root", (Role.AUDIT_ADMIN,)),
)
ACCOUNTS = (
    ("wechat", "service_certified", "safe"),
    ("weibo", "", ""),
    ("telegram", "", ""),
)
DUTY_GROUP = "值班群（演示）"
SHORT = {"health": "健康云川", "water": "云川水务", "education": "云川教育"}


def seed(now: datetime, sandbox_url: str, public_url: str, data: Path) -> tuple[int, int]:
    """Make what is missing, and tell the sandbox of its accounts; returns how many people and accounts there are."""
    root = ensure_root(now)
    departments = {"root": root, **{code: _department(code, name, root, now) for code, name in DEPARTMENTS.items()}}
    for username, name, code, roles in PEOPLE:
        _person(username, name, departments[code], roles, now)
    accounts = [
        _account(platform, kind, mode, departments[code], sandbox_url, now) for code in DEPARTMENTS for platform, kind, mode in ACCOUNTS
    ]
    _duty_group(root, sandbox_url, now)
    seed_roster(now)
    _write(
        data / "sandbox.json", {"hook_origin": public_url, "console_url": public_url + "/", "accounts": [_told(row) for row in accounts]}
    )
    return Person.objects.count(), len(accounts)


def _department(code: str, name: str, root: Department, now: datetime) -> Department:
    return Department.objects.filter(code=code).first() or create_department("system:seed", code, name, root, now)


def _person(username: str, name: str, department: Department, roles: tuple[Role, ...], now: datetime) -> None:
    person = Person.objects.filter(username=username).first()
    if person is None:
        person = create_person("system:seed", username, name, None, now)
        Person.objects.filter(pk=person.pk).update(password=_hashed(PASSWORD))
    for role in roles:
        assign("system:seed", person, department, role, now)


@cache
def _hashed(password: str) -> str:
    """One hash for everybody: a salt each would hide nothing of a password that stands on the sign-in page, and costs 0.2 s a person."""
    return make_password(password)


def _account(platform: str, kind: str, mode: str, department: Department, sandbox_url: str, now: datetime) -> Account:
    account_id = f"{department.code}-{platform}"
    known = Account.objects.filter(pk=account_id).first()
    values = {
        "id": account_id,
        "platform": platform,
        "name": SHORT[department.code],
        "kind": kind,
        "base_url": sandbox_url,
        "credentials": "" if known else _credentials(platform, mode),
    }
    return save_account("system:seed", values, department, now)


def _duty_group(root: Department, sandbox_url: str, now: datetime) -> None:
    """The robot of a group that calls the staff, on the sandbox's page /duty; whoever has contact points keeps them."""
    sealed = seal(json.dumps({"access_token": secrets.token_hex(16)}))
    fields = {"base_url": sandbox_url, "credentials": sealed, "created_at": now}
    group, _made = Gateway.objects.get_or_create(means="dingtalk", name=DUTY_GROUP, department=root, defaults=fields)
    for at, (username, *_rest) in enumerate(PEOPLE):
        person, mobile = Person.objects.get(username=username), f"1380000{at:04}"
        if not Contact.objects.filter(person=person).exists():
            Contact.objects.create(person=person, gateway=group, address=seal(mobile), hint=hint_of(mobile), created_at=now)


def _credentials(platform: str, mode: str) -> dict[str, str]:
    if platform == "wechat":
        return {
            "app_id": "wx" + secrets.token_hex(8),
            "app_secret": secrets.token_hex(16),
            "token": secrets.token_hex(12),
            "aes_key": "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(42)) + "A",
            "mode": mode,
            "template_id": "demo-" + secrets.token_hex(8),
        }
    if platform == "weibo":
        number = str(secrets.randbelow(9 * 10**9) + 10**9)
        key, token = str(secrets.randbelow(9 * 10**9) + 10**9), "2.00" + secrets.token_urlsafe(21)
        return {"app_key": key, "app_secret": secrets.token_hex(16), "access_token": token, "uid": number, "safe_domain": "yunchuan.gov.cn"}
    bot = secrets.randbelow(9 * 10**9) + 10**9
    channel = -(10**12 + secrets.randbelow(10**9))
    return {"bot_token": f"{bot}:{secrets.token_urlsafe(26)[:35]}", "secret_token": secrets.token_urlsafe(24), "chat_id": str(channel)}


def _told(account: Account) -> dict[str, Any]:
    facts = facts_of(account)
    return {
        "id": facts.id,
        "platform": facts.platform,
        "name": facts.name,
        "department": account.department.name,
        "kind": facts.kind,
        "credentials": dict(facts.credentials),
    }


def _write(path: Path, content: dict[str, Any]) -> None:
    """Readable by us only: the pretend credentials are credentials all the same."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=1)
