"""Adding to the record, and proving that nobody changed it."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from bot.audit.models import Entry
from bot.bulk import write_new
from bot.waking import wake_after_commit

CHAIN_LOCK = 0x48594155  # one number for PostgreSQL's advisory lock: all writers of the chain take it
FIRST = "0" * 64
LAST_SEAL = f"SELECT seal FROM {Entry._meta.db_table} ORDER BY id DESC LIMIT 1"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Fact:
    """What to record."""

    actor: str
    action: str
    object_type: str
    object_id: str
    department_id: int | None = None
    detail: dict[str, Any] = field(default_factory=dict)


def record(now: datetime, *facts: Fact) -> None:
    """Append to the chain, inside the caller's transaction and as its last statement.

    The lock is held until the commit, so ids and seals are in the order in which others can see them: readers
    that follow the chain by id miss nothing. Taking it last keeps the order of locks the same for everybody.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Foreign keys are otherwise checked at the commit: a wait for somebody who waits for this lock.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])
        cursor.execute(LAST_SEAL)  # asked by every action there is: Django would take ten times as long to write it
        last = cursor.fetchone()
    previous, rows = last[0] if last else FIRST, []
    for fact in facts:
        row = Entry(
            at=now,
            actor=fact.actor,
            action=fact.action,
            object_type=fact.object_type,
            object_id=fact.object_id,
            department_id=fact.department_id,
            detail=fact.detail,
            previous=previous,
        )
        row.seal = previous = seal_of(row)
        rows.append(row)
    wake_after_commit("live")
    write_new(rows)


def seal_of(row: Entry) -> str:
    """SHA-256 over the row's content and the seal before it."""
    content = [row.previous, row.at.isoformat(), row.actor, row.action, row.object_type, row.object_id, row.department_id, row.detail]
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def first_break(rows: Iterable[Entry] | None = None) -> Entry | None:
    """The first row whose seal or link does not hold, or None when the whole record is whole."""
    previous = FIRST
    for row in rows if rows is not None else Entry.objects.order_by("id").iterator(chunk_size=2000):
        if row.previous != previous or row.seal != seal_of(row):
            return row
        previous = row.seal
    return None
