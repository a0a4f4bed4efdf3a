"""The one door out: a row for each thing to send, on each account."""

from django.db import models
from django.db.models import Q

from bot.channels.models import Account, Conversation
from policies.deliveries import CLAIMABLE, DeliveryState
from policies.facts import Hold, Lane, Outcome

PRIORITY = {Lane.NOTICE: 0, Lane.HUMAN: 1, Lane.AUTO: 2, Lane.POST: 3}


class Delivery(models.Model):
    """One thing to send. The state machine stands in policies.deliveries; only outbox.actions moves it."""

    key = models.CharField(max_length=32, unique=True)  # given to platforms that know idempotency keys
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="deliveries")
    conversation = models.ForeignKey(Conversation, null=True, on_delete=models.PROTECT, related_name="deliveries")
    lane = models.CharField(max_length=10, choices=[(lane.value, lane.value) for lane in Lane])
    priority = models.SmallIntegerField()
    kind = models.CharField(max_length=20, default="text")
    text = models.TextField(blank=True)
    thread = models.JSONField(default=dict)
    state = models.CharField(max_length=12, default=DeliveryState.QUEUED, choices=[(s.value, s.value) for s in DeliveryState])
    outcome = models.CharField(max_length=12, blank=True, choices=[(o.value, o.value) for o in Outcome])
    hold = models.CharField(max_length=12, blank=True, choices=[(h.value, h.value) for h in Hold])
    via = models.CharField(max_length=10, blank=True)  # "webhook": went back in the webhook's own answer
    attempts = models.PositiveIntegerField(default=0)
    checks = models.PositiveIntegerField(default=0)
    not_before = models.DateTimeField()
    lease_owner = models.CharField(max_length=60, blank=True)
    lease_until = models.DateTimeField(null=True)
    fence = models.BigIntegerField(default=0)  # grows with each claim: a late worker's result is not taken
    charged = models.BooleanField(default=False)  # one message of the window was taken for it
    queued_at = models.DateTimeField()
    first_tried_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True)  # when somebody saw that it is held, and announced it elsewhere where that can be done
    platform_id = models.CharField(max_length=190, blank=True)
    url = models.URLField(max_length=500, blank=True)
    code = models.CharField(max_length=40, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["priority", "not_before", "id"], name="delivery_to_claim", condition=Q(state__in=sorted(CLAIMABLE))),
            models.Index(fields=["lease_until"], name="delivery_in_flight", condition=Q(state=DeliveryState.SENDING)),
            models.Index(fields=["state", "not_before"], name="delivery_to_settle", condition=Q(state__in=("unknown", "pending"))),
            models.Index(fields=["id"], name="delivery_held", condition=Q(state="held")),
            models.Index(fields=["id"], name="delivery_to_look_at", condition=Q(state="held", looked_at=None)),
            models.Index(fields=["conversation", "id"], name="delivery_of_talk"),
            models.Index(fields=["account", "state", "id"], name="delivery_of_account"),
        ]
