"""Filters of our templates: times, durations and words."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django import template
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from bot import clock
from bot.answering.drafts import Writer
from bot.console import words
from bot.console.queries import Group
from policies.masking import mask, mask_name

register = template.Library()
TABLES = {
    "state": words.STATES,
    "how": words.HOW_CLOSED,
    "call": words.CALL_RESULTS,
    "step": words.HANDOVER_STEPS,
    "delivery": {state: shown.word for state, shown in words.DELIVERY.items()},
    "kind": words.KINDS,
    "role": words.ROLES,
    "health": words.HEALTH,
    "account": words.ACCOUNT_STATES,
    "media": words.MEDIA,
    "entity": words.ENTITIES,
    "action": words.ACTIONS,
    "by": words.UNDERSTOOD_BY,
    "incident": words.INCIDENT_STATES,
    "warmth": words.WARMTH,
    "part": words.PART_STATES,
    "leftout": words.LEFT_OUT,
    "entry": words.ENTRY_STATES,
    "climb": words.CLIMB_REASONS,
    "page": words.PAGE_STATES,
    "attempt": words.ATTEMPT_STATES,
    "term": words.TERMS,
    "unit": words.UNITS,
    "legal": words.LEGAL_ROUTES,
    "empty": words.WHEN_EMPTY,
}

register.filter("platform", words.platform)
register.filter("means", words.means)
register.filter("subject", words.subject)
register.filter("subject_path", words.subject_path)
register.filter("masked_name", mask_name)
register.filter("masked", mask)


@register.filter
def word(value: str, table: str) -> str | Promise:
    """The word on screen for one of our own values; a value without a word is shown as it is."""
    return TABLES[table].get(value, value)


@register.filter
def moment(value: datetime | None) -> str:
    """A time as `2026-11-22 08:00`, in Beijing."""
    return f"{localtime(value, clock.BEIJING):%Y-%m-%d %H:%M}" if value else ""


@register.filter
def clocktime(value: datetime | None) -> str:
    """A time of the day as `08:00:05`, in Beijing."""
    return f"{localtime(value, clock.BEIJING):%H:%M:%S}" if value else ""


@register.filter
def iso(value: datetime | None) -> str:
    """A time for programs."""
    return value.isoformat() if value else ""


@register.filter
def countdown(deadline: datetime | None) -> str:
    """How long there is left, or how long it is overdue, in words."""
    if deadline is None:
        return ""
    left = deadline - clock.now()
    return _("已超期 %(time)s") % {"time": duration(-left)} if left < timedelta() else _("还剩 %(time)s") % {"time": duration(left)}


def duration(span: timedelta) -> str:
    """A span in its two largest units."""
    minutes = max(0, int(span.total_seconds() // 60))
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return _("%(d)s 天 %(h)s 小时") % {"d": days, "h": hours}
    return _("%(h)s 小时 %(m)s 分") % {"h": hours, "m": rest} if hours else _("%(m)s 分") % {"m": rest}


@register.filter
def percent(value: float) -> str:
    """A confidence as a whole percentage."""
    return f"{round(value * 100)}%"


@register.filter
def capped(count: int) -> str:
    """A count that stopped counting at a thousand."""
    return "999+" if count > 999 else str(count)


@register.filter
def filesize(size: int) -> str:
    """Bytes for people."""
    return f"{size / 1048576:.1f} MB" if size >= 1048576 else f"{max(1, size // 1024)} KB"


@register.filter
def translated(text: object) -> str:
    """A sentence of the house (an error, an advice) in the language of the screen."""
    from bot.console.sentences import translate

    return translate(str(text))


@register.filter
def actorname(actor: str) -> str:
    """Who is on record: a user name, or the machine."""
    return _("系统") if actor.startswith("system:") else actor


@register.filter
def names(rows: Iterable[Writer]) -> str:
    """The names of those who write, in a row."""
    return "、".join(row.name for row in rows)


@register.filter
def starts(text: str, start: str) -> bool:
    """Whether the text starts so."""
    return text.startswith(start)


@register.filter
def weblink(address: object) -> bool:
    """Whether an address a citizen sent may be a link: http(s) only, never script."""
    return isinstance(address, str) and address.lower().startswith(("https://", "http://"))


@register.filter
def at(table: Mapping[str, int], key: str) -> int:
    """A number of a table by its name; 0 where there is none."""
    return table.get(key, 0)


@register.filter
def any_rows(groups: Iterable[Group]) -> bool:
    """Whether any group has a row."""
    return any(group.rows for group in groups)
