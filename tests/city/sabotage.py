"""Rules broken on purpose, to see that the city notices: each wraps one of the engine's jobs, and names the invariant that must break."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from bot.inbox.models import Inbound
from bot.outbox.models import Delivery
from bot.paging.models import Page
from bot.staff.models import Person
from bot.tickets.models import Message, Ticket
from tests.city.engine import Engine, Job


@dataclass(frozen=True, slots=True)
class Sabotage:
    """`breaks`: the invariant that must say so."""

    breaks: str
    spoil: Callable[[Engine], None]


def _after(name: str, harm: Callable[[datetime], object]) -> Callable[[Engine], None]:
    """Do harm after each run of the jobs of this name."""

    def spoil(engine: Engine) -> None:
        for job in engine.jobs:
            if job.name == name:
                job.run = _then(job, harm)

    return spoil


def _then(job: Job, harm: Callable[[datetime], object]) -> Callable[[datetime], int]:
    run = job.run

    def both(now: datetime) -> int:
        done = run(now)
        if done:
            harm(now)
        return done

    return both


def bots_stop_clocks(now: datetime) -> None:
    """What a machine answered counts as answered."""
    told = Message.objects.filter(ticket=OuterRef("pk"), direction="auto")
    Ticket.objects.filter(Exists(told), state="waiting", updated_at=now).update(state="answered", answered_at=now)


def messages_vanish(now: datetime) -> None:
    """A message is read and put nowhere."""
    last = Message.objects.filter(direction="citizen", inbound__received_at=now).order_by("-id").first()
    if last is not None:
        last.delete()


def sent_again(now: datetime) -> None:
    """What was sent is queued again."""
    last = Delivery.objects.filter(state="sent", lane="human").order_by("-id").first()
    if last is not None and last.attempts == 1:
        Delivery.objects.filter(pk=last.pk).update(state="queued", not_before=now)


def closed_by_nobody(now: datetime) -> None:
    """An open ticket is closed, to have it off the list."""
    oldest = Ticket.objects.filter(state="waiting").order_by("id").first()
    if oldest is not None:
        Ticket.objects.filter(pk=oldest.pk).update(state="closed", closed_at=now, updated_at=now)


def refused_by_one(now: datetime) -> None:
    """Who asked for the refusal also decides."""
    asked = Ticket.objects.filter(state="waiting").order_by("id").first()
    if asked is not None:
        person = Person.objects.order_by("id").first()
        Ticket.objects.filter(pk=asked.pk).update(state="refused", refuse_reason="x", refuse_asked_by=person, updated_at=now)


def owners_leave(now: datetime) -> None:
    """Somebody leaves the service with tickets in hand."""
    held = Ticket.objects.filter(state="claimed", owner__isnull=False).order_by("id").first()
    if held is not None:
        Person.objects.filter(pk=held.owner_id).update(is_active=False)


def left_unread(now: datetime) -> None:
    """A stored message is put beyond the sweep's reach, and no longer counts."""
    Inbound.objects.filter(pk=Inbound.objects.order_by("-id")[0].pk).update(counted=False)


def _asleep(job_name: str, place: int = 0) -> Callable[[Engine], None]:
    """The sweep of this name does nothing."""

    def spoil(engine: Engine) -> None:
        [job for job in engine.jobs if job.name == job_name][place].run = lambda now: 0

    return spoil


def clocks_lost(now: datetime) -> None:
    """A ticket loses its next step."""
    oldest = Ticket.objects.filter(state="waiting").order_by("id").first()
    if oldest is not None:
        Ticket.objects.filter(pk=oldest.pk).update(next_step_at=None)


def rungs_skipped(now: datetime) -> None:
    """A ticket's next step is put off for a week: nobody notices who looks only at the moment that is kept."""
    Ticket.objects.filter(urgent=True, next_step_at__isnull=False).update(next_step_at=now + timedelta(days=7))


def pages_dropped(now: datetime) -> None:
    """Pages count as told though no message left."""
    Page.objects.filter(state="calling").update(state="told", next_at=None, ended_at=now)


SABOTAGES: dict[str, Sabotage] = {
    "bots-stop-clocks": Sabotage("only-people-stop-the-clock", _after("storing", bots_stop_clocks)),
    "messages-vanish": Sabotage("balance", _after("storing", messages_vanish)),
    "left-unread": Sabotage("balance", _after("storing", left_unread)),
    "sent-again": Sabotage("never-twice", _after("sending", sent_again)),
    "closed-by-nobody": Sabotage("only-people-stop-the-clock", _after("working", closed_by_nobody)),
    "refused-by-one": Sabotage("ended-rightly", _after("working", refused_by_one)),
    "ladder-sleeps": Sabotage("ladder-climbs", _asleep("climbing")),
    "clocks-lost": Sabotage("ladder-climbs", _after("working", clocks_lost)),
    "rungs-skipped": Sabotage("ladder-climbs", _after("storing", rungs_skipped)),
    "pages-sleep": Sabotage("pages-arrive", _asleep("paging")),
    "pages-dropped": Sabotage("pages-arrive", _after("climbing", pages_dropped)),
    "owners-leave": Sabotage("owner-and-deadline", _after("working", owners_leave)),
}
