"""What the API itself remembers: answers to writes that carried an idempotency key."""

from django.db import models

from bot.staff.models import Person


class Kept(models.Model):
    """One write and its answer. The row is made first, in the same transaction as the write, so a repeat waits or is refused."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    key = models.CharField(max_length=100)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="api_key_once")]
        indexes = [models.Index(fields=["at"], name="api_kept_at")]
