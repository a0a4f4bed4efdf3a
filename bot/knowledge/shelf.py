"""The index over what is published, one a process, made anew when the edition has changed."""

import logging
import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from django.db import close_old_connections

from bot.knowledge.models import Entry, Switch
from bot.knowledge.queries import edition, in_force, serving, today
from nlu.retrieval import Document, Hit, Index

log = logging.getLogger(__name__)
AT_ONCE = 300  # entries an index is made of while the asker waits (0.1 s); a larger one is made beside the work


@dataclass(frozen=True, slots=True)
class Shelf:
    """What one edition holds. Entries are looked up again before anybody is told: a shelf may be a second old."""

    edition: int
    day: str
    index: Index
    switched: dict[int, frozenset[str]] = field(default_factory=dict)  # department -> subjects the machine answers
    sources: dict[int, frozenset[int]] = field(default_factory=dict)  # such a department -> departments whose entries serve it

    def search(self, text: str, owners: Collection[int], limit: int = 3) -> list[Hit]:
        return self.index.search(text, owners, limit)


_lock = threading.Lock()
_shelf: Shelf | None = None
_making = False


def shelf(now: datetime, at_once: int = AT_ONCE) -> Shelf:
    """The shelf of this process. An old one is handed out while a large new one is being made."""
    global _shelf
    wanted, day = edition(), str(today(now))
    held = _shelf
    if held is not None and (held.edition, held.day) == (wanted, day):
        return held
    if held is None or in_force(Entry.objects.all(), today(now)).count() <= at_once:
        _shelf = made = _made(wanted, now)
        return made
    _make_beside(wanted, now)
    return held


def _made(wanted: int, now: datetime) -> Shelf:
    rows = in_force(Entry.objects.all(), today(now)).order_by("pk")
    documents = [Document(row.pk, row.asks, row.answer, row.department_id) for row in rows]
    switched: dict[int, set[str]] = {}
    sources: dict[int, frozenset[int]] = {}
    for row in Switch.objects.filter(on=True).select_related("department"):
        switched.setdefault(row.department_id, set()).add(row.subject)
        sources[row.department_id] = frozenset(serving(row.department))
    held = {department: frozenset(subjects) for department, subjects in switched.items()}
    return Shelf(wanted, str(today(now)), Index(documents), held, sources)


def _make_beside(wanted: int, now: datetime) -> None:
    global _making
    with _lock:
        if _making:
            return
        _making = True
    threading.Thread(target=_replace, args=(wanted, now), name="knowledge-index", daemon=True).start()


def _replace(wanted: int, now: datetime) -> None:
    global _shelf, _making
    try:
        close_old_connections()
        _shelf = _made(wanted, now)
    except Exception:
        log.exception("the index of the knowledge base could not be made; the old one stays")
    finally:
        close_old_connections()
        _making = False


def forget() -> None:
    """Drop what this process holds (another database is under it now)."""
    global _shelf
    _shelf = None
