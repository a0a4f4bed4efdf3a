"""A house to measure: a fresh data folder with departments and accounts, made through the product's own commands."""

import csv
import json
import secrets
import string
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.bench.servers import environment, manage

COLUMNS = ("id", "platform", "name", "department", "kind", "base_url", "credentials")
TOKEN = "bench"
WECHAT = {"app_id": "wx0123456789abcdef", "app_secret": "0" * 32, "token": TOKEN, "mode": "plain"}
DEPARTMENTS = ("health", "water", "education", "transport")


def house(data: Path, accounts: list[dict[str, Any]], **settings: str) -> dict[str, str]:
    """Migrate and import the accounts; returns the environment for the processes."""
    data.mkdir(parents=True, exist_ok=True)
    env = environment(data, **settings)
    manage(env, "migrate", "--no-input")
    path = data / "accounts.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows({**row, "credentials": json.dumps(row["credentials"])} for row in accounts)
    manage(env, "accounts_import", str(path))
    return env


def balance(env: Mapping[str, str]) -> dict[str, int]:
    """What `manage.py balance` says."""
    found: dict[str, int] = json.loads(manage(env, "balance"))
    return found


def account(number: int, platform: str, base_url: str) -> dict[str, Any]:
    """One account of a platform with credentials of its own, as the sandbox and the import both take it."""
    department = DEPARTMENTS[number % len(DEPARTMENTS)]
    kind = "service" if platform == "wechat" else ""
    named = {"id": f"{department}-{platform}-{number}", "platform": platform, "name": f"云川{department}{number}", "department": department}
    return {**named, "kind": kind, "base_url": base_url, "credentials": _credentials(platform)}


def _credentials(platform: str) -> dict[str, str]:
    if platform == "wechat":
        key = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(42)) + "A"
        return {**WECHAT, "app_id": "wx" + secrets.token_hex(8), "app_secret": secrets.token_hex(16), "aes_key": key, "mode": "safe"}
    number = str(secrets.randbelow(9 * 10**9) + 10**9)
    if platform == "weibo":
        return {"app_key": number, "app_secret": secrets.token_hex(16), "access_token": "2.00" + secrets.token_urlsafe(21), "uid": number}
    return {
        "bot_token": f"{number}:{secrets.token_urlsafe(26)[:35]}",
        "secret_token": secrets.token_urlsafe(24),
        "chat_id": "-1001234567890",
    }


def outcome(env: Mapping[str, str]) -> dict[str, Any]:
    """How many tickets there are, who read the messages, and the texts that were taken for no question."""
    lines = (
        "import json; from bot.tickets.models import Message, Ticket; from django.db.models import Count",
        "said = Message.objects.filter(direction='citizen').order_by()",
        "by = dict(said.values_list('understood_by').annotate(n=Count('pk')))",
        "dismissed = list(said.filter(ticket=None).values_list('text', flat=True).distinct())",
        "print(json.dumps({'tickets': Ticket.objects.count(), 'read_by': by, 'dismissed': dismissed}))",
    )
    found: dict[str, Any] = json.loads(manage(env, "shell", "--verbosity", "0", "-c", "\n".join(lines)))
    return found
