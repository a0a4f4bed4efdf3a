"""Whom to tell: who holds a right over a department, nearest first."""

from collections.abc import Collection, Sequence

from bot.staff.models import Assignment, Department
from policies.roles import RIGHTS, Right, Role

MOST_TOLD = 20


def holders(right: Right, department: Department, *, but: Collection[int] = ()) -> list[int]:
    """Active people who hold the right over the department, those nearest to it first."""
    return _with([role for role in Role if right in RIGHTS[role]], department, but)


def supervisors(department: Department, *, but: Collection[int] = ()) -> list[int]:
    """Active supervisors of the department, those nearest to it first."""
    return _with([Role.SUPERVISOR, Role.DUTY_LEADER], department, but)


def _with(roles: Sequence[Role], department: Department, but: Collection[int]) -> list[int]:
    parts = department.path.strip("/").split("/")
    paths = ["/" + "/".join(parts[:depth]) + "/" for depth in range(len(parts), 0, -1)]
    rows = Assignment.objects.filter(
        role__in=roles, department__path__in=paths, department__is_active=True, person__is_active=True
    ).values_list("department__path", "role", "person")
    order = sorted(rows, key=lambda row: (paths.index(row[0]), roles.index(Role(row[1])), row[2]))
    return [person for person in dict.fromkeys(person for _, _, person in order) if person not in but][:MOST_TOLD]
