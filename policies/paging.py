"""Paging 呼叫: whom a page calls next and by what means, how long it waits, and what it says. Numbers: rulepacks/paging.toml."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any

from policies.calendar import SHANGHAI
from policies.facts import Outcome
from policies.rulepack import read, values

_RULES: dict[str, Any] = values(read("paging"))
_WAIT: dict[str, Any] = _RULES["wait"]
BUNDLED_AT_ONCE: int = _RULES["bundle"]["pages"]
LEASE = timedelta(seconds=_RULES["attempt"]["lease"])
AT_ONCE: int = _RULES["attempt"]["at_once"]
LINK_LIFE = timedelta(seconds=_RULES["link"]["life"])
TEST_GRACE = timedelta(seconds=_RULES["test"]["grace"])


class PageState(StrEnum):
    """Where a page stands."""

    CALLING = "calling"  # 呼叫中
    EXHAUSTED = "exhausted"  # 无人确认: everybody was called, the last one still is; a visible alarm
    TOLD = "told"  # 已送达: one that needs no acknowledgement
    ACKNOWLEDGED = "acknowledged"  # 已确认
    SETTLED = "settled"  # 已了结: what it was about is done


class AttemptState(StrEnum):
    """How one message to one contact point ended."""

    SENDING = "sending"  # 发送中: committed before the call
    SENT = "sent"  # 已送出: the platform's own code says so
    FAILED = "failed"  # 未送出
    UNKNOWN = "unknown"  # 结果不明: counts as not sent


_S = PageState
MOVES: dict[PageState, frozenset[PageState]] = {
    _S.CALLING: frozenset({_S.EXHAUSTED, _S.TOLD, _S.ACKNOWLEDGED, _S.SETTLED}),
    _S.EXHAUSTED: frozenset({_S.TOLD, _S.ACKNOWLEDGED, _S.SETTLED}),
    _S.TOLD: frozenset({_S.ACKNOWLEDGED, _S.SETTLED}),
    _S.ACKNOWLEDGED: frozenset({_S.SETTLED}),
    _S.SETTLED: frozenset(),
}
OPEN = frozenset({_S.CALLING, _S.EXHAUSTED})
"""States in which people are still called."""


@dataclass(frozen=True, slots=True)
class Way:
    """One contact point of one person. `busy_until`: its gateway takes nothing before."""

    contact: int
    quiet: bool = False  # not at night, unless it is urgent
    busy_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """How far a page has come: whose turn it is, and which of their contact points were tried in it."""

    turn: int = 0
    tried: frozenset[int] = frozenset()
    slept: bool = False  # somebody was passed over because of the night


@dataclass(frozen=True, slots=True)
class Step:
    """What a page does now: call `contact` of the person at `place.turn`, or wait until `wait`, or (neither) nobody is left."""

    place: Place
    contact: int | None = None
    wait: datetime | None = None


def may_move(old: PageState, new: PageState) -> bool:
    """Whether the move is allowed. Staying in a state is not a move."""
    return new in MOVES[old]


def quiet_until(now: datetime) -> datetime | None:
    """When the night ends, if `now` lies in it."""
    start, end = (time.fromisoformat(_RULES["quiet"][name]) for name in ("from", "until"))
    here = now.astimezone(SHANGHAI)
    clock = here.time()
    if not (clock >= start or clock < end if start > end else start <= clock < end):
        return None
    day = here.date() + timedelta(days=1) if start > end and clock >= start else here.date()
    return datetime.combine(day, end, SHANGHAI).astimezone(now.tzinfo)


def next_step(people: Sequence[Sequence[Way]], place: Place, now: datetime, *, urgent: bool) -> Step:
    """Whom to call now. `people`: the contact points of each, in the order in which they are called.

    A contact point that sleeps is passed over in favour of a later one that does not; where all of them sleep, the page
    waits for the morning. Should somebody have been passed over, the morning begins with the first person again.
    """
    night = None if urgent else quiet_until(now)
    if place.slept and night is None:
        place = Place()
    slept = place.slept
    for turn in range(place.turn, len(people)):
        tried = place.tried if turn == place.turn else frozenset()
        for way in people[turn]:
            if way.contact in tried:
                continue
            if night and way.quiet:
                slept = True
            elif way.busy_until is None or way.busy_until <= now:
                return Step(Place(turn, tried | {way.contact}, slept), contact=way.contact)
            elif way.busy_until - now <= patience(urgent=urgent):
                return Step(Place(turn, tried, slept), wait=way.busy_until)
    return _nobody_left(people, place, slept, night)


def _nobody_left(people: Sequence[Sequence[Way]], place: Place, slept: bool, night: datetime | None) -> Step:
    begun = place.turn > 0 or bool(place.tried)
    if night and slept and not begun:
        return Step(Place(), wait=night)
    return Step(Place(max(len(people) - 1, 0), frozenset(), slept))


def again(people: Sequence[Sequence[Way]], slept: bool, now: datetime, *, urgent: bool, reached: bool) -> tuple[Place, datetime]:
    """Where and when to begin again when everybody was called: at the last person who can be called at this hour.

    `slept`: somebody was passed over because of the night. `reached`: a message of this round was taken by its platform.
    """
    night = None if urgent else quiet_until(now)
    able = [turn for turn, ways in enumerate(people) if any(not (night and way.quiet) for way in ways)]
    if night and slept and not able:
        return Place(slept=True), night
    turn = able[-1] if able else max(len(people) - 1, 0)
    pause = repeat(urgent=urgent, reached=reached) if any(people) else timedelta(seconds=_RULES["repeat"]["nowhere"])
    return Place(turn, frozenset(), slept), now + pause


def patience(*, urgent: bool) -> timedelta:
    """How long a gateway over its pace is waited for before another means is taken."""
    return timedelta(seconds=_RULES["pace"]["patience_urgent" if urgent else "patience"])


def arrived(outcome: Outcome) -> bool:
    """Whether a page may wait for its acknowledgement. What may have arrived (UNKNOWN) does not count."""
    return outcome in (Outcome.SENT, Outcome.PENDING)


def wait(means: str, *, urgent: bool) -> timedelta:
    """How long to wait for an acknowledgement after a message by this means."""
    pace = "urgent" if urgent else "normal"
    own: Mapping[str, float] = _WAIT["means"].get(means, {})
    return timedelta(seconds=own.get(pace, _WAIT[pace]))


def repeat(*, urgent: bool, reached: bool) -> timedelta:
    """How long until the last person is called again. `reached`: a message of this round was taken by its platform."""
    pace = "unreached" if not reached else "urgent" if urgent else "normal"
    return timedelta(seconds=_RULES["repeat"][pace])


def bundle(*, urgent: bool) -> timedelta:
    """After a message to a contact point, how long further pages to it wait to become one message."""
    return timedelta(seconds=_RULES["bundle"]["urgent" if urgent else "normal"])


def text_of(words: Sequence[str], *, urgent: bool) -> str:
    """What a message says. `words`: one line for each page it carries, the most urgent first."""
    head = "【回音·紧急】" if urgent else "【回音】"
    end = "请点开链接确认 / open to acknowledge:"
    if len(words) == 1:
        return f"{head}{words[0]}\n{end}"
    named = _RULES["bundle"]["named"]
    lines = [f"{at}. {line}" for at, line in enumerate(words[:named], 1)]
    rest = [f"…… 另有 {len(words) - named} 件 / and {len(words) - named} more"] if len(words) > named else []
    return "\n".join([f"{head}共 {len(words)} 件待处理 / {len(words)} pages:", *lines, *rest, end])


def is_test_time(now: datetime) -> bool:
    """Whether the monthly self-test may call people at this hour."""
    start, end = (time.fromisoformat(_RULES["test"][name]) for name in ("from", "until"))
    return start <= now.astimezone(SHANGHAI).time() < end
