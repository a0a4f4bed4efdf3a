"""The record can only grow."""

import pytest
from django.db import DatabaseError, transaction

from bot.audit.actions import Fact, record
from bot.audit.models import Entry
from tests.bot.conftest import NOW


@pytest.mark.django_db
def test_a_row_can_neither_be_changed_nor_removed() -> None:
    record(NOW, Fact("alice", "x", "ticket", "1"))
    for forbidden in (lambda: Entry.objects.update(actor="mallory"), lambda: Entry.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            forbidden()
    assert Entry.objects.get().actor == "alice"
