"""Two departments under a root, their people, and one account with a citizen."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from bot.channels.actions import save_account
from bot.channels.models import Account, Conversation
from bot.staff.access import Actor, actor_of
from bot.staff.actions import assign, create_department, create_person, ensure_root
from bot.staff.models import Department, Person
from policies.roles import Role
from tests.kept import Kept

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)  # a Friday, 10:00 in Beijing
TELEGRAM = {"bot_token": "123456:test-token-test-token-test-token-te", "secret_token": "s3cret"}


@dataclass
class World:
    """Alice and Bob work in health, Charlie in water, Diana above both."""

    root: Department
    health: Department
    water: Department
    alice: Actor
    bob: Actor
    charlie: Actor
    diana: Actor
    account: Account
    talk: Conversation


def person(name: str, department: Department, *roles: Role) -> Actor:
    made = create_person("test", name, name.title(), None, NOW)
    for role in roles:
        assign("test", made, department, role, NOW)
    return actor_of(Person.objects.get(pk=made.pk))


def town() -> World:
    root = ensure_root(NOW)
    health = create_department("test", "health", "卫健委", root, NOW)
    water = create_department("test", "water", "水务局", root, NOW)
    values = {"id": "tg1", "platform": "telegram", "name": "健康某市", "credentials": TELEGRAM}
    account = save_account("test", values, health, NOW)
    talk = Conversation.objects.create(account=account, external_id="42", name="市民", window_closes=False, created_at=NOW)
    return World(
        root,
        health,
        water,
        alice=person("alice", health, Role.AGENT, Role.SUPERVISOR),
        bob=person("bob", health, Role.AGENT, Role.SUPERVISOR),
        charlie=person("charlie", water, Role.AGENT, Role.SUPERVISOR),
        diana=person("diana", root, Role.SUPERVISOR),
        account=account,
        talk=talk,
    )


TOWN = Kept(town)


@pytest.fixture
def world(db: None) -> World:
    return TOWN.there()


def later(**parts: float) -> datetime:
    return NOW + timedelta(**parts)
