"""Days of paging with dice: pages come, platforms fail and recover, people acknowledge or sleep, workers die. None is lost."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from bot.paging.actions import acknowledge_attempt, settle
from bot.paging.claiming import claim
from bot.paging.models import OPEN_STATES, Attempt, Page
from policies.paging import LEASE, AttemptState, PageState
from tests.bot.conftest import NOW, World
from tests.bot.paging.conftest import call_for, contact, robot, run
from tests.pretend_pagers.web import Pretend

MODES = ("ok", "ok", "code:130101", "code:310000", "drop", "garbage", "html")
STEPS = 60


def play(world: World, servers: list[Pretend], dice: random.Random, now: datetime) -> None:
    """One thing that happens."""
    people = [world.alice, world.bob, world.diana]
    what = dice.choice(["page", "page", "acknowledge", "settle", "break", "die", "nothing"])
    if what == "page":
        called = dice.sample(people, dice.randint(0, 3))
        call_for(world, *called, key=str(dice.randint(0, 5)), now=now, urgent=dice.random() < 0.3, insist=dice.random() < 0.8)
    elif what == "acknowledge" and (sent := list(Attempt.objects.filter(state=AttemptState.SENT).select_related("person"))):
        acknowledge_attempt(dice.choice(sent), now)
    elif what == "settle":
        settle("ticket", str(dice.randint(0, 5)), now)
    elif what == "break":
        dice.choice(servers).mode = dice.choice(MODES)
    elif what == "die":
        claim(2, now)  # and nobody calls: the worker is gone


def kept(now: datetime) -> None:
    """What holds at every moment."""
    for page in Page.objects.all():
        is_open = page.state in OPEN_STATES
        assert (page.next_at is not None) == is_open == (page.ended_at is None)
        assert (page.alarm_at is not None) == (page.state == PageState.EXHAUSTED)
        assert (page.acknowledged_by_id is not None) == (page.state == PageState.ACKNOWLEDGED)
    assert not Attempt.objects.filter(state=AttemptState.SENDING, lease_until__lt=now - LEASE).exists()


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_no_page_is_lost(world: World, servers: Callable[..., Pretend], seed: int):
    dice, now = random.Random(seed), NOW
    platforms = [servers() for _ in range(3)]
    for at, who in enumerate((world.alice, world.bob, world.diana)):
        for order in range(dice.randint(0, 2)):
            contact(who, robot(world, platforms[at]), order, quiet=dice.random() < 0.5)
    for _ in range(STEPS):
        now += timedelta(seconds=dice.choice([1, 5, 31, 120, 601, 3600, 20_000]))
        play(world, platforms, dice, now)
        run(now)
        kept(now)
    for _ in range(12):  # a day without anything else: whoever still waits is called or is an alarm
        now += timedelta(hours=2)
        run(now)
    assert not Page.objects.filter(state=PageState.CALLING).exists()
    assert not Page.objects.filter(next_at__lte=now - timedelta(hours=2)).exists()
