"""A token bucket as a pure function: the state is given and returned, so it may live in Redis, in the database or in memory."""

import math
from dataclasses import dataclass
from datetime import datetime

_TOLERANCE = 1e-6  # a token that is short by less than the rounding of a microsecond clock is a token


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many tokens there were at a moment."""

    tokens: float
    at: datetime


def take(state: Bucket | None, now: datetime, rate: float, burst: float) -> tuple[Bucket, float]:
    """Take one token: (new state, 0.0) if there was one, else (state, seconds until there is one) with nothing taken.

    `rate` is tokens a second, `burst` the most that gather; both must be positive, burst at least 1. None = a full bucket.
    A clock that runs backwards gives nothing and takes nothing away.
    """
    if not (rate > 0 and burst >= 1):
        raise ValueError("a bucket needs a positive rate and a burst of at least 1")
    filled = _filled(state, now, rate, burst)
    if filled.tokens >= 1 - _TOLERANCE:
        return Bucket(max(filled.tokens - 1, 0.0), filled.at), 0.0
    missing = (1 - filled.tokens) / rate + max((filled.at - now).total_seconds(), 0.0)
    return filled, math.ceil(missing * 1e6) / 1e6


def _filled(state: Bucket | None, now: datetime, rate: float, burst: float) -> Bucket:
    if state is None:
        return Bucket(burst, now)
    elapsed = max((now - state.at).total_seconds(), 0.0)
    return Bucket(min(burst, state.tokens + elapsed * rate), max(now, state.at))
