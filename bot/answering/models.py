"""What belongs to writing an answer: drafts, what may still be taken back, reviews, ready-made texts, telephone calls."""

from django.db import models
from django.db.models import F, Q

from bot.staff.models import Department, Person
from bot.tickets.models import Message, Ticket
from policies.canned import NAME_MAX, TITLE_MAX, VALUE_MAX


class Draft(models.Model):
    """What one person is writing on one ticket. `typing_until`: colleagues see them write until then."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="drafts", db_index=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    text = models.TextField(blank=True)
    updated_at = models.DateTimeField()
    typing_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "person"], name="draft_once")]
        indexes = [models.Index(fields=["typing_until"], name="draft_typing", condition=Q(typing_until__isnull=False))]


class Sending(models.Model):
    """A person's reply that was sent, and how its ticket stood before: while it is queued it can be taken back."""

    class State(models.TextChoices):
        SENT = "sent"
        WITHDRAWN = "withdrawn"

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="sendings", db_index=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    text = models.TextField()
    deliveries = models.JSONField()  # keys, in the order of the parts
    state = models.CharField(max_length=10, choices=State, default=State.SENT)
    at = models.DateTimeField()
    until = models.DateTimeField()  # nothing leaves before
    before = models.JSONField()  # the ticket's columns as they stood

    class Meta:
        indexes = [models.Index(fields=["ticket", "id"], name="sending_of_ticket")]


class Review(models.Model):
    """A reply that a second person reads before it leaves. At most one waits on a ticket."""

    class State(models.TextChoices):
        WAITING = "waiting"
        APPROVED = "approved"
        RETURNED = "returned"
        RECALLED = "recalled"  # by its author, or by what happened to the ticket meanwhile

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="reviews", db_index=False)
    author = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    department = models.ForeignKey(Department, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)  # that had the ticket
    text = models.TextField()
    seen = models.CharField(max_length=40)  # the conversation its author knew
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    reviewer = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    comment = models.CharField(max_length=300, blank=True)
    asked_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket"], condition=Q(state="waiting"), name="review_waits_once"),
            models.CheckConstraint(condition=Q(reviewer__isnull=True) | ~Q(reviewer=F("author")), name="reply_reviewed_by_another"),
            models.CheckConstraint(condition=~Q(state="approved") | Q(reviewer__isnull=False), name="approved_by_somebody"),
        ]
        indexes = [models.Index(fields=["ticket", "id"], name="review_of_ticket")]


class ReviewSwitch(models.Model):
    """Whether a second person reads the replies of a department and of all below it on a subject. No row = as above it, else no."""

    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="review_switches")
    subject = models.CharField(max_length=60)
    on = models.BooleanField(default=False)
    changed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["department", "subject"], name="review_switch_once")]


class Canned(models.Model):
    """A ready-made text with variables, for a department and all below it."""

    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="canned")
    title = models.CharField(max_length=TITLE_MAX)
    text = models.TextField()
    position = models.PositiveSmallIntegerField(default=0)  # 4–9: the key it is inserted with; 0: none
    author = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["department", "title"], name="canned_once")]


class Variable(models.Model):
    """What a variable of ready-made texts says in a department and below it: duty telephone, address, hours."""

    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="variables")
    name = models.CharField(max_length=NAME_MAX)
    value = models.CharField(max_length=VALUE_MAX)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["department", "name"], name="variable_once")]


class Call(models.Model):
    """A citizen was called back. Reached: the summary is a person's answer."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="calls", db_index=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.CharField(max_length=40)  # masked: the whole one is not kept
    reached = models.BooleanField()
    summary = models.TextField()
    called_at = models.DateTimeField()
    message = models.OneToOneField(Message, on_delete=models.PROTECT, related_name="call")

    class Meta:
        indexes = [models.Index(fields=["ticket", "id"], name="call_of_ticket")]


class Upload(models.Model):
    """A file that goes with a reply: chosen by its writer, then part of the message. Citizens fetch it with their query code."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="uploads", db_index=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    message = models.ForeignKey(Message, null=True, on_delete=models.PROTECT, related_name="uploads")  # None: not sent yet
    name = models.CharField(max_length=120)
    mime = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    path = models.CharField(max_length=60)  # below HUIYIN_DATA/media
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["ticket", "id"], name="upload_of_ticket")]
