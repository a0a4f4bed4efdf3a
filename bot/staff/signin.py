"""Signing in: password, lock-out, and the second factor."""

import hmac
from datetime import datetime, timedelta

import pyotp
from django.contrib.auth.backends import BaseBackend
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from bot.audit.actions import Fact, record
from bot.staff.models import Assignment, Person, Stranger
from bot.vault import seal, unseal
from policies.lockout import locked_until
from policies.roles import NEEDS_SECOND_FACTOR

STEP_SECONDS = 30
STRANGERS_KEPT = timedelta(days=7)


class Locked(Exception):
    """Too many failures: no attempt is looked at before `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__("locked")
        self.until = until


class Backend(BaseBackend):
    """Finds the signed-in person for Django; passwords are checked by `check_password`, which counts failures."""

    def get_user(self, user_id: int) -> Person | None:
        return Person.objects.filter(pk=user_id, is_active=True).first()

    def authenticate(self, request: HttpRequest | None, **credentials: object) -> Person | None:
        return None


def check_password(username: str, password: str, now: datetime) -> Person | None:
    """The person, or None. Unknown names cost the same time as known ones and are locked like them. Raises Locked."""
    person = Person.objects.filter(username=username, is_active=True).first()
    if person is None:
        _stranger(username, password, now)
        return None
    _refuse_while_locked(person, now)
    if person.check_password(password):
        return person
    count_failure(person, now)
    return None


def _stranger(username: str, password: str, now: datetime) -> None:
    digest = salted_hmac("huiyin.signin", username, algorithm="sha256").hexdigest()
    known, _ = Stranger.objects.get_or_create(digest=digest, defaults={"last_failure": now})
    _refuse_while_locked(known, now)
    Person().set_password(password)
    Stranger.objects.filter(pk=known.pk).update(failures=F("failures") + 1, last_failure=now)


def forget_strangers(now: datetime) -> int:
    """Failures under names nobody has are forgotten after a week; anybody can make such rows."""
    return Stranger.objects.filter(last_failure__lt=now - STRANGERS_KEPT).delete()[0]


def _refuse_while_locked(person: Person | Stranger, now: datetime) -> None:
    until = locked_until(person.failures, person.last_failure) if person.last_failure else None
    if until and until > now:
        raise Locked(until)


@transaction.atomic
def count_failure(person: Person, now: datetime) -> None:
    """One more wrong password or code."""
    Person.objects.filter(pk=person.pk).update(failures=F("failures") + 1, last_failure=now)
    record(now, Fact(person.username, "signin.failed", "person", person.username))


@transaction.atomic
def signed_in(person: Person, now: datetime) -> None:
    """The whole sign-in succeeded."""
    Person.objects.filter(pk=person.pk).update(failures=0, last_login=now)
    record(now, Fact(person.username, "signin.done", "person", person.username))


def needs_second_factor(person: Person) -> bool:
    """Whether a role of theirs demands it, or they chose it."""
    demanded = Assignment.objects.filter(person=person, role__in=[role.value for role in NEEDS_SECOND_FACTOR]).exists()
    return demanded or person.totp_confirmed_at is not None


def new_totp(person: Person) -> str:
    """Start enrolment: store a fresh secret (not yet confirmed) and return its otpauth:// address."""
    secret = pyotp.random_base32()
    Person.objects.filter(pk=person.pk).update(totp_secret=seal(secret), totp_confirmed_at=None, totp_step=0)
    return pyotp.TOTP(secret).provisioning_uri(name=person.username, issuer_name="Huiyin")


def totp_address(person: Person) -> str:
    """The otpauth:// address of an enrolment under way; "" when there is none."""
    if not person.totp_secret or person.totp_confirmed_at:
        return ""
    return pyotp.TOTP(unseal(person.totp_secret)).provisioning_uri(name=person.username, issuer_name="Huiyin")


def check_totp(person: Person, code: str, now: datetime) -> bool:
    """Whether the code is right for now (one step either side) and was not used before. Raises Locked."""
    _refuse_while_locked(person, now)
    step = int(now.timestamp()) // STEP_SECONDS
    totp = pyotp.TOTP(unseal(person.totp_secret)) if person.totp_secret else None
    for candidate in (step, step - 1, step + 1):
        if totp and hmac.compare_digest(totp.at(candidate * STEP_SECONDS).encode(), code.strip().encode()):
            fresh = Person.objects.filter(pk=person.pk, totp_step__lt=candidate).update(totp_step=candidate)
            if fresh and person.totp_confirmed_at is None:
                Person.objects.filter(pk=person.pk).update(totp_confirmed_at=now)
            return bool(fresh)
    count_failure(person, now)
    return False
