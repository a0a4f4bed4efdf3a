"""Incidents 事件: many requests about one event. How hot one is, where it stands, and whom one reply to all reaches.

Numbers: rulepacks/incidents.toml.
"""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from policies.facts import Kind
from policies.rulepack import read, values
from policies.tickets import OPEN, TicketState

_RULES: dict[str, Any] = values(read("incidents"))
_HEAT: dict[str, float] = _RULES["heat"]
_RISING: dict[str, float] = _RULES["rising"]
HALF_LIFE = timedelta(hours=_HEAT["half_life_hours"])
WINDOW = timedelta(hours=_RISING["window_hours"])
CHUNK: int = _RULES["answer"]["chunk"]
TRIES: int = _RULES["answer"]["tries"]
COLD = -1e9  # the level of an incident without requests
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


class IncidentState(StrEnum):
    """Where an incident stands."""

    OPEN = "open"  # 进行中: somebody in it waits for an answer
    ANSWERED = "answered"  # 已答复: everybody in it has one
    CLOSED = "closed"  # 已结束: a person says it is over; what comes later is another incident
    MERGED = "merged"  # 已并入 another incident


_S = IncidentState
MOVES: dict[IncidentState, frozenset[IncidentState]] = {
    _S.OPEN: frozenset({_S.ANSWERED, _S.CLOSED, _S.MERGED}),
    _S.ANSWERED: frozenset({_S.OPEN, _S.CLOSED, _S.MERGED}),
    _S.CLOSED: frozenset({_S.OPEN}),
    _S.MERGED: frozenset(),
}
LIVE = frozenset({_S.OPEN, _S.ANSWERED})
"""States in which an incident takes requests in."""

GROUPED = frozenset({Kind.EMERGENCY, Kind.QUESTION, Kind.HELP, Kind.COMPLAINT, Kind.REPORT, Kind.SUGGESTION, Kind.LEGAL})
"""Kinds of request that can tell of an event. A greeting, thanks or an advertisement cannot, however many send the same."""


def may_move(old: IncidentState, new: IncidentState) -> bool:
    """Whether the move is allowed. Staying in a state is not a move."""
    return new in MOVES[old]


def weight(*, again: bool, urgent: bool) -> float:
    """What one request adds to the heat: a new citizen's, the same citizen's again, or a cry for help."""
    base = _HEAT["again"] if again else _HEAT["citizen"]
    return base * _HEAT["urgent"] if urgent and not again else base


def warmed(level: float, weight: float, at: datetime) -> float:
    """The level after one more request at its own time.

    A level is the logarithm (base 2) of the heat, plus the half-lives since 2020: while the heat of all incidents
    falls with time, their levels stand still. So nothing has to be recomputed while nothing comes, and the order by
    level is the order by heat at any moment. Late and early arrivals add the same in whatever order they come.
    """
    added = math.log2(weight) + _half_lives(at)
    top, low = max(level, added), min(level, added)
    return top + math.log2(1 + 2 ** max(low - top, -60.0))


def heat(level: float, now: datetime) -> float:
    """The heat now: about how many citizens lately, each counting half after 48 hours."""
    return float(2 ** min(level - _half_lives(now), 40.0)) if level > COLD else 0.0


def _half_lives(at: datetime) -> float:
    return (at - _EPOCH) / HALF_LIFE


def warmth(heat: float) -> str:
    """`hot`, `warm` or `calm`."""
    return "hot" if heat >= _HEAT["hot"] else "warm" if heat >= _HEAT["warm"] else "calm"


def rises(lately: int, before: int) -> bool:
    """Whether more come than did: requests of the last window, and of the one before it."""
    return lately >= _RISING["least"] and lately >= _RISING["times"] * before


def waits(state: TicketState) -> bool:
    """Whether a ticket in this state has no answer of a person yet."""
    return state in OPEN


def left_out(state: TicketState, owner: int | None, me: int, *, colleagues: bool, answered: bool) -> str:
    """Why a reply to all passes a ticket by: "" where it does not, else `closed`, `refusal`, `answered` or `colleague`.

    `colleagues`, `answered`: the person chose to include tickets a colleague has claimed, or that have an answer.
    """
    if state == TicketState.REFUSAL_ASKED:
        return "refusal"
    if state == TicketState.ANSWERED and not answered:
        return "answered"
    if state not in OPEN and state != TicketState.ANSWERED:
        return "closed"
    return "colleague" if owner not in (None, me) and not colleagues else ""


def hours_of(times: Sequence[datetime], end: datetime, *, step: timedelta, count: int) -> list[int]:
    """How many of the times fall into each of the last `count` steps before `end`, the oldest first."""
    found = [0] * count
    for at in times:
        place = count - 1 - int((end - at) / step)
        if 0 <= place < count and at <= end:
            found[place] += 1
    return found
