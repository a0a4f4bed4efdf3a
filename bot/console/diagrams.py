"""A department's figures as tables, and as the pictures that stand before them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from bot.console.charts import Picture, bars, heat
from policies.statistics import rules


@dataclass(frozen=True, slots=True)
class Table:
    """The numbers behind a picture."""

    name: str
    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str | int]]


@dataclass(frozen=True, slots=True)
class Diagram:
    """A picture, what it says in words, and its table."""

    table: Table
    picture: Picture
    says: str
    legend: Sequence[str] = ()


def tables(figures: Mapping[str, Any]) -> tuple[Table, Table, Table]:
    """Per day, by time to the answer, and by weekday and hour."""
    days = Table("days", _("每天收到与答复"), [_("日期"), _("收到"), _("答复")], figures["days"])
    times = list(zip(time_names(), figures["times"], strict=True))
    week = list(zip(weekdays(), figures["heat"], strict=True))
    hours = Table("hours", _("市民什么时候来"), [_("星期"), *(f"{hour}:00" for hour in range(24))], [[name, *row] for name, row in week])
    return days, Table("times", _("多久答复"), [_("用时"), _("件数")], times), hours


def diagrams(figures: Mapping[str, Any]) -> list[Diagram]:
    """The three pictures of a department's days."""
    days, times, hours = tables(figures)
    received, answered = ([int(row[place]) for row in days.rows] for place in (1, 2))
    legend = [_("收到"), _("答复")]
    per_day = bars([str(row[0])[5:] for row in days.rows], [received, answered], legend, every=5)
    spread = bars([str(row[0]) for row in times.rows], [[int(row[1]) for row in times.rows]], [_("件数")])
    week = heat(figures["heat"], weekdays(), _("{day} {hour} 点：{n} 件"))
    busiest = max(((value, day, hour) for day, row in enumerate(figures["heat"]) for hour, value in enumerate(row)), default=(0, 0, 0))
    most = _("{day} {hour} 点最多。").format(day=weekdays()[busiest[1]], hour=busiest[2]) if busiest[0] else ""
    summed = _("共收到 %(a)s 件，答复 %(b)s 件。") % {"a": sum(received), "b": sum(answered)}
    return [Diagram(days, per_day, summed, legend), Diagram(times, spread, _spread(figures)), Diagram(hours, week, most)]


def _spread(figures: Mapping[str, Any]) -> str:
    from bot.console.templatetags.work import hours

    if figures["median"] is None:
        return _("还没有答复。")
    return _("一半的答复不超过 %(a)s，九成不超过 %(b)s。") % {"a": hours(figures["median"]), "b": hours(figures["ninetieth"])}


def time_names() -> list[str]:
    """The names of the buckets of time, the last one beyond all bounds."""
    bounds = rules()["buckets"]["hours"]
    names = [_span(bound) for bound in bounds]
    return [*(_("≤ %(span)s") % {"span": name} for name in names), _("> %(span)s") % {"span": names[-1]}]


def _span(bound: int) -> str:
    whole = bound // 24
    return _("%(d)s 天") % {"d": whole} if whole else _("%(h)s 小时") % {"h": bound}


def weekdays() -> list[str]:
    """Monday first."""
    return [_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日")]
