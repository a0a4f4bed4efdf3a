"""Signing in by password: locks tell nothing about who exists."""

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher

import bot.settings as own
from bot.staff.models import Stranger
from bot.staff.signin import STRANGERS_KEPT, Locked, check_password, forget_strangers
from tests.bot.conftest import NOW, World, later

pytestmark = pytest.mark.django_db


def answers(username: str) -> list[str]:
    """What seven wrong passwords in a row get."""
    found = []
    for second in range(7):
        try:
            found.append(str(check_password(username, "wrong", later(seconds=second))))
        except Locked as locked:
            found.append(f"locked until {locked.until}")
    return found


def test_a_name_nobody_has_is_locked_like_one_that_somebody_has(world: World) -> None:
    known = answers(world.alice.username)
    assert answers("nobody") == known
    assert "locked" in known[-1]


def test_what_was_typed_for_a_name_is_not_kept(world: World) -> None:
    check_password("hunter2 in the wrong field", "x", NOW)
    assert "hunter2" not in Stranger.objects.get().digest


def test_strangers_are_forgotten_after_a_week(world: World) -> None:
    check_password("nobody", "x", NOW)
    assert forget_strangers(NOW + STRANGERS_KEPT) == 0
    assert forget_strangers(NOW + STRANGERS_KEPT + timedelta(seconds=1)) == 1


def test_in_earnest_passwords_are_hashed_by_argon2_at_its_usual_cost() -> None:
    """The tests' own settings make it cheap; the product's must not."""
    assert [f"{Argon2PasswordHasher.__module__}.{Argon2PasswordHasher.__name__}"] == own.PASSWORD_HASHERS
