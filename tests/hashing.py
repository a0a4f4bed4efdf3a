"""Argon2 as in earnest, at the least cost: the tests sign in some thousand times."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickHasher(Argon2PasswordHasher):
    """One pass over a few kilobytes."""

    time_cost, memory_cost, parallelism = 1, 8, 1
