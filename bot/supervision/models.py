"""What the watch over the promise keeps: counted days, differences found, figures shown to the public."""

from django.db import models
from django.db.models import Q

from bot.channels.models import Account
from bot.staff.models import Department


class Watch(models.Model):
    """How far the balance is kept. There is one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    kept_before = models.DateField(null=True)  # each day (Beijing) before this one is a row of AccountDay; None: nothing is kept yet
    seen_at = models.DateTimeField(null=True)  # changed tickets have been followed up to here
    seen_id = models.BigIntegerField(default=0)
    next_at = models.DateTimeField(null=True)  # one process looks, not all
    checked_at = models.DateTimeField(null=True)  # the last look that came to its end


class AccountDay(models.Model):
    """What became of the messages one account received on one day, as counted last. `received` never falls."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()  # in Beijing
    received = models.PositiveIntegerField()
    open = models.PositiveIntegerField()
    answered = models.PositiveIntegerField()
    refused = models.PositiveIntegerField()
    merged = models.PositiveIntegerField()
    dismissed = models.PositiveIntegerField()
    arriving = models.PositiveIntegerField()  # part of open: stored, not yet read
    counted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "day"], name="account_day_once")]
        indexes = [
            models.Index(fields=["-day", "account"], name="account_day_newest"),
            models.Index(fields=["counted_at"], name="account_day_to_verify"),
            models.Index(fields=["counted_at"], name="account_day_open", condition=Q(open__gt=0)),
            models.Index(fields=["day"], name="account_day_unread", condition=Q(arriving__gt=0)),
        ]

    @property
    def difference(self) -> int:
        """Anything but 0 is an alarm."""
        return self.received - (self.open + self.answered + self.refused + self.merged + self.dismissed)


class Imbalance(models.Model):
    """A difference that was found; it ends when a later count comes out even."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    difference = models.IntegerField()
    since = models.DateTimeField()
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "day"], condition=Q(ended_at=None), name="imbalance_once")]


class Openness(models.Model):
    """Whether a department shows its statistics to everybody. Without a row, as the department above; at the top, as the rule pack says."""

    department = models.OneToOneField(Department, on_delete=models.CASCADE, related_name="+")
    is_open = models.BooleanField()


class Kept(models.Model):
    """Figures that are counted at most once in a while, whoever asks for them and however often."""

    key = models.CharField(primary_key=True, max_length=120)
    made_at = models.DateTimeField()
    figures = models.JSONField()
