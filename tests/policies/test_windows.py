"""Reply windows: boundaries, quotas, reserve, and triggers in any order."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from connectors.wechat import connector as wechat
from connectors.weibo import connector as weibo
from policies.facts import AccountFacts, Hold, Lane, Window, WindowRule, WindowTrigger
from policies.windows import CLOSED, may_send, opened, state

T = WindowTrigger
NOW = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
TWO_DAYS, MINUTE = timedelta(hours=48), timedelta(minutes=1)
WECHAT = {T.MESSAGE: WindowRule(172_800, 5), T.MENU: WindowRule(60, 3), T.FOLLOW: WindowRule(60, 3), T.SCAN: WindowRule(60, 3)}
WEIBO = {T.MESSAGE: WindowRule(172_800, None), T.MENTION: WindowRule(172_800, 1)}
TELEGRAM = {T.MESSAGE: WindowRule(None, None)}
TRIGGERS = st.sampled_from(WindowTrigger)
MOMENTS = st.timedeltas(timedelta(0), timedelta(days=10)).map(lambda gap: NOW + gap)


def test_a_message_opens_two_days_and_five_messages():
    assert opened(T.MESSAGE, NOW, None, WECHAT) == Window(NOW + TWO_DAYS, 5, True)


def test_a_new_trigger_resets_the_count_and_keeps_the_longer_validity():
    used = Window(NOW + TWO_DAYS, 1, True)
    assert opened(T.MENU, NOW + MINUTE, used, WECHAT) == Window(NOW + TWO_DAYS, 3, True)


def test_a_closed_window_leaves_nothing_behind():
    stale = Window(NOW, 4, True)
    assert opened(T.MENU, NOW, stale, WECHAT) == Window(NOW + MINUTE, 3, True)


def test_an_uncounted_window_is_not_narrowed_by_a_counted_trigger():
    assert opened(T.MENTION, NOW + MINUTE, opened(T.MESSAGE, NOW, None, WEIBO), WEIBO).left is None


def test_a_mention_after_the_window_closed_allows_one_message():
    later = NOW + TWO_DAYS
    assert opened(T.MENTION, later, opened(T.MESSAGE, NOW, None, WEIBO), WEIBO) == Window(later + TWO_DAYS, 1, True)


def test_a_platform_without_windows_stays_open_for_ever():
    window = opened(T.MESSAGE, NOW, None, TELEGRAM)
    assert state(window.until, window.left, NOW + timedelta(days=9_999)).is_open


@pytest.mark.parametrize("trigger", [T.NONE, T.MENTION])
def test_a_trigger_without_a_rule_opens_nothing(trigger):
    assert opened(trigger, NOW, None, WECHAT) == CLOSED


def test_a_trigger_without_a_rule_changes_nothing():
    window = Window(NOW + TWO_DAYS, 2, True)
    assert opened(T.NONE, NOW, window, WECHAT) == window


def test_a_trigger_that_arrives_late_does_not_give_messages_back():
    window = Window(NOW + TWO_DAYS, 2, True)
    assert opened(T.MESSAGE, NOW - MINUTE, window, WECHAT, last_at=NOW) == window


@pytest.mark.parametrize(("gap", "is_open"), [(-1, True), (0, False), (1, False)])
def test_a_window_is_open_strictly_before_its_end(gap, is_open):
    assert state(NOW, 5, NOW + timedelta(microseconds=gap)).is_open is is_open


@pytest.mark.parametrize(
    ("left", "lane", "reserve", "expected"),
    [
        (5, Lane.AUTO, 2, Hold.NONE),
        (3, Lane.AUTO, 2, Hold.NONE),
        (2, Lane.AUTO, 2, Hold.QUOTA),
        (1, Lane.AUTO, 2, Hold.QUOTA),
        (1, Lane.HUMAN, 2, Hold.NONE),
        (1, Lane.NOTICE, 2, Hold.NONE),
        (1, Lane.POST, 1, Hold.QUOTA),
        (1, Lane.AUTO, 0, Hold.NONE),
        (1, Lane.AUTO, -3, Hold.NONE),
        (0, Lane.HUMAN, 0, Hold.QUOTA),
        (-1, Lane.HUMAN, 0, Hold.QUOTA),
        (None, Lane.AUTO, 9, Hold.NONE),
    ],
)
def test_the_last_messages_are_kept_for_people(left, lane, reserve, expected):
    assert may_send(Window(None, left, True), lane, reserve) is expected


@pytest.mark.parametrize("lane", Lane)
def test_nobody_writes_into_a_closed_window(lane):
    assert may_send(state(NOW, 5, NOW), lane, 0) is Hold.WINDOW


@given(st.lists(st.tuples(TRIGGERS, MOMENTS), max_size=8))
def test_no_order_of_triggers_makes_more_than_the_platform_allows(acts):
    window = None
    for trigger, at in acts:
        window = opened(trigger, at, window, WECHAT)
        assert 0 <= window.left <= 5
        assert window.until <= max(moment for _, moment in acts) + TWO_DAYS


@given(st.lists(st.tuples(TRIGGERS, MOMENTS), min_size=1, max_size=8))
def test_a_further_trigger_never_shortens_a_window(acts):
    window = None
    for trigger, at in sorted(acts, key=lambda act: act[1]):
        before, window = window, opened(trigger, at, window, WECHAT)
        assert before is None or window.until >= before.until


@given(st.integers(0, 9), st.integers(0, 9), st.sampled_from(Lane))
def test_people_may_write_whenever_a_machine_may(left, reserve, lane):
    window = Window(None, left, True)
    assert may_send(window, lane, reserve) is not Hold.NONE or may_send(window, Lane.HUMAN, reserve) is Hold.NONE


class OneConversation(RuleBasedStateMachine):
    """Any sequence of what citizens do, what people and machines send, and what the platform gives back; the clock only goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.now, self.window, self.last_at = NOW, CLOSED, None
        self.rules, self.reserve = WECHAT, 2
        self.opened_with, self.by_people = 0, 0

    @initialize(rules=st.sampled_from([WECHAT, {T.MESSAGE: WindowRule(172_800, 99), T.MENTION: WindowRule(172_800, 1)}]))
    def platform(self, rules: dict[WindowTrigger, WindowRule]) -> None:
        self.rules = rules

    @rule(seconds=st.sampled_from([0, 1, 59, 60, 61, 3_600, 172_799, 172_800]))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(trigger=TRIGGERS, late=st.booleans())
    def citizen(self, trigger: WindowTrigger, late: bool) -> None:
        at = self.now - MINUTE if late else self.now
        before = None if self.window is CLOSED else state(self.window.until, self.window.left, self.now)
        after = opened(trigger, at, before, self.rules, last_at=self.last_at)
        if trigger in self.rules and not (self.last_at and at < self.last_at):
            self.opened_with, self.by_people, self.last_at = after.left or 0, 0, max(at, self.last_at or at)
        self.window = after

    @rule(lane=st.sampled_from(Lane), accepted=st.booleans())
    def send(self, lane: Lane, accepted: bool) -> None:
        window = state(self.window.until, self.window.left, self.now)
        if may_send(window, lane, self.reserve) is not Hold.NONE or not accepted:  # what was not accepted is given back
            return
        assert window.is_open and window.left is not None and window.left > 0
        assert lane in (Lane.HUMAN, Lane.NOTICE) or window.left > self.reserve
        self.by_people += lane in (Lane.HUMAN, Lane.NOTICE)
        self.window = Window(window.until, window.left - 1, True)

    @invariant()
    def the_last_two_are_left_to_people(self) -> None:
        left = self.window.left or 0
        assert left >= 0 and left + self.by_people >= min(self.reserve, self.opened_with)


TestOneConversation = OneConversation.TestCase
TestOneConversation.settings = settings(max_examples=60, stateful_step_count=50, deadline=None)


@pytest.mark.parametrize("platform", [wechat, weibo])
def test_two_messages_are_kept_for_people_where_messages_are_counted(platform):
    assert platform.limits(AccountFacts(id="a", platform=platform.platform, name="a")).reserve == 2
