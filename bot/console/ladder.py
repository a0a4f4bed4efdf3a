"""The ladder as people read it: the steps in words, and where on it a ticket is."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bot.deadlines.queries import calendar
from bot.duty.queries import ladder_of, line
from bot.staff.models import Department
from bot.tickets.clock import its_ladder, way_of
from bot.tickets.models import OPEN_STATES, Ticket
from policies.ladder import Act, Ladder, Step, moments, unfold

ACTS: dict[str, str | Promise] = {
    Act.REMIND: gettext_lazy("提醒经办人"),
    Act.DUTY: gettext_lazy("转值班岗"),
    Act.HEAD: gettext_lazy("转部门负责人"),
    Act.ABOVE: gettext_lazy("转上级部门"),
}


@dataclass(frozen=True, slots=True)
class RungShown:
    """One rung of a ticket's ladder. `place`: "taken", "next" or "ahead"."""

    words: str
    where: str
    at: datetime
    place: str


def climb_of(ticket: Ticket) -> list[RungShown]:
    """The rungs of an open ticket, those behind it first. Empty for one that has ended."""
    if ticket.state not in OPEN_STATES:
        return []
    ladder, way, chain = its_ladder(ticket), way_of(ticket), line(ticket.department_id)
    names = dict(Department.objects.filter(pk__in=chain).values_list("pk", "name"))
    rungs = zip(unfold(ladder, way.levels), moments(ladder, way, calendar()), strict=True)
    shown = []
    for number, (rung, at) in enumerate(rungs):
        place = "taken" if number < ticket.rung else "next" if number == ticket.rung else "ahead"
        where = names[chain[rung.level]] if rung.level < len(chain) else ""
        shown.append(RungShown(str(ACTS[rung.act]), where if rung.level else "", at, place))
    return shown


def step_words(step: Step, ladder: Ladder) -> str:
    """When a step comes: 「办理期限过去 50% 时」, 「再过 4 小时（工作时间）」."""
    if step.share is not None:
        if step.share == 0:
            return _("收到时")
        return _("期限届满时") if step.share == 1 else _("期限过去 %(share)s%% 时") % {"share": round(step.share * 100)}
    minutes = step.after_minutes or 0
    span = _("%(n)s 小时") % {"n": f"{minutes / 60:g}"} if minutes % 30 == 0 else _("%(n)s 分钟") % {"n": minutes}
    return _("再过 %(span)s（工作时间）") % {"span": span} if ladder.office else _("再过 %(span)s") % {"span": span}


def steps_shown(department_id: int, *, urgent: bool) -> list[tuple[str, str]]:
    """When and what, step by step."""
    ladder = ladder_of(department_id, urgent=urgent)
    return [(step_words(step, ladder), str(ACTS[step.act])) for step in ladder.steps]
