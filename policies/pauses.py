"""Pauses 暂停计时: only while a citizen is asked for something, with a reason from a list and an end (facts 3.19).

The service deadline moves by the office time of the pause; the platform's reply window goes on, no citizen's rule of ours
stops it. Nothing but a person pauses.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from policies.calendar import WorkingCalendar
from policies.deadlines import PACK
from policies.facts import Kind
from policies.tickets import TicketState

PAUSES_FROM: frozenset[TicketState] = frozenset(
    {TicketState.WAITING, TicketState.CLAIMED, TicketState.DRAFTED, TicketState.EXTENDED, TicketState.HANDED_BACK, TicketState.REOPENED}
)
"""States in which somebody can be asked. A paused ticket is AWAITING_CITIZEN, and no other state stands still."""


def reasons(pack: Mapping[str, Any] = PACK) -> Mapping[str, str]:
    """What a citizen may be waited for: the list's names and its words, which follow "请您"."""
    return {name: str(row["value"]) for name, row in pack["pause"]["reason"].items()}


def may_pause(kind: str, *, urgent: bool) -> bool:
    """Whether such a matter may stand still at all: an emergency never."""
    return kind != Kind.EMERGENCY and not urgent


def longest(now: datetime, calendar: WorkingCalendar, pack: Mapping[str, Any] = PACK) -> datetime:
    """The latest end a pause that begins now may have."""
    return calendar.add_working_days(now, pack["pause"]["working_days"]["value"])


def allowed(pack: Mapping[str, Any] = PACK) -> int:
    """How many pauses one ticket may have."""
    return int(pack["pause"]["times"]["value"])


def moved(service: datetime, since: datetime, until: datetime, calendar: WorkingCalendar) -> datetime:
    """The service deadline after the clock has stood from `since` to `until`: later by the office time in between."""
    stood = calendar.working_time(since, until)
    return calendar.add_working_time(service, stood) if stood else service
