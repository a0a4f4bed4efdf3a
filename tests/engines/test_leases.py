"""Leases: renewed by whoever holds them, taken over from whoever died, and as long as the environment says."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from bot.outbox.actions import LEASE, claim, new_delivery, renew
from bot.outbox.models import Delivery
from bot.outbox.settling import doubt_expired
from bot.worker.jobs import Work
from policies.facts import Lane
from tests.bot.conftest import NOW, World
from tests.engines.children import ROOT

SHOWN = (
    "import django; django.setup(); import threading; from bot.outbox.actions import LEASE; from bot.inbox import hooks; "
    "from bot.dialogue import sweep; from bot.worker.jobs import Work; from django.conf import settings; "
    "print([x.total_seconds() for x in (LEASE, hooks.LEASE, sweep.LEASE)], settings.PLATFORM_TIMEOUT, "
    "[job.every for job in Work(threading.Event()).jobs() if job.name == 'renew'])"
)


@pytest.fixture
def flying(world: World) -> Delivery:
    new_delivery(world.talk, Lane.HUMAN, "答复", NOW).save()
    return claim("w1", 1, NOW)[0]


def test_a_renewed_lease_does_not_run_out_during_a_long_call(flying: Delivery) -> None:
    assert renew("w1", [flying.pk], NOW + LEASE / 2) == 1
    assert doubt_expired(NOW + LEASE * 1.2) == 0
    assert doubt_expired(NOW + LEASE * 1.6) == 1


def test_nobody_renews_anothers_lease(flying: Delivery) -> None:
    assert renew("w2", [flying.pk], NOW + LEASE / 2) == 0
    assert doubt_expired(NOW + LEASE * 1.2) == 1


def test_a_lease_that_ran_out_cannot_be_renewed(flying: Delivery) -> None:
    doubt_expired(NOW + LEASE * 2)
    assert renew("w1", [flying.pk], NOW + LEASE * 2) == 0


def test_a_lease_is_renewed_several_times_before_it_runs_out() -> None:
    (job,) = (job for job in Work(threading.Event()).jobs() if job.name == "renew")
    assert job.every * 3 <= LEASE.total_seconds()


def test_the_environment_says_how_long_leases_and_calls_are(tmp_path: Path) -> None:
    lengths = {"HUIYIN_LEASE_SECONDS": "12", "HUIYIN_INTAKE_LEASE_SECONDS": "4", "HUIYIN_PLATFORM_TIMEOUT": "2.5"}
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "bot.settings", "HUIYIN_DATA": str(tmp_path), **lengths}
    shown = subprocess.run([sys.executable, "-c", SHOWN], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=True)
    assert shown.stdout.strip() == "[12.0, 4.0, 8.0] 2.5 [2.0]"
