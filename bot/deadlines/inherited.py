"""What counts in a department and where it comes from: for the pages on which it is set."""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.deadlines.models import LegalRoute, Term
from bot.staff.models import Department
from policies.deadlines import PACK
from policies.legal import KINDS, ROUTES, Where, letter, likely
from policies.packs import KEYS, Own, units, value_of


@dataclass(frozen=True, slots=True)
class Line:
    """One value: what counts, and who said so. `origin` None: the default pack."""

    own: Own
    origin: Department | None = None
    is_own: bool = False
    set_by: str = ""
    set_at: datetime | None = None

    @property
    def is_fixed(self) -> bool:
        """Whether only one unit is possible."""
        return len(units(self.own.key)) == 1


@dataclass(frozen=True, slots=True)
class Way:
    """A legal route as it counts in a department; `row` None: nobody has said where it begins."""

    route: str
    row: LegalRoute | None
    is_own: bool = False

    @property
    def where(self) -> Where:
        row = self.row
        return Where(row.office, row.address, row.phone, row.hours, row.url, row.text, row.source) if row else Where("")

    @property
    def letter(self) -> str:
        """The ready reply."""
        return letter(self.route, self.where)


def lines_of(department: Department) -> list[Line]:
    """Every value a department may set, as it counts there."""
    found = {key: Line(value_of(PACK, key)) for key in KEYS}
    rows = Term.objects.filter(department__code__in=_above(department)).select_related("department")
    for row in sorted(rows, key=lambda one: len(one.department.path)):  # from the root down: the nearest speaks last
        own = Own(row.key, row.value, row.unit, row.source)
        if row.key in found:
            found[row.key] = Line(own, row.department, row.department_id == department.pk, row.set_by, row.set_at)
    return list(found.values())


def ways_of(department: Department) -> list[Way]:
    """Every legal route, as it counts in the department."""
    found = {route: Way(route, None) for route in ROUTES}
    rows = LegalRoute.objects.filter(department__code__in=_above(department)).select_related("department")
    for row in sorted(rows, key=lambda one: len(one.department.path)):
        if row.route in found:
            found[row.route] = replace(found[row.route], row=row, is_own=row.department_id == department.pk)
    return list(found.values())


def ways_for(department: Department, kind: str, said: str) -> list[Way]:
    """For a matter that is others' by law: the routes of which the department knows where they begin, the likeliest first."""
    if kind not in KINDS:
        return []
    order = likely(kind, said)
    return sorted((way for way in ways_of(department) if way.row), key=lambda way: order.index(way.route))


def _above(department: Department) -> list[str]:
    """Codes of the department and of all above it."""
    return [code for code in department.path.split("/") if code]
