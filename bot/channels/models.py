"""The official accounts, the people they may write to, and what processes share about platforms."""

from django.db import models

from bot.staff.models import Department
from policies.facts import Health


class AccountState(models.TextChoices):
    ACTIVE = "active", "在用"
    RECONNECT = "reconnect", "需重新连接"
    PAUSED = "paused", "已暂停"


class Account(models.Model):
    """A department's account on a platform. Its id stands in the address the platform calls."""

    SEALED = ("credentials",)  # what manage.py reseal seals anew

    id = models.SlugField(primary_key=True, max_length=64)
    platform = models.CharField(max_length=30)
    name = models.CharField(max_length=200)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="accounts")
    kind = models.CharField(max_length=40, blank=True)
    base_url = models.URLField(max_length=500, blank=True)
    credentials = models.TextField(blank=True)  # sealed JSON
    state = models.CharField(max_length=20, choices=AccountState, default=AccountState.ACTIVE)
    health = models.CharField(max_length=20, default=Health.OK)
    health_message = models.TextField(blank=True)
    health_at = models.DateTimeField(null=True)
    next_health_at = models.DateTimeField(null=True)
    hook_told = models.CharField(max_length=64, blank=True)  # digest of the hook's address and the credentials the platform was told
    quota = models.JSONField(default=dict)
    paused_until = models.DateTimeField(null=True)  # the platform asked the whole account to wait
    next_send_at = models.DateTimeField(null=True)  # pacing: not before this moment
    last_published_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["department__path", "platform", "name"]

    def __str__(self) -> str:
        return self.name


class Conversation(models.Model):
    """One citizen on one account, and how long and how often we may still write to them."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="conversations")
    external_id = models.CharField(max_length=190)  # the platform's id of the citizen or thread
    name = models.CharField(max_length=200, blank=True)
    thread = models.JSONField(default=dict)  # what the latest contact says an answer must name
    window_until = models.DateTimeField(null=True)
    window_left = models.IntegerField(null=True)
    window_closes = models.BooleanField(default=True)  # False: this platform lets us write at any time
    followed = models.BooleanField(null=True)
    last_in_at = models.DateTimeField(null=True)  # of the latest contact that opens the window, by the platform's clock
    window_opened_at = models.DateTimeField(null=True)  # by ours: when we learnt of it
    next_out_at = models.DateTimeField(null=True)  # pacing: not before this moment
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "external_id"], name="conversation_once")]


class SharedValue(models.Model):
    """What processes share without Redis: platform tokens (sealed), with an end."""

    key = models.CharField(primary_key=True, max_length=190)
    value = models.TextField()
    until = models.DateTimeField()
