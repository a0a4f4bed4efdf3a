"""The record under concurrent writers: one whole chain, and nobody who follows it misses a row."""

import threading
from functools import partial

import pytest
from django.db import transaction

from bot.audit.actions import Fact, first_break, record
from bot.audit.models import Entry
from tests.bot.conftest import NOW
from tests.engines.together import at_once

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS, EACH = 6, 25


def write(name: str) -> None:
    for number in range(EACH):
        with transaction.atomic():
            record(NOW, *(Fact(name, "tried", "test", f"{number}.{part}") for part in range(1 + number % 3)))


def written() -> int:
    return WRITERS * sum(1 + number % 3 for number in range(EACH))


def test_the_chain_stays_whole_under_concurrent_writers(db: None) -> None:
    before = Entry.objects.count()
    at_once(*(partial(write, f"writer{n}") for n in range(WRITERS)))
    assert Entry.objects.count() - before == written()
    assert first_break() is None


def test_a_reader_that_follows_the_ids_misses_nothing(db: None) -> None:
    start = Entry.objects.order_by("-id").values_list("id", flat=True).first() or 0
    seen: list[int] = []
    done = threading.Event()

    def follow() -> None:
        while not done.is_set() or Entry.objects.filter(id__gt=seen[-1] if seen else start).exists():
            seen.extend(Entry.objects.filter(id__gt=seen[-1] if seen else start).order_by("id").values_list("id", flat=True))
            done.wait(0.001)  # a reader that never rests keeps the interpreter from the writers

    def write_all() -> None:
        try:
            at_once(*(partial(write, f"writer{n}") for n in range(WRITERS)))
        finally:
            done.set()

    at_once(follow, write_all)
    assert seen == list(Entry.objects.filter(id__gt=start).order_by("id").values_list("id", flat=True))
    assert len(seen) == written()
