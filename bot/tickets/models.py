"""A citizen's matter and everything said about it."""

from django.db import models
from django.db.models import Q

from bot.channels.models import Account, Conversation
from bot.deadlines.models import CalendarYear
from bot.inbox.models import Inbound
from bot.outbox.models import Delivery
from bot.staff.models import Department, Person
from policies.handovers import Step
from policies.tickets import OPEN, TicketState

OPEN_STATES = tuple(sorted(state.value for state in OPEN))
ENDED_STATES = tuple(sorted(state.value for state in TicketState if state not in OPEN))


class Counter(models.Model):
    """Running numbers, taken inside the transaction that uses them."""

    name = models.CharField(primary_key=True, max_length=40)
    value = models.BigIntegerField(default=0)


class Ticket(models.Model):
    """One matter of one citizen. Open ones always have an owning department (its duty post) and a deadline."""

    number = models.CharField(max_length=20, unique=True)  # on screen and in acknowledgements: 20261122-000001
    query_code = models.CharField(max_length=20, unique=True)  # the citizen's key to /q/
    state = models.CharField(max_length=20, default=TicketState.WAITING, choices=[(s.value, s.value) for s in TicketState])
    # Each is the first column of an index below and needs none of its own. What a new ticket has not, is not in its index.
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="tickets", db_index=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="tickets", db_index=False)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="tickets", db_index=False)
    # None: the department's duty post
    owner = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="tickets", db_index=False)
    lease_until = models.DateTimeField(null=True)  # an untouched claim falls back to the queue
    kind = models.CharField(max_length=20)  # what triage made of it
    intent = models.CharField(max_length=40, blank=True)
    subject = models.CharField(max_length=60, blank=True)
    topic = models.CharField(max_length=80, blank=True)  # second level of the subject
    confidence = models.FloatField(default=0)
    understood_by = models.CharField(max_length=20)  # "rasa" or "fallback"
    note = models.CharField(max_length=300, blank=True)
    urgent = models.BooleanField(default=False)
    first_line = models.CharField(max_length=120, blank=True)
    received_at = models.DateTimeField()  # the first message's own time: the clock starts here
    service_deadline = models.DateTimeField()
    deadline = models.DateTimeField()  # the effective one: the earlier of service deadline and reply window
    answered_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    refuse_reason = models.CharField(max_length=60, blank=True)
    refuse_text = models.TextField(blank=True)
    refuse_asked_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    extended_at = models.DateTimeField(null=True)
    rung = models.PositiveSmallIntegerField(default=0)  # steps of the ladder taken since the clock started
    next_step_at = models.DateTimeField(null=True)  # when the ladder's next step is due (paused: when the pause ends); None: not open
    clock_from = models.DateTimeField(null=True)  # where the ladder's way begins, if not at `received_at`: reopened, placed anew …
    paused_until = models.DateTimeField(null=True)  # the clock stands until then, for `pause_reason`
    pause_reason = models.CharField(max_length=200, blank=True)
    objections = models.PositiveSmallIntegerField(default=0)  # how often a department has sent it back
    close_at = models.DateTimeField(null=True)  # an answered ticket closes by itself then, if the citizen stays silent
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged", db_index=False)
    updated_at = models.DateTimeField()
    waits: bool | None = None  # no column: set on the rows of a list by `delivered.marked`

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(merged_into__isnull=False) | ~Q(state="merged"), name="merged_names_a_ticket"),
            models.CheckConstraint(condition=~Q(refuse_reason="") | ~Q(state="refused"), name="refused_names_a_reason"),
        ]
        indexes = [
            models.Index(fields=["deadline", "id"], name="ticket_queue", condition=Q(state__in=OPEN_STATES)),
            models.Index(fields=["department", "deadline", "id"], name="ticket_queue_of", condition=Q(state__in=OPEN_STATES)),
            models.Index(fields=["state", "deadline", "id"], name="ticket_queue_state", condition=Q(state__in=OPEN_STATES)),
            models.Index(
                fields=["department", "state", "deadline", "id"], name="ticket_queue_of_state", condition=Q(state__in=OPEN_STATES)
            ),
            # By account or owner a list is put together from its states: one index each for any state and for all of them.
            models.Index(fields=["account", "state", "deadline", "id"], name="ticket_queue_of_account", condition=Q(state__in=OPEN_STATES)),
            models.Index(
                fields=["owner", "state", "deadline", "id"],
                name="ticket_queue_of_owner",
                condition=Q(state__in=OPEN_STATES, owner__isnull=False),
            ),
            models.Index(fields=["conversation", "id"], name="ticket_of_talk"),
            models.Index(fields=["lease_until"], name="ticket_leases", condition=Q(state="claimed")),
            models.Index(
                fields=["next_step_at", "id"], name="ticket_steps", condition=Q(state__in=OPEN_STATES, next_step_at__isnull=False)
            ),
            # Empty as long as nothing goes wrong: what it holds is given its next step at once.
            models.Index(fields=["id"], name="ticket_without_step", condition=Q(state__in=OPEN_STATES, next_step_at__isnull=True)),
            models.Index(fields=["close_at", "id"], name="ticket_to_close", condition=Q(state="answered")),
            models.Index(fields=["department", "id"], name="ticket_of_department"),
            models.Index(fields=["updated_at", "id"], name="ticket_updated"),
            # Not over all states: SQLite would take it for the queue, and sort a million rows to show fifty.
            models.Index(fields=["state", "id"], name="ticket_ended", condition=Q(state__in=ENDED_STATES)),
            models.Index(fields=["state", "id"], name="ticket_open", condition=Q(state__in=OPEN_STATES)),
            models.Index(fields=["department", "state", "id"], name="ticket_state_of_dept"),
            models.Index(fields=["account", "state", "id"], name="ticket_state_of_account"),
            models.Index(fields=["owner", "state", "id"], name="ticket_state_of_owner", condition=Q(owner__isnull=False)),
            models.Index(fields=["merged_into"], name="ticket_merged", condition=Q(merged_into__isnull=False)),
            models.Index(fields=["department", "updated_at", "id"], name="ticket_updated_of"),
        ]

    def __str__(self) -> str:
        return self.number


