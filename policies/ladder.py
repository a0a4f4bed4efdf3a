"""The escalation ladder 升级阶梯: who has an unanswered ticket next, and from which moment on (design promise 4).

A ladder is a few steps as data. For a department with others above it they unfold into rungs: the last step, which hands the
ticket to the department above, is repeated once for each of those. A rung is taken once; after the last one its people are
called again and again, because there is nobody to pass the ticket on to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from policies.calendar import WorkingCalendar
from policies.rulepack import read, values
from policies.worktime import OfficeTime


class Act(StrEnum):
    """What a step does."""

    REMIND = "remind"  # the owner is called; the ticket stays where it is
    DUTY = "duty"  # who is on duty takes it
    HEAD = "head"  # the department's head takes it
    ABOVE = "above"  # the department above takes it


@dataclass(frozen=True, slots=True)
class Step:
    """One step: at a share of the way to the deadline, or so many minutes after the step before."""

    act: Act
    share: float | None = None
    after_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Ladder:
    """The steps of a department, and whether they are counted in office time or day and night."""

    steps: tuple[Step, ...]
    office: bool


@dataclass(frozen=True, slots=True)
class Rung:
    """A step as it meets one department: `level` 0 is the ticket's own department, 1 the one above it …"""

    act: Act
    level: int
    step: Step


@dataclass(frozen=True, slots=True)
class Way:
    """A ticket's way to its deadline. `start`: the citizen's message, or what set the clock anew. `levels`: departments above."""

    start: datetime
    deadline: datetime
    levels: int


@dataclass(frozen=True, slots=True)
class Due:
    """A rung whose moment has come. `number` counts from 1; `again`: the last rung's people are called once more."""

    number: int
    rung: Rung
    moment: datetime
    again: bool = False


MOVES = frozenset({Act.DUTY, Act.HEAD, Act.ABOVE})
_PACK: Mapping[str, Any] = read("ladder")
BOUNDS: Mapping[str, Any] = values(_PACK)["bounds"]


def _of(name: str) -> Ladder:
    pack = values(_PACK)[name]
    plain = [values(step) for step in _PACK[name]["step"]]
    return Ladder(tuple(Step(Act(one["do"]), one.get("share"), one.get("after_minutes")) for one in plain), pack["clock"] == "office")


NORMAL, URGENT = _of("normal"), _of("urgent")
"""The default ladders: of ordinary tickets, and of emergencies."""


def problems(steps: Sequence[Step]) -> list[str]:
    """What is wrong with these steps, in words for staff; a ladder without problems forgets nobody."""
    few, many = BOUNDS["steps"]
    found = [] if few <= len(steps) <= many else [f"升级阶梯须有 {few} 至 {many} 步。"]
    for number, step in enumerate(steps, 1):
        found += [f"第 {number} 步：{words}" for words in _of_one(step)]
    shares = [step.share for step in steps if step.share is not None]
    if shares != sorted(shares) or any(step.share is None for step in steps[: len(shares)]):
        found.append("按期限比例的各步须排在前面，并由小到大。")
    if not any(step.share == 1.0 and step.act in MOVES for step in steps):
        found.append("期限届满时必须有一步转交他人。")
    if any(step.act == Act.ABOVE for step in steps[:-1]) or not steps or steps[-1].act != Act.ABOVE or steps[-1].after_minutes is None:
        found.append("最后一步、且只有最后一步，须在若干时间后转交上级部门。")
    return found


def _of_one(step: Step) -> list[str]:
    least, most = BOUNDS["after_minutes"]
    if (step.share is None) == (step.after_minutes is None):
        return ["请填写期限比例或间隔时间之一。"]
    if step.share is not None and not 0 <= step.share <= 1:
        return ["期限比例须在 0 与 1 之间。"]
    if step.after_minutes is not None and not least <= step.after_minutes <= most:
        return [f"间隔须在 {least} 至 {most} 分钟之间。"]
    return []


