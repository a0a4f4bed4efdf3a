"""More senders than database connections: nobody keeps one that he does not use."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection

from bot.channels.models import Account
from bot.outbox.models import Delivery
from bot.worker.jobs import SENDERS, Work
from tests.bot.conftest import NOW, World
from tests.engines.children import free_port
from tests.engines.test_concurrency import queue
from tests.engines.together import at_once

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no pool; test_data_layer_on_postgresql runs this one"),
]


def test_senders_that_wait_for_work_hold_no_connection(world: World) -> None:
    Account.objects.update(base_url=f"http://127.0.0.1:{free_port()}")  # where nobody listens: surely not sent
    queue(world, SENDERS)
    work, before = Work(threading.Event()), _in_use()
    tried = 0
    for second in range(10):
        tried += work.send(NOW + timedelta(seconds=3 * second))
        _until_landed()
    assert tried >= SENDERS and _in_use() == before
    work.close()


def _in_use() -> int:
    stats = connection.pool.get_stats()  # type: ignore[attr-defined]
    return int(stats["pool_size"] - stats["pool_available"])


def _until_landed() -> None:
    until = time.monotonic() + 30
    while Delivery.objects.filter(state="sending").exists() and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(0.2)


def test_work_goes_on_after_the_server_has_cut_every_connection(world: World) -> None:
    at_once(*(Delivery.objects.count for _ in range(4)))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert at_once(*(Delivery.objects.count for _ in range(4))) == [0, 0, 0, 0]
