"""What a department knows: questions with reviewed answers, and which of them a machine may give by itself."""

import uuid

from django.db import models
from django.db.models import F, Q

from bot.staff.models import Department, Person
from policies.knowledge import EntryState

QUESTION_MAX = 200
VARIANTS_MOST = 30


class Entry(models.Model):
    """One version of an entry. `line` names the entry through its versions; at most one of them is published."""

    line = models.UUIDField(default=uuid.uuid4)
    version = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=20, default=EntryState.DRAFT, choices=[(s.value, s.value) for s in EntryState])
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="entries")  # and all below it
    question = models.CharField(max_length=QUESTION_MAX)
    variants = models.JSONField(default=list)  # other ways of asking the same
    answer = models.TextField()
    subject = models.CharField(max_length=60)
    topic = models.CharField(max_length=80, blank=True)
    source_name = models.CharField(max_length=200)  # the document the answer stands in
    source_url = models.CharField(max_length=500, blank=True)
    valid_from = models.DateField(null=True)
    valid_until = models.DateField(null=True)  # the last day
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")  # who keeps it right
    author = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")  # who wrote this version
    reviewer = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    comment = models.CharField(max_length=300, blank=True)  # why a reviewer gave it back, or why it was withdrawn
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line", "version"], name="entry_version_once"),
            models.UniqueConstraint(fields=["line"], condition=Q(state="published"), name="entry_published_once"),
            models.UniqueConstraint(fields=["line"], condition=Q(state__in=["draft", "in_review"]), name="entry_in_work_once"),
            models.CheckConstraint(condition=~Q(reviewer=F("author")), name="entry_reviewed_by_another"),
            models.CheckConstraint(condition=~Q(state="published") | Q(reviewer__isnull=False), name="entry_published_reviewed"),
        ]
        indexes = [models.Index(fields=["state", "department"], name="entry_state")]

    def __str__(self) -> str:
        return self.question

    @property
    def asks(self) -> tuple[str, ...]:
        """All ways of asking."""
        return (self.question, *self.variants)


class Contradiction(models.Model):
    """Two published entries that answer the same question differently. Kept when either changes."""

    one = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="contradicts")
    other = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="contradicted_by")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["one", "other"], name="contradiction_once")]


class Switch(models.Model):
    """Whether a machine may answer by itself: one department, one subject (all its topics). No row = off."""

    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="switches")
    subject = models.CharField(max_length=60)
    on = models.BooleanField(default=False)
    changed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["department", "subject"], name="switch_once")]