class Pause(models.Model):
    """A stretch in which a ticket's clock stands, since the citizen was asked for something. A ticket has one open at most."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="pauses", db_index=False)
    reason = models.CharField(max_length=20)  # of the pack's list
    words = models.CharField(max_length=500)  # what the citizen was asked
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    began_at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=20, blank=True)  # "time", "citizen", or the state the ticket went to
    service_before = models.DateTimeField()  # the service deadline as it was

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket"], condition=Q(ended_at__isnull=True), name="pause_once")]
        indexes = [
            models.Index(fields=["until", "id"], name="pause_to_end", condition=Q(ended_at__isnull=True)),
            models.Index(fields=["ticket", "id"], name="pause_of_ticket"),
        ]


class Rereckoning(models.Model):
    """An open ticket whose deadline was reckoned before a year of holidays was brought in; gone when it has been looked at."""

    year = models.ForeignKey(CalendarYear, on_delete=models.CASCADE, related_name="+", db_index=False)
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="+", db_index=False)
    service = models.DateTimeField()  # the deadline it then had: another one was reckoned by the new calendar already

    class Meta:
        indexes = [models.Index(fields=["year", "id"], name="rereckoning_of_year")]


class Handover(models.Model):
    """One step of a ticket from department to department: what a refusal or a decision refers to (policies.handovers)."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="handovers", db_index=False)
    step = models.CharField(max_length=10, choices=[(step.value, step.value) for step in Step])
    source = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+", db_index=False)
    target = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+", db_index=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["ticket", "id"], name="handover_of_ticket")]


class Message(models.Model):
    """One bubble of a conversation. A citizen's message without a ticket was dismissed as no question."""

    class Direction(models.TextChoices):
        CITIZEN = "citizen", "市民"
        AUTO = "auto", "自动"
        HUMAN = "human", "人工"
        NOTE = "note", "内部备注"

    # Each is the first column of an index below, or never looked for: an index of its own would only cost at every message.
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="messages", db_index=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.PROTECT, related_name="messages", db_index=False)
    inbound = models.OneToOneField(Inbound, null=True, on_delete=models.PROTECT, related_name="message")
    delivery = models.OneToOneField(Delivery, null=True, on_delete=models.PROTECT, related_name="message")
    direction = models.CharField(max_length=10, choices=Direction)
    author = models.CharField(max_length=150, blank=True)
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    text = models.TextField(blank=True)
    media = models.JSONField(default=list)
    at = models.DateTimeField()
    intent = models.CharField(max_length=40, blank=True)
    subject = models.CharField(max_length=60, blank=True)
    topic = models.CharField(max_length=80, blank=True)
    confidence = models.FloatField(default=0)
    understood_by = models.CharField(max_length=20, blank=True)
    entities = models.JSONField(default=list)  # what was found in the text: place, time, number …
    reason = models.CharField(max_length=200, blank=True)  # why triage decided so
    # who agreed that it is no question
    confirmed_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        indexes = [
            # Both with the stored event, so that the balance is counted from the indexes alone.
            models.Index(fields=["ticket", "inbound"], name="message_of_ticket"),
            models.Index(
                fields=["account", "at", "inbound"], name="message_dismissed", condition=Q(direction="citizen", ticket__isnull=True)
            ),
            models.Index(fields=["conversation", "id"], name="message_of_talk"),
        ]


class Attachment(models.Model):
    """A citizen's attachment, fetched once and kept."""

    class State(models.TextChoices):
        WAITING = "waiting"
        STORED = "stored"
        GONE = "gone"

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="attachments", db_index=False)  # see attachment_once
    position = models.PositiveSmallIntegerField()  # index in the message's media
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    mime = models.CharField(max_length=100, blank=True)
    name = models.CharField(max_length=200, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    path = models.CharField(max_length=200, blank=True)  # below HUIYIN_DATA/media
    error = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "position"], name="attachment_once")]
        indexes = [models.Index(fields=["next_at"], name="attachment_to_fetch", condition=Q(state="waiting"))]
