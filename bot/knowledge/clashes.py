"""Entries that answer one question differently: found when an entry is published."""

from collections.abc import Iterable

from bot.knowledge.models import Contradiction, Entry
from nlu.retrieval import Document, Index
from policies.knowledge import NEAR, EntryState, contradict


def clashes_of(entry: Entry) -> list[int]:
    """The published entries, heard by the same citizens, that contradict this one. Takes a second or two with thousands of entries."""
    rivals = {row.pk: row for row in _heard_together(entry)}
    base = Index(Document(row.pk, row.asks) for row in [*rivals.values(), entry])
    near = {hit.key for ask in entry.asks for hit in base.search(ask, limit=20) if hit.asked >= NEAR} - {entry.pk}
    return [pk for pk in sorted(near) if contradict(entry.answer, rivals[pk].answer)]


def write_clashes(entry: Entry, others: Iterable[int]) -> None:
    """Keep what was found, in the transaction that publishes."""
    Contradiction.objects.bulk_create([Contradiction(one=entry, other_id=pk) for pk in others], ignore_conflicts=True)


def _heard_together(entry: Entry) -> list[Entry]:
    """Published entries of the departments above and below: somebody could be given either."""
    rows = Entry.objects.filter(state=EntryState.PUBLISHED).exclude(line=entry.line).select_related("department")
    path = entry.department.path
    return [row for row in rows if row.department.path.startswith(path) or path.startswith(row.department.path)]
