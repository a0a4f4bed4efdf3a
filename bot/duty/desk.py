"""Who is there at one moment, read in a handful of statements for as many departments as are asked about."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef

from bot.duty.book import line
from bot.duty.models import Absence, Post, Shift
from bot.staff.models import Assignment, Department, Person
from policies.roles import Right, Role, may

LEADING = (Role.DUTY_LEADER, Role.SUPERVISOR)


class Desk:
    """The roster at `now` for these departments and all above them. It names nobody who has left, is away or may not answer there."""

    def __init__(self, now: datetime, departments: Collection[int]) -> None:
        self.now = now
        ids = {at for department in departments for at in line(department)}
        self._active = set(Department.objects.filter(pk__in=ids, is_active=True).values_list("pk", flat=True))
        self._posts = {post.department_id: post for post in Post.objects.filter(department__in=ids)}
        self._shifts: dict[int, list[int]] = {}
        current = Shift.objects.filter(department__in=ids, ends_at__gt=now, starts_at__lte=now).order_by("starts_at", "pk")
        for department, person in current.values_list("department_id", "person_id"):
            self._shifts.setdefault(department, []).append(person)
        ever = Exists(Shift.objects.filter(department=OuterRef("pk")))
        self._rostered = set(Department.objects.filter(ever, pk__in=ids).values_list("pk", flat=True))
        self._roles: dict[int, list[tuple[int, str]]] = {}
        rows = Assignment.objects.filter(department__in=ids, department__is_active=True, person__is_active=True).order_by("pk")
        self._names: dict[int, tuple[str, str]] = {}
        for department, person, role, *names in rows.values_list("department_id", "person_id", "role", "person__username", "person__name"):
            self._roles.setdefault(department, []).append((person, role))
            self._names[person] = (names[0], names[1])
        away = Absence.objects.filter(ends_at__gt=now, starts_at__lte=now).order_by("-pk")
        self._away: dict[int, int | None] = dict(away.values_list("person_id", "deputy_id"))
        self._able: dict[tuple[int, int], bool] = {}
        self._on_duty: dict[int, list[int]] = {}  # asked again for every ticket of a sweep
        self._heads: dict[int, list[int]] = {}

    def on_duty(self, department: int) -> list[int]:
        """Who is on the department's own roster now, deputies in place of who is away; without any roster, who has the role."""
        if department not in self._on_duty:
            asked = self._shifts.get(department, []) if department in self._rostered else self._with(department, (Role.DUTY,))
            self._on_duty[department] = self._present(asked, department)
        return self._on_duty[department]

    def covered(self, department: int) -> bool:
        """Whether somebody is on duty for it: on its own roster, or, where it keeps none, on one of those above.

        A post marked for day and night must have somebody of its own.
        """
        if self.on_duty(department):
            return True
        post = self._posts.get(department)
        own = department in self._rostered or (post is not None and post.round_the_clock)
        return not own and any(self.on_duty(at) for at in line(department)[1:])

    def heads(self, department: int) -> list[int]:
        """Who leads the department: the person named, then its duty leaders and supervisors."""
        if department not in self._heads:
            post = self._posts.get(department)
            named = [post.head_id] if post and post.head_id else []
            self._heads[department] = self._present([*named, *self._with(department, LEADING)], department)
        return self._heads[department]

    def next_on_duty(self, department: int) -> list[int]:
        """Whose shift comes next."""
        ahead = Shift.objects.filter(department=department, starts_at__gt=self.now).order_by("starts_at", "pk")
        return self._present(list(ahead.values_list("person_id", flat=True)[:5]), department)

    def duty_line(self, department: int) -> list[tuple[int, int]]:
        """Person and department, in the order in which a matter of this department is theirs: who is on duty, from here up."""
        post, above = self._posts.get(department), line(department)
        found = [(person, department) for person in self.on_duty(department)]
        if not found and post and post.when_empty == Post.WhenEmpty.NEXT:
            found = [(person, department) for person in self.next_on_duty(department)]
        elif not found and post and post.when_empty == Post.WhenEmpty.HEAD:
            found = [(person, department) for person in self.heads(department)]
        found += [(person, at) for at in above[1:] for person in self.on_duty(at)]
        return found + [(person, at) for at in above for person in self.heads(at)]

    def head_line(self, department: int) -> list[int]:
        """The heads, from here up, and then whoever is on duty."""
        above = line(department)
        return _once([person for at in above for person in self.heads(at)] + [person for at in above for person in self.on_duty(at)])

    def chain(self, department: int) -> list[int]:
        """Everybody to call about a matter of this department, nearest first; at the very end, whoever may answer at all."""
        nearest = [person for at in line(department) for person in (*self.on_duty(at), *self.heads(at))]
        return _once(nearest) or self.anybody(department)

    def anybody(self, department: int) -> list[int]:
        """Who may answer for the department though no post names them, nearest first; those who are away come last."""
        staff = _once(person for at in line(department) for person, _ in self._roles.get(at, []) if self._may(person, department))
        return sorted(staff, key=lambda person: person in self._away)

    def is_there(self, person: int, department: int) -> bool:
        """Whether the person may answer for the department and is not away."""
        return person not in self._away and self._may(person, department)

    def stand_in(self, person: int, department: int) -> int | None:
        """The person, or who deputises: the first in the row of deputies who is there. None: nobody."""
        seen: set[int] = set()
        at: int | None = person
        while at is not None and at not in seen:
            if self.is_there(at, department):
                return at
            seen.add(at)
            at = self._away.get(at)
        return None

    def username(self, person: int | None) -> str:
        """For the record; "" for nobody."""
        return "" if person is None else self._named(person)[0]

    def name(self, person: int | None) -> str:
        """For people to read."""
        return "" if person is None else self._named(person)[1] or self._named(person)[0]

    def _named(self, person: int) -> tuple[str, str]:
        if person not in self._names:
            self._names[person] = Person.objects.values_list("username", "name").get(pk=person)
        return self._names[person]

    def _present(self, asked: Iterable[int], department: int) -> list[int]:
        if department not in self._active:
            return []
        found = (self.stand_in(person, department) for person in asked)
        return _once(person for person in found if person is not None)

    def _with(self, department: int, roles: tuple[Role, ...]) -> list[int]:
        held = self._roles.get(department, [])
        return _once(person for wanted in roles for person, role in held if role == wanted)

    def _may(self, person: int, department: int) -> bool:
        """Active (else no role of theirs was read), with the right to answer in the department or above it."""
        key = (person, department)
        if key not in self._able:
            roles = [role for at in line(department) for one, role in self._roles.get(at, []) if one == person]
            self._able[key] = may(roles, Right.REPLY)
        return self._able[key]


def _once(people: Iterable[int]) -> list[int]:
    return list(dict.fromkeys(people))
