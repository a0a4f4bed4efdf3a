"""Who can be called by what means, and every call that was made."""

from django.db import models
from django.db.models import Q

from bot.staff.models import Department, Person
from policies.paging import OPEN, AttemptState, PageState

OPEN_STATES = tuple(sorted(state.value for state in OPEN))


class Gateway(models.Model):
    """A way out of the house: a robot's address, an application's secret, a mail server. Its department's subtree may use it."""

    SEALED = ("credentials",)  # what manage.py reseal seals anew

    means = models.CharField(max_length=30)
    name = models.CharField(max_length=100)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+")
    base_url = models.CharField(max_length=500, blank=True)
    credentials = models.TextField(blank=True)  # sealed JSON
    is_active = models.BooleanField(default=True)
    paused_until = models.DateTimeField(null=True)  # the platform asked for a pause
    error = models.CharField(max_length=300, blank=True)  # of the last attempt, "" when it went well
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["department__path", "name"]

    def __str__(self) -> str:
        return self.name


class Contact(models.Model):
    """Where one person can be called. They are called in this order, lowest first."""

    SEALED = ("address",)

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="contacts")
    gateway = models.ForeignKey(Gateway, on_delete=models.CASCADE, related_name="contacts")
    address = models.TextField(blank=True)  # sealed
    hint = models.CharField(max_length=60, blank=True)  # the address as it may be shown
    order = models.PositiveSmallIntegerField(default=1)
    quiet = models.BooleanField(default=False)  # leave me in peace at night unless it is urgent
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["person", "order", "id"]

    def __str__(self) -> str:
        return f"{self.gateway} {self.hint}"


class Page(models.Model):
    """Somebody is called until they say that they saw it, or the matter is done. Only paging.actions and .calling move it."""

    kind = models.CharField(max_length=30)  # what it is about: "ticket", "balance" …
    key = models.CharField(max_length=80)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+", db_index=False)
    path = models.CharField(max_length=200)  # the console's page of it
    words = models.CharField(max_length=300)
    urgent = models.BooleanField(default=False)
    insist = models.BooleanField(default=True)  # False: it is enough that the message left
    people = models.JSONField(default=list)  # ids in the order in which they are called
    state = models.CharField(max_length=12, default=PageState.CALLING, choices=[(s.value, s.value) for s in PageState])
    turn = models.PositiveSmallIntegerField(default=0)  # whose turn it is among `people`
    tried = models.JSONField(default=list)  # contact points tried in this turn
    slept = models.BooleanField(default=False)  # somebody was passed over at night
    reached = models.BooleanField(default=False)  # a message left since the last round began
    ever_reached = models.BooleanField(default=False)
    at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)  # the next call, or the end of the one under way; None: nobody is called any more
    alarm_at = models.DateTimeField(null=True)  # since when nobody is left to call
    acknowledged_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    acknowledged_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # `next_at` is empty for all that ended, so this stays small, and SQLite uses it for a plain comparison.
            models.Index(fields=["next_at", "id"], name="page_due", condition=Q(next_at__isnull=False)),
            models.Index(fields=["kind", "key", "id"], name="page_about"),
            models.Index(fields=["state", "id"], name="page_state"),
            models.Index(fields=["department", "id"], name="page_of_department"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=OPEN_STATES, next_at__isnull=False) | (~Q(state__in=OPEN_STATES) & Q(next_at__isnull=True)),
                name="open_pages_go_on",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Attempt(models.Model):
    """One message to one contact point, committed before the call. It may carry several pages, or none: a test."""

    key = models.CharField(max_length=32, unique=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, null=True, on_delete=models.SET_NULL, related_name="attempts", db_index=False)
    gateway = models.ForeignKey(Gateway, null=True, on_delete=models.SET_NULL, related_name="attempts", db_index=False)
    means = models.CharField(max_length=30)
    hint = models.CharField(max_length=60, blank=True)
    pages = models.ManyToManyField(Page, related_name="attempts")
    test = models.CharField(max_length=10, blank=True)  # "button" or "monthly"; "" for a real one
    urgent = models.BooleanField(default=False)
    state = models.CharField(max_length=10, default=AttemptState.SENDING, choices=[(s.value, s.value) for s in AttemptState])
    code = models.CharField(max_length=40, blank=True)
    error = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    lease_until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["contact", "at"], name="attempt_of_contact"),
            models.Index(fields=["gateway", "at"], name="attempt_of_gateway"),
            models.Index(fields=["person", "at"], name="attempt_of_person"),
            models.Index(fields=["lease_until"], name="attempt_in_flight", condition=Q(ended_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.means} {self.at:%Y-%m-%d %H:%M:%S}"