def unfold(ladder: Ladder, levels: int) -> tuple[Rung, ...]:
    """The rungs for a department with so many above it. At the root the last rung is its head: there is nobody above."""
    *own, last = ladder.steps
    above = [Rung(Act.ABOVE, level, last) for level in range(1, levels + 1)] or [Rung(Act.HEAD, 0, last)]
    return (*(Rung(step.act, 0, step) for step in own), *above)


def height(ladder: Ladder, levels: int) -> int:
    """How many rungs a department with so many above it has."""
    return len(ladder.steps) - 1 + max(levels, 1)


def moments(ladder: Ladder, way: Way, calendar: WorkingCalendar) -> tuple[datetime, ...]:
    """The moment of every rung, in order, none before the way's start."""
    return tuple(_moment(ladder, way, calendar, place) for place in range(height(ladder, way.levels)))


def next_moment(ladder: Ladder, way: Way, calendar: WorkingCalendar, taken: int, now: datetime) -> datetime:
    """When the ladder acts next once `taken` rungs are behind: the next rung's moment (past, if it is due), or the next call."""
    last = height(ladder, way.levels) - 1
    if taken <= last:
        return _moment(ladder, way, calendar, taken)
    return _again(ladder, _moment(ladder, way, calendar, last), calendar, now)


def due(ladder: Ladder, way: Way, calendar: WorkingCalendar, taken: int, now: datetime) -> tuple[Due, ...]:
    """The rungs whose moments have come and that are not taken yet, lowest first.

    Where all are taken: the last one once more. Whether its people are to be called again is known by the moment that was kept.
    """
    rungs = unfold(ladder, way.levels)
    if taken >= len(rungs):
        return (Due(len(rungs), rungs[-1], now, again=True),)
    found: list[Due] = []
    for place in range(taken, len(rungs)):
        moment = _moment(ladder, way, calendar, place)
        if moment > now:
            break
        found.append(Due(place + 1, rungs[place], moment))
    return tuple(found)


def taken_still(ladder: Ladder, way: Way, calendar: WorkingCalendar, taken: int, now: datetime) -> int:
    """How many rungs still count as taken after the deadline changed: those whose moment lies ahead again are to come again."""
    place = min(taken, height(ladder, way.levels))
    while place and _moment(ladder, way, calendar, place - 1) > now:
        place -= 1
    return place


def _moment(ladder: Ladder, way: Way, calendar: WorkingCalendar, place: int) -> datetime:
    steps = ladder.steps
    step = steps[min(place, len(steps) - 1)]
    if step.share is not None:
        return _along(ladder, way, calendar, step.share)
    first = next(number for number, one in enumerate(steps) if one.share is None)
    minutes = sum(steps[min(number, len(steps) - 1)].after_minutes or 0 for number in range(first, place + 1))
    base = steps[first - 1].share if first else 0.0
    anchor = _along(ladder, way, calendar, 1.0 if base is None else base)
    return _later(ladder, calendar, anchor, timedelta(minutes=minutes))


def _along(ladder: Ladder, way: Way, calendar: WorkingCalendar, share: float) -> datetime:
    """The moment at this share of the way. A way without any office time in it is measured by the clock."""
    if way.deadline <= way.start:
        return way.start
    if share in (0.0, 1.0):
        return way.deadline if share else way.start
    office = OfficeTime(calendar)
    span = office.between(way.start, way.deadline) if ladder.office else timedelta()
    if not span:
        return way.start + (way.deadline - way.start) * share
    return min(office.after(way.start, span * share), way.deadline)


def _later(ladder: Ladder, calendar: WorkingCalendar, start: datetime, span: timedelta) -> datetime:
    return OfficeTime(calendar).after(start, span) if ladder.office else start + span


def _again(ladder: Ladder, last: datetime, calendar: WorkingCalendar, now: datetime) -> datetime:
    """The first call after `now`, counted from the last rung's moment on. However long nobody looked, it is one call."""
    every = timedelta(minutes=ladder.steps[-1].after_minutes or 1)
    passed = OfficeTime(calendar).between(last, now) if ladder.office else max(now - last, timedelta())
    moment = _later(ladder, calendar, last, every * (passed // every + 1))
    return moment if moment > now else _later(ladder, calendar, now, every)
