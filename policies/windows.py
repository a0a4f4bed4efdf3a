"""Reply windows 回复窗口: how long and how often we may write to a citizen. The limits are each platform's data (limits.toml)."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from policies.facts import Hold, Lane, Window, WindowRule, WindowTrigger

CLOSED = Window(until=datetime(1970, 1, 1, tzinfo=UTC), left=0, is_open=False)
"""A conversation in which the citizen never did anything that opens a window."""

_BY_PEOPLE = frozenset({Lane.HUMAN, Lane.NOTICE})


def opened(
    trigger: WindowTrigger,
    at: datetime,
    previous: Window | None,
    rules: Mapping[WindowTrigger, WindowRule],
    *,
    last_at: datetime | None = None,
) -> Window:
    """The window after a citizen's act at `at`: the count starts again at the trigger's maximum, the longer validity stays.

    (WeChat documents this for mini-programs only, facts wechat.md 3.3; assumed for accounts too.) An uncounted window that is
    still open stays uncounted. A trigger without a rule changes nothing, and neither does one that arrives late: older than
    `last_at`, the time of the trigger that made `previous`. `at` is the platform's time; a caller who does not trust it passes
    the earlier of it and the time of receipt.
    """
    before = previous or CLOSED
    rule = rules.get(trigger)
    if rule is None or (last_at is not None and at < last_at):
        return before
    until = None if rule.seconds is None else at + timedelta(seconds=rule.seconds)
    if previous is None or not state(previous.until, previous.left, at).is_open:
        return Window(until=until, left=rule.count, is_open=True)
    left = None if previous.left is None else rule.count
    return Window(until=_later(until, previous.until), left=left, is_open=True)


def state(until: datetime | None, left: int | None, now: datetime) -> Window:
    """The window as it is at `now`. It is open strictly before `until`; an empty quota does not close it, `may_send` tells."""
    return Window(until=until, left=left, is_open=until is None or now < until)


def may_send(window: Window, lane: Lane, reserve: int) -> Hold:
    """Why a message of this lane must wait for the citizen; Hold.NONE = it may go.

    People (replies and notices) may use every message of the window; automatic ones never touch the last `reserve`.
    """
    if not window.is_open:
        return Hold.WINDOW
    if window.left is None:
        return Hold.NONE
    kept = 0 if lane in _BY_PEOPLE else max(reserve, 0)
    return Hold.NONE if window.left > kept else Hold.QUOTA


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    """The later of two ends; None never ends."""
    return None if one is None or other is None else max(one, other)
