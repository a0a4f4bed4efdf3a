"""The one door in: what platforms told us, stored before they get their 200."""

from django.db import models
from django.db.models import Q

from bot.channels.models import Account


class Inbound(models.Model):
    """One event as it came. The unique key makes a platform's repeats one row."""

    class State(models.TextChoices):
        STORED = "stored"
        HANDLED = "handled"
        BROKEN = "broken"  # handling failed again and again: a person looks

    # The unique key begins with it: an index of its own would only cost at every message.
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="inbound", db_index=False)
    dedup_key = models.CharField(max_length=190)
    kind = models.CharField(max_length=20)
    citizen = models.CharField(max_length=190, blank=True)
    citizen_name = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    body = models.JSONField(default=dict)  # media, thread, trigger, the platform's own fields
    counted = models.BooleanField()  # a citizen said something: part of the balance
    sent_at = models.DateTimeField()
    received_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.STORED)
    lease_until = models.DateTimeField()  # who stored it handles it until then; afterwards anybody may
    attempts = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "dedup_key"], name="inbound_once")]
        indexes = [
            models.Index(fields=["lease_until"], name="inbound_to_handle", condition=Q(state="stored")),
            models.Index(fields=["id"], name="inbound_broken", condition=Q(state="broken")),
            models.Index(fields=["account", "received_at"], name="inbound_counted", condition=Q(counted=True)),
        ]


class Poll(models.Model):
    """Where the polling of one account stands."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="poll")
    cursor = models.JSONField(default=dict)
    next_at = models.DateTimeField()
    lease_owner = models.CharField(max_length=60, blank=True)
    lease_until = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
