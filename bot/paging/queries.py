"""Reading pages and contact points, always from what the actor may see."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from bot.paging.models import OPEN_STATES, Attempt, Contact, Page
from bot.staff.access import Actor, visible_to
from bot.staff.models import Person
from bot.staff.queries import people_for
from policies.paging import TEST_GRACE, AttemptState, PageState
from policies.roles import Right, Role

TESTS_KEPT_IN_MIND = timedelta(days=62)  # the monthly test of this month and of the last
WANTED_ON_CALL = (Role.DUTY, Role.DUTY_LEADER, Role.SUPERVISOR)  # who should be reachable


def pages_for(actor: Actor) -> QuerySet[Page]:
    """The pages of the departments in which the actor watches paging."""
    return visible_to(Page.objects.select_related("department", "acknowledged_by"), actor, right=Right.SEE_PAGING)


def alarms_for(actor: Actor) -> tuple[int, int]:
    """How many pages nobody acknowledged, and how many of them could be sent to nobody at all."""
    states = pages_for(actor).filter(state=PageState.EXHAUSTED).values_list("ever_reached", flat=True)
    reached = list(states[:1000])
    return len(reached), reached.count(False)


def alarm_figures(now: datetime) -> dict[str, float]:
    """For machines: pages nobody acknowledged, those of them that could be sent to nobody, and how late the oldest due call is."""
    alarms = list(Page.objects.filter(state=PageState.EXHAUSTED).values_list("ever_reached", flat=True))
    due = Page.objects.filter(next_at__lte=now).order_by("next_at").values_list("next_at", flat=True).first()
    late = max(0.0, (now - due).total_seconds()) if due else 0.0
    return {"pages_unacknowledged": len(alarms), "pages_unsent": alarms.count(False), "oldest_due_page": round(late, 1)}


def own_pages(actor: Actor) -> QuerySet[Page]:
    """The open pages by which the actor was called."""
    called = Attempt.objects.filter(person=actor.person_id, pages=OuterRef("pk"))
    return Page.objects.filter(Exists(called), state__in=OPEN_STATES).select_related("department").order_by("-urgent", "-pk")


def attempts_of(page: Page) -> QuerySet[Attempt]:
    """Who was called for a page, when, by what means and how it ended."""
    return Attempt.objects.filter(pages=page).select_related("person", "gateway").order_by("pk")


def people_of(pages: Iterable[Page]) -> dict[int, Person]:
    """The people these pages call, by id."""
    return Person.objects.in_bulk({person for page in pages for person in page.people})


def failing_contacts(actor: Actor, now: datetime) -> list[tuple[Contact, Attempt]]:
    """Contact points whose last test failed, or was not acknowledged in time."""
    tests = Attempt.objects.filter(at__gt=now - TESTS_KEPT_IN_MIND).exclude(test="").order_by("-pk")
    rows = Contact.objects.filter(person__in=people_for(actor, Right.SEE_PAGING), is_active=True, person__is_active=True)
    rows = rows.select_related("person", "gateway").prefetch_related(Prefetch("attempts", tests, to_attr="tests"))
    last = [(row, row.tests[0]) for row in rows.order_by("person__username", "order") if row.tests]
    return [(row, test) for row, test in last if _bad(test, now)]


def _bad(test: Attempt, now: datetime) -> bool:
    unsent = test.state in (AttemptState.FAILED, AttemptState.UNKNOWN)
    return unsent or (test.acknowledged_at is None and test.at + TEST_GRACE < now)


def unreachable_people(actor: Actor) -> QuerySet[Person]:
    """People in posts that are called, without any contact point."""
    wanted = people_for(actor, Right.SEE_PAGING).filter(is_active=True, assignments__role__in=WANTED_ON_CALL)
    return wanted.exclude(Exists(Contact.objects.filter(person=OuterRef("pk"), is_active=True, gateway__is_active=True))).distinct()
