"""Reading the knowledge base, always from what the actor may see."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from bot.knowledge.models import Contradiction, Entry, Switch
from bot.staff.access import Actor, visible_to
from bot.staff.models import Department
from bot.tickets.models import Counter
from policies.calendar import SHANGHAI
from policies.knowledge import EntryState
from policies.roles import Right

VERSION = "knowledge"


def entries_for(actor: Actor) -> QuerySet[Entry]:
    """The entries this actor sees: those of their departments and below, and the published ones above, which serve them too."""
    rows = Entry.objects.select_related("department", "owner", "author", "reviewer")
    paths = actor.paths(Right.SEE_KNOWLEDGE)
    mine = visible_to(rows, actor, right=Right.SEE_KNOWLEDGE)
    over = above(paths)
    return rows.filter(Q(pk__in=mine.values("pk")) | Q(department__in=over, state=EntryState.PUBLISHED)) if over else mine


def above(paths: Iterable[str]) -> list[int]:
    """The departments over these paths, not they themselves."""
    codes = {code for path in paths for code in path.strip("/").split("/")[:-1]}
    return list(Department.objects.filter(code__in=codes).values_list("pk", flat=True)) if codes else []


def serving(department: Department) -> list[int]:
    """The departments whose entries serve this one: itself and all above."""
    codes = department.path.strip("/").split("/")
    return list(Department.objects.filter(code__in=codes).values_list("pk", flat=True))


def today(now: datetime) -> date:
    """The day in China, by which entries begin and expire."""
    return now.astimezone(SHANGHAI).date()


def in_force[M: Model](rows: QuerySet[M], day: date) -> QuerySet[M]:
    """Published and within their dates."""
    begun = Q(valid_from=None) | Q(valid_from__lte=day)
    return rows.filter(begun, Q(valid_until=None) | Q(valid_until__gte=day), state=EntryState.PUBLISHED)


def expired(rows: QuerySet[Entry], day: date) -> QuerySet[Entry]:
    """Published, with their last day behind them."""
    return rows.filter(state=EntryState.PUBLISHED, valid_until__lt=day)


def with_contradiction(rows: QuerySet[Entry], day: date) -> QuerySet[Any]:
    """The rows with `contradicted`: another entry in force says something else."""
    rivals = in_force(Entry.objects.all(), day).values("pk")
    said = Contradiction.objects.filter(Q(one=OuterRef("pk"), other__in=rivals) | Q(other=OuterRef("pk"), one__in=rivals))
    return rows.annotate(contradicted=Exists(said))


def rivals_of(entry: Entry) -> list[Entry]:
    """The published entries that contradict this one."""
    pairs = Contradiction.objects.filter(Q(one=entry) | Q(other=entry)).values_list("one", "other")
    return list(Entry.objects.filter(pk__in={pk for pair in pairs for pk in pair} - {entry.pk}).select_related("department"))


def switches_for(actor: Actor) -> QuerySet[Switch]:
    """The switches of the departments this actor sees."""
    return visible_to(Switch.objects.select_related("department", "changed_by"), actor, right=Right.SEE_KNOWLEDGE)


def edition() -> int:
    """A number that grows whenever what may be answered changes: one small read."""
    return Counter.objects.filter(name=VERSION).values_list("value", flat=True).first() or 0
