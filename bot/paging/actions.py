"""Verbs on pages: somebody is to be called, somebody saw it, the matter is done."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet

from bot.audit.actions import Fact, record
from bot.paging.models import OPEN_STATES, Attempt, Page
from policies.masking import mask
from policies.paging import PageState

WORDS_MAX = 300


@dataclass(frozen=True, slots=True)
class About:
    """What a page is about. `path`: its page on the console, e.g. /tickets/20261122-000001."""

    kind: str
    key: str
    department_id: int
    path: str


def page(people: Sequence[int], about: About, words: str, now: datetime, *, urgent: bool = False, insist: bool = True) -> Page:
    """Call these people, in this order, until one acknowledges. Runs inside the caller's transaction and writes a row only.

    `words` go through chat platforms: no citizen's data beyond a ticket's number (what looks like a phone number is masked).
    With `insist=False` it is enough that a message leaves (somebody is told, not called). Nobody to call is an alarm, not an error.
    The caller's own row in the record is the record of this.
    """
    made = drawn_up(people, about, words, now, urgent=urgent, insist=insist)
    made.save(force_insert=True)
    return made


def drawn_up(people: Sequence[int], about: About, words: str, now: datetime, *, urgent: bool = False, insist: bool = True) -> Page:
    """The same page, not saved: whoever calls about many things at once saves all of them in one statement."""
    return Page(
        kind=about.kind,
        key=about.key,
        department_id=about.department_id,
        path=about.path[:200],
        words=mask(words)[:WORDS_MAX],
        urgent=urgent,
        insist=insist,
        people=list(dict.fromkeys(people)),
        at=now,
        next_at=now,
    )


def settle(about_kind: str, key: str, now: datetime) -> int:
    """What these pages are about is done: nobody is called for it any more. Runs inside the caller's transaction."""
    return settle_all(about_kind, [key], now)


def settle_all(about_kind: str, keys: Collection[str], now: datetime) -> int:
    """The same for many things at once."""
    if not keys or not _open_about(about_kind, keys):
        return 0  # most often: every answer and every closing asks
    rows = Page.objects.filter(kind=about_kind, key__in=keys, state__in=OPEN_STATES)
    ids = list(rows.order_by("pk").select_for_update().values_list("pk", flat=True))
    return _end(Page.objects.filter(pk__in=ids), PageState.SETTLED, now) if ids else 0


def _open_about(about_kind: str, keys: Collection[str]) -> bool:
    states, among = (", ".join(["%s"] * len(some)) for some in (OPEN_STATES, keys))
    sql = f"SELECT 1 FROM {Page._meta.db_table} WHERE kind = %s AND key IN ({among}) AND state IN ({states}) LIMIT 1"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [about_kind, *keys, *OPEN_STATES])
        return cursor.fetchone() is not None


@transaction.atomic
def acknowledge(person_id: int, username: str, pages: Sequence[int], now: datetime, *, via: str) -> int:
    """This person saw these pages. Those that somebody acknowledged before stay theirs. Returns how many this changed.

    `via`: "link" or "console". The ladder goes on: an acknowledged ticket still wants its answer.
    """
    wanted = Page.objects.filter(pk__in=pages, state__in=(*OPEN_STATES, PageState.TOLD)).order_by("pk")
    found = list(wanted.select_for_update().only("pk", "department_id"))
    if not found:
        return 0
    rows = Page.objects.filter(pk__in=[row.pk for row in found])
    changed = _end(rows, PageState.ACKNOWLEDGED, now)
    rows.update(acknowledged_by=person_id, acknowledged_at=now)
    record(now, *(Fact(username, "page.acknowledged", "page", str(row.pk), row.department_id, {"via": via}) for row in found))
    return changed


@transaction.atomic
def acknowledge_attempt(attempt: Attempt, now: datetime) -> int:
    """The receiver of a message says that they saw it, by its link: all the pages it carries. Any number of times."""
    Attempt.objects.filter(pk=attempt.pk, acknowledged_at=None).update(acknowledged_at=now)
    pages = list(Page.objects.filter(attempts=attempt).values_list("pk", flat=True))
    return acknowledge(attempt.person_id, attempt.person.username, pages, now, via="link")


def _end(rows: QuerySet[Page], state: PageState, now: datetime) -> int:
    return rows.update(state=state, next_at=None, alarm_at=None, ended_at=now)
