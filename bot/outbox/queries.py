"""Conditions on deliveries as the partial indexes write them: SQLite uses such an index for `IN` only then."""

from collections.abc import Sequence

from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from policies.deliveries import CLAIMABLE

TO_SETTLE = ("unknown", "pending")  # in the order of the index


def _literally(states: Sequence[str]) -> RawSQL:
    words = ", ".join(f"'{state}'" for state in states)  # our own enum's words, never input
    return RawSQL(f'"outbox_delivery"."state" IN ({words})', [], output_field=BooleanField())  # noqa: S611


def claimable() -> RawSQL:
    """Waiting to be sent."""
    return _literally(sorted(CLAIMABLE))


def doubtful() -> RawSQL:
    """Waiting for the platform's or a person's word."""
    return _literally(TO_SETTLE)
