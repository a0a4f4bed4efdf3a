"""By what means the city's staff are called."""

import json
from collections.abc import Mapping
from datetime import datetime

from bot.paging.models import Contact, Gateway
from bot.staff.models import Department, Person
from bot.vault import seal

CREDENTIALS: Mapping[str, Mapping[str, str]] = {
    "wecom-app": {"corp_id": "ww0123456789abcdef", "agent_id": "1000002", "secret": "city-secret"},
    "dingtalk": {"access_token": "city-robot-token", "secret": ""},
    "feishu": {"token": "city-robot-token", "secret": ""},
}
BARE = 11  # one person of so many can be called by one means only
QUIET = 4  # one of so many wants to sleep at night


def gateways(root: Department, now: datetime) -> dict[str, Gateway]:
    """The whole city uses the same three; where they are is written when the run begins."""
    made = {}
    for means, credentials in CREDENTIALS.items():
        fields = {"means": means, "name": means, "department": root, "credentials": seal(json.dumps(credentials))}
        made[means] = Gateway.objects.create(**fields, created_at=now)
    return made


def contacts(number: int, person: Person, known: Mapping[str, Gateway], now: datetime) -> None:
    """WeCom first, then a robot; some the other way round, and one in eleven has one means only."""
    order = ["wecom-app", "dingtalk" if number % 2 else "feishu"]
    if number % 5 == 0:
        order.reverse()
    for place, means in enumerate(order[: 1 if number % BARE == 0 else 2], 1):
        address = f"138{number:08d}" if means == "dingtalk" else person.username
        fields = {"person": person, "gateway": known[means], "order": place, "quiet": number % QUIET == 1 and place == 1}
        Contact.objects.create(**fields, address=seal(address), created_at=now)
