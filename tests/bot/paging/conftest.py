"""Pretend platforms as gateways, and people with contact points at them."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime

import pytest

from bot.channels.shared import DatabaseTokens
from bot.paging.actions import About, page
from bot.paging.calling import sweep
from bot.paging.models import Contact, Gateway, Page
from bot.staff.access import Actor
from bot.vault import seal
from tests.bot.conftest import NOW, World
from tests.pretend_pagers.web import Pretend, platform


@pytest.fixture(autouse=True)
def impatient(settings) -> None:
    settings.PLATFORM_TIMEOUT = 0.3


@pytest.fixture
def servers() -> Iterator[Callable[..., Pretend]]:
    """Makes pretend platforms that end with the test."""
    with ExitStack() as stack:
        yield lambda mode="ok", **values: stack.enter_context(platform(mode, **values))


def robot(world: World, server: Pretend, name: str = "值班群") -> Gateway:
    credentials = seal(json.dumps({"access_token": "token-of-the-robot", "secret": server.secret}))
    fields = {"means": "dingtalk", "name": name, "department": world.root, "base_url": server.url, "credentials": credentials}
    return Gateway.objects.create(**fields, created_at=NOW)


def contact(who: Actor, gateway: Gateway, order: int = 1, *, quiet: bool = False) -> Contact:
    fields = {"person_id": who.person_id, "gateway": gateway, "order": order, "quiet": quiet, "hint": "138****0000"}
    return Contact.objects.create(**fields, address=seal("13800000000"), created_at=NOW)


def call_for(world: World, *people: Actor, key: str = "20261120-000001", now: datetime = NOW, **fields: bool) -> Page:
    about = About("ticket", key, world.health.pk, f"/tickets/{key}")
    return page([who.person_id for who in people], about, f"诉求 {key} 已超期", now, **fields)


def run(now: datetime) -> int:
    return sweep(now, DatabaseTokens())
