"""How requests ended, what citizens thought of it, and what was asked of other departments on the way."""

from django.db import models
from django.db.models import Q

from bot.outbox.models import Delivery
from bot.staff.models import Department, Person
from bot.tickets.models import Message, Ticket
from policies.closing import How


class Settled(models.Model):
    """A citizen wrote that the matter is settled; the next look at the ticket closes it."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["ticket", "at"], name="settled_ticket")]


class Row(models.Model):
    """How many closings a department has had, by kind of draw: their places in the row. Taken inside the transaction that closes."""

    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+", db_index=False)
    by_hand = models.BooleanField()
    count = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["department", "by_hand"], name="closing_row_once")]


class Closing(models.Model):
    """One closing of a ticket. A ticket that is reopened may have several."""

    class Result(models.TextChoices):
        SATISFIED = "satisfied"
        UNSATISFIED = "unsatisfied"  # reopened
        UNREACHED = "unreached"

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="closings", db_index=False)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    how = models.CharField(max_length=10, choices=[(how.value, how.value) for how in How])
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    word = models.CharField(max_length=300, blank=True)  # by hand: what the citizen said, and how
    place = models.BigIntegerField()  # in the department's row
    share = models.FloatField()  # the share at that time: with place and key the draw can be repeated
    drawn = models.BooleanField()  # to be called
    result = models.CharField(max_length=12, blank=True, choices=Result)
    result_note = models.CharField(max_length=500, blank=True)
    called_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    called_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "at"], name="closing_once")]
        indexes = [
            models.Index(fields=["department", "id"], name="closing_of_department"),
            models.Index(fields=["department", "id"], name="closing_to_call", condition=Q(drawn=True, result="")),
            models.Index(fields=["id"], name="closing_drawn", condition=Q(drawn=True)),
        ]


class Rating(models.Model):
    """What the citizen thinks of one closing, 1 to 5; once."""

    closing = models.OneToOneField(Closing, on_delete=models.PROTECT, related_name="rating")
    score = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    led_to = models.CharField(max_length=12)  # policies.closing.Consequence

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(score__gte=1, score__lte=5), name="rating_of_five")]


class RefusalReason(models.Model):
    """A department's own reason for not accepting a request, beside those of the rule pack; for it and all below it."""

    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+", db_index=False)
    code = models.SlugField(max_length=40, db_index=False)
    label = models.CharField(max_length=60)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["department", "code"], name="refusal_reason_once")]


class Contribution(models.Model):
    """What a lead department asks of another one for a ticket; the lead answers the citizen."""

    class State(models.TextChoices):
        ASKED = "asked"
        GIVEN = "given"
        WITHDRAWN = "withdrawn"

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="contributions", db_index=False)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+", db_index=False)
    question = models.CharField(max_length=1000)
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    message = models.OneToOneField(Message, null=True, on_delete=models.PROTECT, related_name="contribution")
    ended_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    ended_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)  # that it is overdue

    class Meta:
        indexes = [
            models.Index(fields=["ticket", "id"], name="contribution_of_ticket"),
            models.Index(fields=["department", "due_at", "id"], name="contribution_asked", condition=Q(state="asked")),
            models.Index(fields=["due_at"], name="contribution_to_remind", condition=Q(state="asked", reminded_at=None)),
        ]
        constraints = [models.UniqueConstraint(fields=["ticket", "department"], name="contribution_asked_once", condition=Q(state="asked"))]


class Announcement(models.Model):
    """The platform's own notice that an answer waits, one for each answer that is held."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="announcements", db_index=False)
    answered_at = models.DateTimeField()  # which answer: when it was written
    delivery = models.OneToOneField(Delivery, on_delete=models.PROTECT, related_name="announcement")
    receipt = models.CharField(max_length=60, blank=True)  # what the platform said at last: "success", "failed:user block"
    receipt_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "answered_at"], name="announced_once")]


class Reminder(models.Model):
    """What people were reminded of on a day (Beijing), once."""

    kind = models.CharField(max_length=20)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "department", "day"], name="reminded_once")]
