"""Signing in: locks that grow, sessions that end, passwords that hold."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.lockout import idle_expired, idle_minutes, locked_until, password_problems

NOW = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("failures", "minutes"), [(-1, None), (0, None), (4, None), (5, 15), (6, 30), (7, 60), (11, 960), (12, 1440), (10_000_000, 1440)]
)
def test_the_lock_begins_with_the_fifth_failure_and_doubles_up_to_a_day(failures, minutes):
    assert locked_until(failures, NOW) == (None if minutes is None else NOW + timedelta(minutes=minutes))


@given(st.integers(5, 200))
def test_one_more_failure_never_shortens_the_lock(failures):
    assert locked_until(failures, NOW) <= locked_until(failures + 1, NOW)


@pytest.mark.parametrize(("idle", "expired"), [(-60, False), (0, False), (899, False), (900, True), (90_000, True)])
def test_a_session_ends_after_its_idle_time(idle, expired):
    assert idle_expired(NOW, NOW + timedelta(seconds=idle), 15) is expired


def test_the_default_idle_time_is_that_of_the_pack():
    assert idle_minutes() == 15


@pytest.mark.parametrize(
    "password",
    [
        "",
        "Ab1!",
        "abcdefghijkl",
        "12345678901234",
        "Password123!",
        "P@ssw0rd2026!",
        "Aa1!Aa1!Aa1!",
        "Abcdefgh1234",
        "Zhangsan-2026!",
        "2026!NASGNAHZ-x",
        "A1!" * 50,
    ],
)
def test_a_weak_password_is_refused_with_a_reason(password):
    assert password_problems(password, "zhangsan")


@pytest.mark.parametrize("password", ["Kd8-veranda-Ofen", "mu4Tong_qiao7", "回音Huiyin-bu2wang", "正确的马与Batterie9"])
def test_a_strong_password_is_accepted(password):
    assert password_problems(password, "zhangsan") == []


@pytest.mark.parametrize("username", ["", "ab", " "])
def test_a_very_short_user_name_forbids_nothing(username):
    assert password_problems("Kd8-veranda-Ofen-ab", username) == []


def test_reasons_are_told_in_chinese_first():
    assert all("\u4e00" <= reason[0] <= "\u9fff" and " / " in reason for reason in password_problems("abc", "abc"))


@given(st.text(max_size=300), st.text(max_size=40))
def test_no_reason_repeats_the_password(password, username):
    reasons = "".join(password_problems(password, username))
    assert len(password) < 8 or password not in reasons
