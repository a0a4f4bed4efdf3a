"""How a message ended, written down, and what its pages do next."""

from datetime import datetime, timedelta

from django.db import transaction

from bot.audit.actions import Fact, record
from bot.paging.models import OPEN_STATES, Attempt, Gateway, Page
from policies.facts import Outcome, Result
from policies.paging import AttemptState, PageState, arrived, wait


@transaction.atomic
def finish(attempt: Attempt, result: Result, now: datetime) -> bool:
    """Write down how the call ended. False when its lease ran out meanwhile: its pages have gone on already."""
    sent = arrived(result.outcome)
    state = AttemptState.SENT if sent else AttemptState.UNKNOWN if result.outcome is Outcome.UNKNOWN else AttemptState.FAILED
    fields = {"state": state, "code": result.code[:40], "error": result.error[:300], "ended_at": now}
    if not Attempt.objects.filter(pk=attempt.pk, ended_at=None).update(**fields):
        return False
    under_way = Page.objects.filter(attempts=attempt, state__in=OPEN_STATES).order_by("pk")
    pages = list(under_way.select_for_update(of=("self",)).only("pk", "department_id", "insist", "urgent"))
    ids = [page.pk for page in pages]
    _wait(pages, attempt.means, now) if sent else Page.objects.filter(pk__in=ids).update(next_at=now)
    _gateway(attempt, result, now)
    detail = {"means": attempt.means, "to": attempt.person.username, "pages": ids[:20], "count": len(ids), "code": result.code[:40]}
    department = pages[0].department_id if pages else None
    record(now, Fact("system:paging", f"attempt.{state}", "attempt", str(attempt.pk), department, detail))
    return True


def _wait(pages: list[Page], means: str, now: datetime) -> None:
    """The message was taken: who only had to be told is told, the others have some time to acknowledge."""
    reached = {"reached": True, "ever_reached": True}
    if told := [page.pk for page in pages if not page.insist]:
        Page.objects.filter(pk__in=told).update(state=PageState.TOLD, next_at=None, alarm_at=None, ended_at=now, **reached)
    for urgent in {page.urgent for page in pages if page.insist}:
        asked = [page.pk for page in pages if page.insist and page.urgent == urgent]
        Page.objects.filter(pk__in=asked).update(next_at=now + wait(means, urgent=urgent), **reached)


def _gateway(attempt: Attempt, result: Result, now: datetime) -> None:
    if attempt.gateway is None:
        return
    own = Gateway.objects.filter(pk=attempt.gateway.pk)
    error = "" if arrived(result.outcome) else f"{result.error} ({result.code})"[:300]
    if attempt.gateway.error != error:
        own.update(error=error)
    if result.retry_after and result.account_wide:
        own.update(paused_until=now + timedelta(seconds=result.retry_after))
