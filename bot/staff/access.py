"""Who is acting, and what of the tree they can see: the one door of tenancy (promise 8)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from django.db.models import Model, Q, QuerySet

from bot.conflict import Denied
from bot.staff.models import Assignment, Department, Person, Token
from policies.roles import RIGHTS, Right, Role


@dataclass(frozen=True, slots=True)
class Grant:
    """A role over a subtree, named by the path of its top."""

    role: Role
    path: str


@dataclass(frozen=True, slots=True)
class Actor:
    """A person (or a token of theirs) with the grants that count for this request."""

    person_id: int
    username: str
    name: str
    grants: tuple[Grant, ...] = field(default=())

    def has(self, right: Right) -> bool:
        """Whether the right is held anywhere."""
        return any(right in RIGHTS[grant.role] for grant in self.grants)

    def may(self, right: Right, department: Department) -> bool:
        """Whether the right is held for this department."""
        return any(right in RIGHTS[grant.role] and department.path.startswith(grant.path) for grant in self.grants)

    def demand(self, right: Right, department: Department) -> None:
        """Raise Denied unless `may`."""
        if not self.may(right, department):
            raise Denied("您没有此项权限。")

    def paths(self, right: Right | None = None) -> tuple[str, ...]:
        """Tops of the subtrees this actor sees (or holds the right in), without those below another of them."""
        found = sorted({grant.path for grant in self.grants if right is None or right in RIGHTS[grant.role]})
        return tuple(path for path in found if not any(path != other and path.startswith(other) for other in found))


class HasDepartment(Protocol):
    department_id: int


def actor_of(person: Person) -> Actor:
    """The actor behind a signed-in person."""
    rows = Assignment.objects.filter(person=person, department__is_active=True).values_list("role", "department__path")
    return Actor(person.pk, person.username, person.name, tuple(Grant(Role(role), path) for role, path in rows))


def actor_of_token(token: Token) -> Actor:
    """The actor behind a bearer token: only the token's own role and department count."""
    return Actor(token.person_id, token.person.username, token.person.name, (Grant(Role(token.role), token.department.path),))


def department_ids(paths: Iterable[str]) -> list[int]:
    """Ids of all departments in these subtrees."""
    wanted = Q(pk__in=[])
    for path in paths:
        wanted |= Q(path__startswith=path)
    return list(Department.objects.filter(wanted).values_list("pk", flat=True))


def visible_to[M: Model](rows: "QuerySet[M]", actor: Actor, *, right: Right | None = None, field: str = "department") -> "QuerySet[M]":
    """Narrow a query to the actor's departments. Whoever stands at the root gets no condition at all."""
    paths = actor.paths(right)
    if any(path.count("/") == 2 for path in paths):
        return rows
    return rows.filter(**{f"{field}__in": department_ids(paths)})
