"""The record of who did what: append-only, each row sealed with the hash of the one before it."""

from django.db import models


class Entry(models.Model):
    """One thing that happened. Rows are only ever added; ids grow in the order of commit (see actions.record)."""

    at = models.DateTimeField()
    actor = models.CharField(max_length=150)  # a username, or "system:…"
    action = models.CharField(max_length=60)
    object_type = models.CharField(max_length=30)
    object_id = models.CharField(max_length=80)
    department_id = models.BigIntegerField(null=True)
    detail = models.JSONField(default=dict)
    previous = models.CharField(max_length=64)
    seal = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["object_type", "object_id", "id"], name="audit_of_object")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.actor} {self.action} {self.object_type} {self.object_id}"
