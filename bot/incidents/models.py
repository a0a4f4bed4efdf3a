"""Incidents, what is in them, and replies to everybody in one."""

from django.db import models
from django.db.models import Q

from bot.channels.models import Conversation
from bot.outbox.models import Delivery
from bot.staff.models import Department, Person
from bot.tickets.models import Ticket
from policies.incidents import COLD, LIVE, IncidentState

LIVE_STATES = tuple(sorted(state.value for state in LIVE))


class Incident(models.Model):
    """One event that several requests of one department tell of."""

    number = models.CharField(max_length=24, unique=True)  # E20261122-0001
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="incidents", db_index=False)
    state = models.CharField(max_length=12, default=IncidentState.OPEN, choices=[(s.value, s.value) for s in IncidentState])
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged")
    title = models.CharField(max_length=120, blank=True)  # the first line of the most typical request, masked
    subject = models.CharField(max_length=60, blank=True)
    topic = models.CharField(max_length=80, blank=True)
    place = models.CharField(max_length=120, blank=True)
    first_at = models.DateTimeField()  # both are the citizens' own times
    last_at = models.DateTimeField()
    level = models.FloatField(default=COLD)  # the heat as policies.incidents keeps it: needs no sweep
    citizens = models.PositiveIntegerField(default=0)
    requests = models.PositiveIntegerField(default=0)
    waiting = models.PositiveIntegerField(default=0)  # requests in it without an answer
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(merged_into__isnull=False) | ~Q(state="merged"), name="merged_names_an_incident")]
        indexes = [
            models.Index(fields=["-level", "-id"], name="incident_by_heat", condition=Q(state__in=LIVE_STATES)),
            models.Index(fields=["department", "-level", "-id"], name="incident_of_by_heat", condition=Q(state__in=LIVE_STATES)),
            models.Index(fields=["department", "-id"], name="incident_of_department"),
        ]

    def __str__(self) -> str:
        return self.number


class Member(models.Model):
    """Where a ticket belongs: in one incident, or, by a person's word, in none."""

    ticket = models.OneToOneField(Ticket, on_delete=models.PROTECT, related_name="membership")
    incident = models.ForeignKey(Incident, null=True, on_delete=models.PROTECT, related_name="members", db_index=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()  # when the ticket's first message was written
    by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")  # who put it there; None: the machine

    class Meta:
        indexes = [
            models.Index(fields=["incident", "at"], name="member_of_incident"),
            models.Index(fields=["incident", "conversation"], name="member_by_citizen"),
        ]


class Follower(models.Model):
    """How far the record has been read for incidents. The row is the lock under which incidents are made: one writer at a time."""

    name = models.CharField(primary_key=True, max_length=20)
    cursor = models.BigIntegerField(default=0)  # the last entry of the record that was dealt with
    owner = models.CharField(max_length=60, blank=True)  # the process that remembers what came; another takes over after a while
    lease_until = models.DateTimeField(null=True)


class Answer(models.Model):
    """One reply to everybody in an incident, sent by the worker, ticket by ticket."""

    class State(models.TextChoices):
        RUNNING = "running"
        DONE = "done"

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="answers", db_index=False)
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    text = models.TextField()
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    colleagues = models.BooleanField(default=False)  # also tickets that a colleague has claimed
    answered = models.BooleanField(default=False)  # also tickets that have an answer
    at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident"], condition=Q(state="running"), name="answer_one_at_a_time")]
        indexes = [models.Index(fields=["incident", "-id"], name="answer_of_incident")]


class Part(models.Model):
    """One ticket's share of a reply to all: its own reply, or the reason why there is none."""

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"  # a reply of its own is in the outbox
        JOINED = "joined"  # the same citizen's other ticket got it, and took this one in
        LEFT = "left"  # passed by, see `why`
        FAILED = "failed"  # a fault of ours, after several tries

    answer = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="parts", db_index=False)
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="+")
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    why = models.CharField(max_length=200, blank=True)  # one of policies.incidents.left_out, or a sentence
    delivery = models.ForeignKey(Delivery, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["answer", "ticket"], name="part_once"),
            models.UniqueConstraint(fields=["answer", "conversation"], condition=Q(state="sent"), name="part_once_a_citizen"),
        ]
        indexes = [models.Index(fields=["next_at", "id"], name="part_to_send", condition=Q(state="waiting"))]
