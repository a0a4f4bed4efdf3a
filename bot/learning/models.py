"""What people say about the machine's readings, the models trained from it, and the trainings themselves."""

from django.db import models
from django.db.models import Q

from bot.staff.models import Department, Person
from bot.tickets.models import Message


class Correction(models.Model):
    """How a message ought to have been read, as one person said. A later one about the same message takes its place; both are kept."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="corrections", db_index=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    current = models.BooleanField(default=True)  # False: replaced by a later one
    # What was said; "" where the person left it open.
    intent = models.CharField(max_length=40, blank=True)
    subject = models.CharField(max_length=60, blank=True)
    topic = models.CharField(max_length=80, blank=True)
    was_question = models.BooleanField(default=False)  # it had been dismissed, and was one
    department = models.ForeignKey(
        Department, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )  # who ought to have it
    answer = models.TextField(blank=True)  # what the automatic answer ought to have been
    # What the machine had said.
    old_intent = models.CharField(max_length=40, blank=True)
    old_subject = models.CharField(max_length=60, blank=True)
    old_topic = models.CharField(max_length=80, blank=True)
    confidence = models.FloatField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message"], condition=Q(current=True), name="correction_current_once")]
        indexes = [models.Index(fields=["message", "id"], name="correction_of_message")]


class ModelVersion(models.Model):
    """A trained model and what is known of it."""

    class State(models.TextChoices):
        CANDIDATE = "candidate"
        ACTIVE = "active"
        RETIRED = "retired"  # it was active; one may return to it
        REFUSED = "refused"

    file = models.CharField(max_length=200, unique=True)  # below the folder of models
    base = models.CharField(max_length=100)  # name of the base model's file: the version of data and pipeline it belongs to
    data_hash = models.CharField(max_length=64)
    corrections = models.PositiveIntegerField(default=0)  # how many it learnt from
    last_correction = models.BigIntegerField(default=0)  # id of the latest of them: later ones are new to it
    metrics = models.JSONField(default=dict)  # figure -> {"value": …, "of": …}
    compared = models.JSONField(default=dict)  # the same figures of the model it was compared with
    reasons = models.JSONField(default=list)  # why it was refused
    state = models.CharField(max_length=10, choices=State, default=State.CANDIDATE)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=150)
    active_since = models.DateTimeField(null=True)
    # The one that was active before it: where a roll-back leads.
    before = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["state"], condition=Q(state="active"), name="model_active_once")]

    def __str__(self) -> str:
        return self.file


class Training(models.Model):
    """One training from its wish to its end. Only one is under way at a time, in the whole installation."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        PROMOTED = "promoted"
        REFUSED = "refused"  # trained, and not good enough
        FAILED = "failed"
        CANCELLED = "cancelled"

    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    under_way = models.BooleanField(default=True)
    step = models.CharField(max_length=20, default="queued")
    percent = models.PositiveSmallIntegerField(default=0)
    log = models.JSONField(default=list)  # [[time, sentence], …]
    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    runner = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True)  # renewed while it runs; one whose runner died is marked as failed
    cancel_asked = models.BooleanField(default=False)
    error = models.TextField(blank=True)
    model = models.ForeignKey(ModelVersion, null=True, on_delete=models.SET_NULL, related_name="trainings", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["under_way"], condition=Q(under_way=True), name="training_one_at_a_time")]
