"""Who is to be there when, and the ladder's steps of each department."""

from django.db import models
from django.db.models import F, Q

from bot.staff.models import Department, Person
from policies.ladder import Act


class Step(models.Model):
    """One step of a department's own ladder. Its own set takes the place of the one it inherits, whole."""

    department = models.ForeignKey(Department, on_delete=models.CASCADE, related_name="ladder", db_index=False)
    urgent = models.BooleanField(default=False)  # of the ladder for emergencies
    position = models.PositiveSmallIntegerField()
    act = models.CharField(max_length=10, choices=[(act.value, act.value) for act in Act])
    share = models.FloatField(null=True)  # of the way to the deadline; or
    after_minutes = models.PositiveIntegerField(null=True)  # since the step before

    class Meta:
        ordering = ["department", "urgent", "position"]
        constraints = [models.UniqueConstraint(fields=["department", "urgent", "position"], name="step_once")]


class Post(models.Model):
    """A department's duty post: who leads it, and who is asked when the roster names nobody."""

    class WhenEmpty(models.TextChoices):
        ABOVE = "above"  # who is on duty in the department above
        NEXT = "next"  # whose shift comes next
        HEAD = "head"  # the department's head

    department = models.OneToOneField(Department, on_delete=models.CASCADE, related_name="post")
    head = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    when_empty = models.CharField(max_length=10, choices=WhenEmpty, default=WhenEmpty.ABOVE)
    round_the_clock = models.BooleanField(default=False)  # an empty roster is an alarm at night, too


class Shift(models.Model):
    """One person's hours at a department's duty post."""

    department = models.ForeignKey(Department, on_delete=models.CASCADE, related_name="shifts", db_index=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="shifts", db_index=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["starts_at", "id"]
        indexes = [
            models.Index(fields=["department", "ends_at"], name="shift_of_department"),
            models.Index(fields=["person", "ends_at"], name="shift_of_person"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="shift_ends_after_it_starts"),
            models.UniqueConstraint(fields=["department", "person", "starts_at"], name="shift_once"),
        ]


class Absence(models.Model):
    """A person is away; the deputy stands in wherever the person would have been asked."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="absences", db_index=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    deputy = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    reason = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["starts_at", "id"]
        indexes = [
            models.Index(fields=["person", "ends_at"], name="absence_of_person"),
            models.Index(fields=["ends_at"], name="absence_by_end"),
        ]
        constraints = [models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="absence_ends_after_it_starts")]


class Gap(models.Model):
    """Nobody was on duty where somebody should have been: people are called about it once, however long it lasts."""

    department = models.ForeignKey(Department, on_delete=models.CASCADE, related_name="gaps", db_index=False)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["department", "since"], name="gap_of_department")]
        constraints = [models.UniqueConstraint(fields=["department"], condition=Q(until__isnull=True), name="gap_open_once")]
