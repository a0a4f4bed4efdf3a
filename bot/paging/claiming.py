"""What is due becomes an attempt: written down and committed before any call, so that a dead worker leaves a trace."""

import logging
import secrets
from collections import defaultdict
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from bot.audit.actions import Fact, record
from bot.bulk import write_back
from bot.paging.models import Attempt, Contact, Page
from bot.paging.ways import Ways
from policies.paging import BUNDLED_AT_ONCE, LEASE, AttemptState, PageState, Place, Step, again, next_step

log = logging.getLogger(__name__)
CHANGED = ("state", "turn", "tried", "slept", "reached", "next_at", "alarm_at")


def claim(limit: int, now: datetime) -> list[Attempt]:
    """Begin up to `limit` messages for the pages that are due. Each is to be called and finished by the caller.

    A page under way is due again when its attempt's lease ends: should the worker die, it goes on by itself.
    """
    if limit <= 0:
        return []
    expire(now)
    due = Page.objects.filter(next_at__lte=now)
    return _claim(due, limit, now) if due.exists() else []  # looking costs nothing; SQLite has one pen for all


def expire(now: datetime) -> int:
    """Attempts whose worker died or hangs: not known to have arrived, so their pages go on."""
    late = Attempt.objects.filter(ended_at__isnull=True, lease_until__lte=now)
    if not late.exists():
        return 0
    words = "没有等到结果，按未送出处理 / no result in time, taken as not sent"
    return late.update(state=AttemptState.UNKNOWN, code="no result", error=words, ended_at=now)


@transaction.atomic
def _claim(due: QuerySet[Page], limit: int, now: datetime) -> list[Attempt]:
    locked = due.order_by("-urgent", "next_at", "id").select_for_update(skip_locked=True)
    pages = list(locked[:BUNDLED_AT_ONCE])
    ways, groups, facts = Ways(pages, now), defaultdict[int, list[Page]](list), list[Fact]()
    for page in pages:
        step = next_step(ways.of(page), Place(page.turn, frozenset(page.tried), page.slept), now, urgent=page.urgent)
        if step.contact is None and step.wait is None:
            facts += _nobody_left(page, step, ways, now)
            continue
        if step.contact is None:
            _go(page, step, step.wait)
        elif not _bundled(page, step.contact, ways, now):
            groups[step.contact].append(page)
            _go(page, step, now)
    attempts = _begin(groups, ways, limit, now)
    write_back(pages, CHANGED)
    if facts:
        record(now, *facts)
    return attempts


def _bundled(page: Page, contact: int, ways: Ways, now: datetime) -> bool:
    """Whether the page waits for others to the same contact point; if so, until when is written."""
    held = ways.held_until(contact, urgent=page.urgent)
    if held:
        page.next_at = held
    return held is not None


def _go(page: Page, step: Step, at: datetime | None) -> None:
    page.turn, page.tried, page.slept, page.next_at = step.place.turn, sorted(step.place.tried), step.place.slept, at


def _begin(groups: dict[int, list[Page]], ways: Ways, limit: int, now: datetime) -> list[Attempt]:
    begun: list[Attempt] = []
    for contact, pages in groups.items():
        if len(begun) < limit and ways.take(contact):
            begun.append(_attempt(ways.contacts[contact], pages, now))
            for page in pages:
                page.next_at = now + LEASE
        else:  # its turn comes at the next look: not tried yet
            for page in pages:
                page.tried = [one for one in page.tried if one != contact]
    return begun


def _attempt(contact: Contact, pages: list[Page], now: datetime) -> Attempt:
    attempt = new_attempt(contact, now, urgent=any(page.urgent for page in pages))
    attempt.save()
    attempt.pages.add(*pages)
    return attempt


def new_attempt(contact: Contact, now: datetime, *, urgent: bool = False, test: str = "") -> Attempt:
    """An unsaved message to a contact point; saved and committed before the call."""
    return Attempt(
        key=secrets.token_hex(16),
        person=contact.person,
        contact=contact,
        gateway=contact.gateway,
        means=contact.gateway.means,
        hint=contact.hint,
        urgent=urgent,
        test=test,
        at=now,
        lease_until=now + LEASE,
    )


def _nobody_left(page: Page, step: Step, ways: Ways, now: datetime) -> list[Fact]:
    """Everybody was called: from here on the last one is, again and again, and it is a visible alarm."""
    place, page.next_at = again(ways.of(page), step.place.slept, now, urgent=page.urgent, reached=page.reached)
    first = page.alarm_at is None
    if first:
        log.critical("page %s (%s): %s", page.pk, page, "nobody acknowledged" if page.ever_reached else "could be sent to nobody")
    page.turn, page.tried, page.slept, page.reached = place.turn, [], place.slept, False
    page.state, page.alarm_at = PageState.EXHAUSTED, page.alarm_at or now
    detail = {"about": str(page), "reached": page.ever_reached}
    return [Fact("system:paging", "page.exhausted", "page", str(page.pk), page.department_id, detail)] if first else []
