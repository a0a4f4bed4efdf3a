"""Reading people and departments, always from what the actor may see."""

from django.db.models import Q, QuerySet

from bot.staff.access import Actor
from bot.staff.models import Assignment, Department, Person
from policies.roles import Right


def departments_for(actor: Actor, right: Right) -> QuerySet[Department]:
    """The departments in which the actor holds the right."""
    wanted = Q(pk__in=[])
    for path in actor.paths(right):
        wanted |= Q(path__startswith=path)
    return Department.objects.filter(wanted).order_by("path")


def people_for(actor: Actor, right: Right = Right.SEE_STAFF) -> QuerySet[Person]:
    """People with a role in a department where the actor holds the right; at the root, also those without any role."""
    wanted = Q(assignments__department__in=departments_for(actor, right))
    if any(path.count("/") == 2 for path in actor.paths(right)):
        wanted |= Q(assignments=None)
    return Person.objects.filter(pk__in=Person.objects.filter(wanted).values("pk")).order_by("username")


def may_manage(actor: Actor, person: Person) -> bool:
    """Whether all the person's roles lie where the actor manages staff: nobody takes over somebody with rights above theirs."""
    rows = Assignment.objects.filter(person=person).select_related("department")
    paths = actor.paths(Right.MANAGE_STAFF)
    at_root = any(path.count("/") == 2 for path in paths)
    return at_root or (bool(rows) and all(actor.may(Right.MANAGE_STAFF, row.department) for row in rows))
