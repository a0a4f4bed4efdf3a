"""The demo shows each thing the knowledge base can do, and seeding it again changes nothing."""

from pathlib import Path

import pytest

from bot.knowledge.models import Contradiction, Entry, Switch
from bot.knowledge.queries import expired, today
from bot.worker.demo import seed
from bot.worker.demoknowledge import seed_knowledge
from tests.bot.conftest import NOW


@pytest.mark.django_db
def test_the_demo_has_entries_of_every_kind_once(tmp_path: Path) -> None:
    seed(NOW, "http://127.0.0.1:1", "http://127.0.0.1:2", tmp_path)
    count = seed_knowledge(NOW)
    assert seed_knowledge(NOW) == count and count >= 10
    assert Contradiction.objects.count() == 1 and expired(Entry.objects.all(), today(NOW)).count() == 1
    assert Entry.objects.filter(state="draft").exists()
    assert [(row.department.code, row.subject, row.on) for row in Switch.objects.all()] == [("health", "health", True)]
