"""The life of a delivery 投递: states, allowed moves, and what follows from each outcome. One row, one state, one retry per account."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from policies.facts import Hold, Lane, Outcome, Result
from policies.rulepack import read, values


class DeliveryState(StrEnum):
    """Where one thing to send stands."""

    QUEUED = "queued"  # 待发送
    SENDING = "sending"  # 发送中: committed before the call, under a lease
    SENT = "sent"  # 已送达平台
    PENDING = "pending"  # 平台处理中: accepted, the platform tells later
    RETRY = "retry"  # 待重试: surely not accepted, tried again by the machine
    REFUSED = "refused"  # 平台拒绝: a person must change something
    RECONNECT = "reconnect"  # 账号需重新连接
    UNKNOWN = "unknown"  # 结果不明: may have arrived; never re-sent by a machine
    HELD = "held"  # 暂存: waits for the citizen's next contact
    WITHDRAWN = "withdrawn"  # 已撤回
    DEAD = "dead"  # 已放弃: the last attempt failed; visible to people


_S = DeliveryState
_ENDS_OF_A_CALL = frozenset({_S.SENT, _S.PENDING, _S.RETRY, _S.REFUSED, _S.RECONNECT, _S.UNKNOWN, _S.HELD, _S.DEAD})
_BY_A_PERSON = frozenset({_S.QUEUED, _S.WITHDRAWN})

MOVES: dict[DeliveryState, frozenset[DeliveryState]] = {
    _S.QUEUED: frozenset({_S.SENDING, _S.HELD, _S.WITHDRAWN}),
    _S.SENDING: _ENDS_OF_A_CALL,
    _S.RETRY: frozenset({_S.SENDING, _S.HELD, _S.QUEUED, _S.WITHDRAWN}),
    # What the platform tells later: done, failed, surely nothing came of it; or nothing in time (UNKNOWN).
    _S.PENDING: frozenset({_S.SENT, _S.RETRY, _S.HELD, _S.REFUSED, _S.UNKNOWN, _S.DEAD}),
    # check() found it (SENT, PENDING) or found surely nothing (RETRY, HELD, REFUSED, DEAD); else a person settles it.
    _S.UNKNOWN: frozenset({_S.SENT, _S.PENDING, _S.RETRY, _S.HELD, _S.REFUSED, _S.DEAD}) | _BY_A_PERSON,
    _S.REFUSED: _BY_A_PERSON,
    _S.RECONNECT: _BY_A_PERSON,
    _S.DEAD: _BY_A_PERSON,
    _S.HELD: _BY_A_PERSON,  # QUEUED also when the citizen writes again
    _S.SENT: frozenset(),
    _S.WITHDRAWN: frozenset(),
}

DONE: frozenset[DeliveryState] = frozenset({_S.SENT, _S.WITHDRAWN})
NEEDS_PERSON: frozenset[DeliveryState] = frozenset({_S.REFUSED, _S.RECONNECT, _S.UNKNOWN, _S.DEAD})
"""States in which nothing more happens unless a person acts (UNKNOWN: unless check() finds out first)."""
CLAIMABLE: frozenset[DeliveryState] = frozenset({_S.QUEUED, _S.RETRY})
"""States a worker may take into SENDING once `not_before` has passed."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """How patiently one lane tries. Times in seconds."""

    first: float
    factor: float
    longest: float
    attempts: int  # after so many the delivery is DEAD


@dataclass(frozen=True, slots=True)
class Next:
    """What a delivery becomes. `not_before`: when a worker looks at it again (send or check); None = no machine does."""

    state: DeliveryState
    not_before: datetime | None = None


_PACK = values(read("backoff"))
BACKOFFS: Mapping[Lane, Backoff] = {Lane(name): Backoff(**numbers) for name, numbers in _PACK["lane"].items()}
_CHECK = Backoff(**_PACK["check"])
_LONGEST_WAIT = float(_PACK["platform"]["longest_wait"])

_PLAIN: Mapping[Outcome, DeliveryState] = {
    Outcome.SENT: _S.SENT,
    Outcome.PENDING: _S.PENDING,
    Outcome.REFUSED: _S.REFUSED,
    Outcome.RECONNECT: _S.RECONNECT,
    Outcome.UNKNOWN: _S.UNKNOWN,
}


def may_move(old: DeliveryState, new: DeliveryState) -> bool:
    """Whether the move is allowed. Staying in a state is not a move."""
    return new in MOVES[old]


def after(
    result: Result, attempts: int, now: datetime, jitter: float, *, lane: Lane = Lane.HUMAN, backoffs: Mapping[Lane, Backoff] = BACKOFFS
) -> Next:
    """What follows one call of `send`.

    `attempts` counts the calls made so far, this one included; `jitter` is a random number 0..1 the caller draws.
    """
    if result.outcome is Outcome.RETRY:
        return _again(result, attempts, now, jitter, backoffs[lane])
    if result.outcome is Outcome.REFUSED and result.hold is not Hold.NONE:
        return Next(_S.HELD)
    state = _PLAIN[result.outcome]
    if state in {_S.PENDING, _S.UNKNOWN}:
        return Next(state, now + delay(_CHECK, 1, jitter, result.retry_after))
    return Next(state)


def after_check(
    result: Result,
    checks: int,
    attempts: int,
    now: datetime,
    jitter: float,
    *,
    state: DeliveryState = DeliveryState.UNKNOWN,
    lane: Lane = Lane.HUMAN,
    backoffs: Mapping[Lane, Backoff] = BACKOFFS,
) -> Next:
    """What follows one call of `check` on a delivery that is UNKNOWN or PENDING (`state`).

    `checks` counts the calls of check so far, this one included. UNKNOWN and RECONNECT tell nothing about the delivery: it stays
    as it is (were it to become RECONNECT, it would be sent again as soon as the account is back), and after the last check it is
    UNKNOWN for a person to settle (`not_before` None).
    """
    wait = delay(_CHECK, checks + 1, jitter, result.retry_after)
    if result.outcome is Outcome.PENDING:
        return Next(_S.PENDING, now + wait)
    if result.outcome in {Outcome.UNKNOWN, Outcome.RECONNECT}:
        return Next(state, now + wait) if checks < _CHECK.attempts else Next(_S.UNKNOWN)
    return after(result, attempts, now, jitter, lane=lane, backoffs=backoffs)


def lease_expired(now: datetime, jitter: float) -> Next:
    """A worker took the delivery into SENDING and was not heard of again: the call may have been made."""
    return Next(_S.UNKNOWN, now + delay(_CHECK, 1, jitter, None))


def delay(backoff: Backoff, attempt: int, jitter: float, floor: float | None) -> timedelta:
    """How long to wait after the attempt of this number: half fixed, half drawn, growing, and never under the platform's own `floor`."""
    grown = min(backoff.longest, backoff.first * backoff.factor ** min(max(attempt - 1, 0), 64))
    drawn = min(max(jitter, 0.0), 1.0)
    own = grown / 2 + grown / 2 * drawn
    if floor is None or not math.isfinite(floor) or floor <= 0:
        return timedelta(seconds=own)
    # Everybody the platform sent away comes back at the same second unless the jitter is on top of its time.
    asked = min(floor, _LONGEST_WAIT)
    return timedelta(seconds=max(own, asked + backoff.first * drawn))


def _again(result: Result, attempts: int, now: datetime, jitter: float, backoff: Backoff) -> Next:
    if attempts >= backoff.attempts:
        return Next(_S.DEAD)
    return Next(_S.RETRY, now + delay(backoff, attempts, jitter, result.retry_after))
