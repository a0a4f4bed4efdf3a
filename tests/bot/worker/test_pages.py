"""Pages on threads of their own: one that hangs keeps no other waiting, and a killed process loses none."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from bot import clock
from bot.channels.shared import DatabaseTokens
from bot.paging.models import Attempt, Page
from bot.worker.pages import Pages
from policies.paging import LEASE, AttemptState, PageState
from tests.bot.conftest import World
from tests.bot.paging.conftest import call_for, contact, robot, run
from tests.engines.children import ROOT, send, start
from tests.journeys.stack import until
from tests.pretend_pagers.web import platform

pytestmark = pytest.mark.django_db(transaction=True)
WORKER = """
import django; django.setup()
import time
from bot import clock
from bot.channels.shared import DatabaseTokens
from bot.worker.pages import Pages
pages = Pages(DatabaseTokens())
while True:
    pages.send(clock.now())
    time.sleep(0.05)
"""


def environment() -> dict[str, str]:
    """For a process on the tests' database."""
    parts = connection.settings_dict
    url = f"sqlite:///{parts['NAME']}"
    if connection.vendor == "postgresql":
        url = f"postgresql://{parts['USER']}:{parts['PASSWORD']}@{parts['HOST']}:{parts['PORT']}/{parts['NAME']}"
    own = {"HUIYIN_DATA": str(settings.DATA), "HUIYIN_SECRET_KEY": settings.SECRET_KEY, "HUIYIN_PLATFORM_TIMEOUT": "20"}
    return {**os.environ, **own, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "bot.settings"}


def test_a_platform_that_hangs_keeps_nobody_else_waiting(world: World, settings):
    settings.PLATFORM_TIMEOUT = 2.0
    with platform("hang") as slow, platform() as quick:
        contact(world.alice, robot(world, slow))
        contact(world.bob, robot(world, quick))
        call_for(world, world.alice, key="1", now=clock.now())
        call_for(world, world.bob, key="2", now=clock.now())
        pages, begun = Pages(DatabaseTokens()), time.monotonic()
        assert pages.send(clock.now()) == 2
        until(lambda: quick.taken, 5)
        assert time.monotonic() - begun < 1.5
        slow.release.set()
        pages.close()
    assert set(Attempt.objects.values_list("state", flat=True)) == {AttemptState.SENT, AttemptState.UNKNOWN}


def test_kill_9_between_the_attempt_and_its_answer_loses_no_page(world: World, tmp_path: Path):
    with platform("hang") as slow, platform() as quick:
        contact(world.alice, robot(world, slow))
        contact(world.bob, robot(world, quick))
        call_for(world, world.alice, world.bob, now=clock.now())
        worker = start([sys.executable, "-c", WORKER], tmp_path / "log", env=environment(), cwd=ROOT)
        until(lambda: slow.got or worker.poll() is not None, 30)
        send(worker, signal.SIGKILL)
        worker.wait(10)
        assert slow.got and Attempt.objects.get().state == AttemptState.SENDING
        run(clock.now() + LEASE)
        assert len(quick.taken) == 1
    assert list(Attempt.objects.order_by("pk").values_list("state", flat=True)) == [AttemptState.UNKNOWN, AttemptState.SENT]
    assert Page.objects.get().state == PageState.CALLING
