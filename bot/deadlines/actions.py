"""Setting terms, office hours and years. What is set counts from the next message on; years also for open tickets."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from bot.audit.actions import Fact, record
from bot.deadlines import queries
from bot.deadlines.models import CalendarYear, OfficeHours, Term
from bot.staff.access import Actor
from bot.staff.actions import Invalid, ensure_root
from bot.staff.models import Department
from policies import packs
from policies.calendar import arrangement, calendar_of, default_calendar, default_hours
from policies.roles import Right

SOURCE_MAX = 300
YEARS = range(2000, 2101)  # anything else is a slip of the hand
TEXT_MAX = 20_000  # characters of one year's arrangement; a real one has eight hundred


def _changed() -> None:
    """Nobody in this process goes on with the old values, nor one that was read between now and the commit."""
    queries.forget()
    transaction.on_commit(queries.forget)


def reason_given(source: str, most: int = SOURCE_MAX) -> str:
    """The rule something follows, in words. Raises Invalid."""
    source = source.replace("\x00", "").strip()
    if not source:
        raise Invalid("请写明依据（文件或理由）。")
    if len(source) > most:
        raise Invalid(f"依据过长，最多 {most} 字。")
    return source


@transaction.atomic
def set_term(actor: Actor, department: Department, own: packs.Own, now: datetime) -> Term:
    """Set one value of the department's pack, for itself and those below. Raises Denied, Invalid."""
    actor.demand(Right.MANAGE_DEADLINES, department)
    if own.key not in packs.KEYS or own.unit not in packs.units(own.key):
        raise Invalid("没有这一项期限，或单位不适用。")
    if not packs.fits(own.key, own.value, own.unit):
        least, most = packs.bounds(own.key, own.unit)
        raise Invalid(f"数值应在 {least} 至 {most} 之间。")
    fields = {"value": own.value, "unit": own.unit, "source": reason_given(own.source), "set_by": actor.username, "set_at": now}
    row, made = Term.objects.update_or_create(department=department, key=own.key, defaults=fields)
    detail = {"key": own.key, "value": own.value, "unit": own.unit, "source": row.source}
    record(now, Fact(actor.username, "term.set" if made else "term.changed", "department", department.code, department.pk, detail))
    _changed()
    return row


@transaction.atomic
def clear_term(actor: Actor, department: Department, key: str, now: datetime) -> bool:
    """Take the department's own value away: the one above counts again. False: there was none. Raises Denied."""
    actor.demand(Right.MANAGE_DEADLINES, department)
    deleted, _ = Term.objects.filter(department=department, key=key).delete()
    if deleted:
        record(now, Fact(actor.username, "term.cleared", "department", department.code, department.pk, {"key": key}))
        _changed()
    return bool(deleted)


@transaction.atomic
def set_hours(actor: Actor, sittings: list[list[str]], source: str, now: datetime) -> OfficeHours:
    """The installation's office hours; none: those of the pack again. Only for who stands at the root. Raises Denied, Invalid."""
    root = ensure_root(now)
    actor.demand(Right.MANAGE_DEADLINES, root)
    try:
        calendar_of([], sittings or default_hours())
    except (ValueError, TypeError) as wrong:
        raise Invalid("上下班时间应按先后填写，如 09:00–12:00、13:30–17:30，不能重叠。") from wrong
    row = OfficeHours.objects.create(sittings=sittings, source=reason_given(source), set_by=actor.username, set_at=now)
    record(now, Fact(actor.username, "hours.set", "calendar", "hours", root.pk, {"sittings": sittings, "source": row.source}))
    _changed()
    return row


def read_year(text: str) -> Mapping[str, Any]:
    """An arrangement from text a person gave, checked by itself and with the other years. Raises Invalid."""
    if len(text) > TEXT_MAX:
        raise Invalid("文件过大，不像一年的节假日安排。")
    try:
        made = arrangement(text)
        if made["year"] not in YEARS:
            raise ValueError(f"the year {made['year']} is far away")
        others = [arrangement(row.text) for row in CalendarYear.objects.filter(current=True).exclude(year=made["year"])]
        default_calendar([*others, made])
    except (ValueError, TypeError, KeyError) as wrong:
        raise Invalid(f"无法读取节假日安排：{str(wrong)[:200]}") from wrong
    return made


def import_year(actor: Actor, text: str, now: datetime) -> CalendarYear:
    """Bring in a year; open tickets' deadlines that reach into it follow. Raises Denied, Invalid."""
    actor.demand(Right.MANAGE_DEADLINES, ensure_root(now))
    return bring_in(actor.username, text, now)


@transaction.atomic
def bring_in(who: str, text: str, now: datetime) -> CalendarYear:
    """The same for whoever stands at the machine (`manage.py calendar_import`). Raises Invalid."""
    year = read_year(text)
    before = _make_room(year["year"], now)
    fields = {"text": text, "before": before, "source": str(year["source"])[:500], "imported_by": who[:150], "imported_at": now}
    row = CalendarYear.objects.create(year=year["year"], **fields)
    detail = {"source": row.source, "holidays": len(year["holiday"]), "replaced": bool(before)}
    record(now, Fact(who, "calendar.imported", "calendar", str(row.year), ensure_root(now).pk, detail))
    _changed()
    return row


def _make_room(year: int, now: datetime) -> str:
    """What counted before this year's new arrangement. One that no ticket has followed yet is passed over."""
    counted = CalendarYear.objects.select_for_update().filter(year=year, current=True).first()
    if counted is None:
        return ""
    if counted.applied_at is None and counted.cursor:
        raise Invalid("上一次导入的期限正在重算，请几秒后再试。")
    passed_over = counted.applied_at is None
    CalendarYear.objects.filter(pk=counted.pk).update(current=False, applied_at=counted.applied_at or now)
    return counted.before if passed_over else counted.text
