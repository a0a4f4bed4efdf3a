"""Acceptance 3 of issue 4: whatever the platforms do, every page ends acknowledged, or visibly failed and passed on."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest

from bot.paging.actions import acknowledge_attempt
from bot.paging.models import Attempt, Contact, Gateway, Page
from bot.staff.access import Actor
from bot.vault import seal
from policies.paging import AttemptState, PageState
from tests.bot.conftest import NOW, World
from tests.bot.paging.conftest import call_for, run
from tests.pretend_pagers.gateways import ADDRESSES, CREDENTIALS
from tests.pretend_pagers.mail import mail_server
from tests.pretend_pagers.web import platform

WEB_MODES = ("code:45009", "code:130101", "http:429", "drop", "hang", "garbage", "html", "code:-1")
MAIL_MODES = ("rcpt:550", "rcpt:450", "drop", "hang", "auth:535", "drop-after-data", "garbage", "data:554")


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as found:
        yield found


def point(world: World, who: Actor, means: str, url: str, order: int) -> Contact:
    """A contact point at a platform that is at this address."""
    credentials = CREDENTIALS.get(means) or {"sender": "huiyin@example.gov.cn", "username": "huiyin", "password": "canary"}
    sealed, address = seal(json.dumps(credentials)), ADDRESSES.get(means) or "zhang@example.gov.cn"
    fields = {"means": means, "name": means, "department": world.root, "base_url": url, "credentials": sealed, "created_at": NOW}
    row = Gateway.objects.create(**fields)
    return Contact.objects.create(person_id=who.person_id, gateway=row, order=order, address=seal(address), created_at=NOW)


@pytest.mark.parametrize("turn", range(len(WEB_MODES)))
def test_a_page_gets_past_every_means_that_fails_and_arrives(world: World, stack: ExitStack, turn: int):
    for at, means in enumerate(ADDRESSES):
        server = stack.enter_context(platform(WEB_MODES[(at + turn) % len(WEB_MODES)]))
        point(world, world.alice, means, server.url, order=at)
    mail = stack.enter_context(mail_server(MAIL_MODES[turn]))
    point(world, world.alice, "mail", f"smtp+plain://127.0.0.1:{mail.port}", order=9)
    good = stack.enter_context(platform())
    point(world, world.bob, "wecom", good.url, order=1)
    page = call_for(world, world.alice, world.bob, urgent=True)
    for second in range(10):
        run(NOW + timedelta(seconds=second))
    attempts = list(Attempt.objects.order_by("pk"))
    assert [one.state == AttemptState.SENT for one in attempts] == [False] * 6 + [True]
    assert all(one.code and one.error for one in attempts[:-1]) and len(good.taken) == 1
    acknowledge_attempt(attempts[-1], NOW + timedelta(minutes=1))
    page.refresh_from_db()
    assert page.state == PageState.ACKNOWLEDGED


@pytest.mark.parametrize("mode", WEB_MODES)
def test_where_nothing_works_the_page_is_a_visible_alarm_and_goes_on(world: World, stack: ExitStack, mode: str):
    server = stack.enter_context(platform(mode))
    for at, means in enumerate(ADDRESSES):
        point(world, world.alice, means, server.url, order=at)
    call_for(world, world.alice, urgent=True)
    for second in range(10):
        run(NOW + timedelta(seconds=second))
    page = Page.objects.get()
    assert (page.state, page.ever_reached, Attempt.objects.count()) == (PageState.EXHAUSTED, False, len(ADDRESSES))
    server.mode = "ok"
    run(NOW + timedelta(minutes=15))
    assert Attempt.objects.order_by("-pk").first().state == AttemptState.SENT
