"""Signing in: lock-out, idle time-out, and what a password must be. Numbers from facts 4.25 (practice, not a rule) in security.toml."""

import math
from datetime import datetime, timedelta
from itertools import pairwise
from string import digits, punctuation
from typing import Any

from policies.rulepack import read, values

_PACK: dict[str, Any] = values(read("security"))
_LOOK_ALIKES = str.maketrans("@013457$", "aoieasts")  # how people dress up a common word


def locked_until(failures: int, last_failure: datetime) -> datetime | None:
    """Until when nobody may try this name again, after so many failures in a row; None = not locked.

    The lock doubles with each further failure up to a longest time. The caller counts from zero again after a success.
    """
    lock = _PACK["lock"]
    over = failures - lock["failures"]
    if over < 0:
        return None
    minutes = min(lock["first_minutes"] * 2 ** min(over, 32), lock["longest_minutes"])
    return last_failure + timedelta(minutes=minutes)


def idle_expired(last_seen: datetime, now: datetime, minutes: float) -> bool:
    """Whether a session has been idle for so many minutes; `idle_minutes` of the pack is the default to pass."""
    return now - last_seen >= timedelta(minutes=minutes)


def idle_minutes() -> int:
    """The default idle time of a session, in minutes."""
    return int(_PACK["session"]["idle_minutes"])


def password_problems(password: str, username: str) -> list[str]:
    """What is wrong with a new password, in sentences for the person (Chinese, English); empty = it may be used."""
    rule = _PACK["password"]
    problems = []
    if len(password) < rule["shortest"]:
        problems.append(f"至少 {rule['shortest']} 个字符 / at least {rule['shortest']} characters")
    if len(password) > rule["longest"]:
        # argon2 takes any length; a megabyte of password is an attack on our processor.
        return [f"至多 {rule['longest']} 个字符 / at most {rule['longest']} characters"]
    if _kinds(password) < rule["kinds"]:
        problems.append(
            f"须含大写字母、小写字母、数字、符号中的 {rule['kinds']} 类 / needs {rule['kinds']} of capitals, small letters, digits, signs"
        )
    if _names(password, username):
        problems.append("不得包含用户名 / must not contain the user name")
    if _too_simple(password, rule["common"]):
        problems.append("过于常见或简单 / too common or too simple")
    return problems


def _kinds(password: str) -> int:
    return sum(
        (
            any(sign.isupper() for sign in password),
            any(sign.islower() for sign in password),
            any(sign.isdecimal() for sign in password),
            any(not sign.isalnum() or (sign.isalpha() and sign.upper() == sign.lower()) for sign in password),
        )
    )


def _names(password: str, username: str) -> bool:
    name, secret = username.strip().lower(), password.lower()
    return len(name) >= 3 and (name in secret or name[::-1] in secret)


def _too_simple(password: str, common: list[str]) -> bool:
    """A known word with decoration (Password123!), few different signs, or a run along the alphabet or the digits."""
    word = password.lower().strip(digits + punctuation).translate(_LOOK_ALIKES)
    if word in common or password.lower() in common:
        return True
    if len(set(password)) < 5:
        return True
    steps = [ord(b) - ord(a) for a, b in pairwise(password)]
    return sum(step in (1, -1, 0) for step in steps) > math.ceil(len(steps) * 0.7)
