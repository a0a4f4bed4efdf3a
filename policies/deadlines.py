"""When a person must have answered 期限. The clock starts at the citizen's message (facts 3.19); a transfer does not reset it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from policies.calendar import SHANGHAI, WorkingCalendar
from policies.facts import Kind
from policies.rulepack import read

PACK: Mapping[str, Any] = read("deadlines")
"""The default pack. A department's own pack has the same shape."""


def service_deadline(kind: Kind, received_at: datetime, calendar: WorkingCalendar, pack: Mapping[str, Any] = PACK) -> datetime:
    """The department's own deadline for a message of this kind.

    `pack["kind"][kind]` is `{ value, unit, source }` with unit "minutes", "working_hours" or "working_days"; a kind the pack
    does not name counts as a question. Raises ValueError for a unit that is none of them.
    """
    rule = pack["kind"].get(kind) or pack["kind"][Kind.QUESTION]
    match rule["unit"]:
        case "minutes":
            return received_at + timedelta(minutes=rule["value"])
        case "working_hours":
            return calendar.add_working_hours(received_at, rule["value"])
        case "working_days":
            return calendar.add_working_days(received_at, rule["value"])
    raise ValueError(f"{kind}: unknown unit of time")


def in_office_time(kind: str, pack: Mapping[str, Any] = PACK) -> bool:
    """Whether such a matter's deadline is reckoned on the working calendar at all."""
    rule = pack["kind"].get(kind) or pack["kind"][Kind.QUESTION]
    return bool(rule["unit"] != "minutes")


def rereckoned(service: datetime, since: datetime, old: WorkingCalendar, new: WorkingCalendar) -> datetime:
    """The deadline of a message of `since` when another arrangement counts: as many working days later, at the same time of day.

    `service` was reckoned on `old`. What does not lie on a working day of it was not, and stays.
    """
    first, last = since.astimezone(SHANGHAI).date(), service.astimezone(SHANGHAI)
    if not old.is_working_day(last.date()):
        return service
    days = old.working_days(first, last.date())
    if not days:
        return new.add_working_time(since, old.working_time(since, service))
    return datetime.combine(new.working_day(first, days), last.time(), SHANGHAI).astimezone(UTC)


def effective(service: datetime, window_until: datetime | None, received_at: datetime, pack: Mapping[str, Any] = PACK) -> datetime:
    """The deadline staff work to: the earlier of the service deadline and the end of the platform's reply window.

    A window that never closes (None), had closed before the message, or is too short for any person (a menu key's one minute)
    does not count: it would put tickets overdue that nobody could have answered in time.
    """
    useful = timedelta(minutes=pack["window"]["useful_minutes"]["value"])
    if window_until is None or window_until - received_at < useful:
        return service
    return min(service, window_until)


def extended(service: datetime, calendar: WorkingCalendar, pack: Mapping[str, Any] = PACK) -> datetime:
    """The service deadline after an extension. How often one is allowed is `extensions_allowed`."""
    return calendar.add_working_days(service, pack["extension"]["working_days"]["value"])


def extensions_allowed(pack: Mapping[str, Any] = PACK) -> int:
    """How many extensions one ticket may have."""
    return int(pack["extension"]["times"]["value"])
