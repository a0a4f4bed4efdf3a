"""Closing: by silence, by the citizen's word, or by a person who passes that word on. One audit row for each ticket."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from bot.audit.actions import Fact, record
from bot.bulk import write_new
from bot.channels.queries import limits_of
from bot.closing.models import Closing, Row, Settled
from bot.conflict import Conflict
from bot.outbox.actions import new_delivery
from bot.staff.access import Actor
from bot.staff.actions import Invalid
from bot.tickets.actions import _move as move
from bot.tickets.actions import locked
from bot.tickets.delivered import delivered_at, is_stuck
from bot.tickets.models import Message, Ticket
from bot.waking import wake_after_commit
from policies.answers import Room, answer_text, language_of
from policies.closing import How, drawn, look_again, share_of
from policies.facts import EventKind, Lane
from policies.roles import Right
from policies.tickets import TicketState

SYSTEM = "system:closing"
AT_ONCE = 100
WORD_LONGEST = 300
UNSAID = "经办人确认市民已知悉答复，未另作说明"
PUBLIC = (EventKind.COMMENT, EventKind.MENTION)
NEXT_PLACE = f"""INSERT INTO {Row._meta.db_table} (department_id, by_hand, count) VALUES (%s, %s, 1)
    ON CONFLICT (department_id, by_hand) DO UPDATE SET count = {Row._meta.db_table}.count + 1 RETURNING count"""  # noqa: S608


def say_settled(tickets: Iterable[Ticket], now: datetime) -> None:
    """The citizens of these tickets wrote that they are settled. Runs inside the transaction that takes their messages in."""
    rows = [Settled(ticket=ticket, at=now) for ticket in tickets]
    if rows:
        Settled.objects.bulk_create(rows)


def close_due(now: datetime, limit: int = AT_ONCE) -> int:
    """Close what silence or the citizen's word has ended, look again later at the rest; how many were looked at."""
    due = Ticket.objects.filter(state=TicketState.ANSWERED, close_at__lte=now).order_by("close_at", "pk")
    return _close_due(due, now, limit) if due.exists() else 0


@transaction.atomic
def _close_due(due: QuerySet[Ticket], now: datetime, limit: int) -> int:
    # Most answers arrive a little later than they are written: their tickets are looked at twice, and read whole only to be closed.
    answered = dict(due.select_for_update(skip_locked=True).values_list("pk", "answered_at")[:limit])
    arrived, said = delivered_at(answered), _said(answered)
    again = {pk: moment for pk in answered if pk not in said and (moment := look_again(arrived.get(pk), now)) is not None}
    for pk, moment in again.items():
        Ticket.objects.filter(pk=pk).update(close_at=moment)
    if ended := answered.keys() - again.keys():
        # Departments' rows are locked in one order.
        rows = Ticket.objects.filter(pk__in=ended).order_by("department_id", "pk")
        whole = rows.select_related("department", "conversation", "account__department")
        record(now, *(_closed(ticket, How.WORD if ticket.pk in said else How.SILENCE, now) for ticket in whole))
    return len(answered)


def _said(answered: Mapping[int, datetime | None]) -> set[int]:
    """Those tickets of which the citizen said, after the answer, that they are settled."""
    words = Settled.objects.filter(ticket__in=list(answered)).values_list("ticket", "at")
    return {ticket for ticket, at in words if (moment := answered[ticket]) is None or at >= moment}


@transaction.atomic
def close_by_hand(actor: Actor, ticket: Ticket, word: str, now: datetime) -> Ticket:
    """A person closes an answered ticket on the citizen's spoken word; all such closings are called after.

    Raises Conflict while the answer is stuck or there is none, Denied, Invalid.
    """
    ticket = locked(ticket)
    actor.demand(Right.CLOSE, ticket.department)
    if is_stuck(ticket):
        raise Conflict(f"诉求单 {ticket.number} 的答复尚未送达，不能办结。")
    word = " ".join(word.replace("\x00", "").split()) or UNSAID
    if len(word) > WORD_LONGEST:
        raise Invalid(f"内容过长（{len(word)} 字），最多 {WORD_LONGEST} 字。")
    record(now, _closed(ticket, How.HAND, now, actor=actor, word=word))
    return ticket


@transaction.atomic
def close_by_citizen(ticket: Ticket, now: datetime) -> Ticket:
    """The citizen says on the query page that the matter is settled. Raises Conflict when it is not answered."""
    ticket = locked(ticket)
    record(now, _closed(ticket, How.PAGE, now))
    return ticket


def _closed(ticket: Ticket, how: How, now: datetime, *, actor: Actor | None = None, word: str = "") -> Fact:
    """Close one locked ticket. Raises Conflict where its state does not allow it."""
    move(ticket, TicketState.CLOSED, now, closed_at=now, close_at=None, lease_until=None)
    place, share = _place(ticket.department_id, by_hand=how is How.HAND), share_of(how)
    row = Closing(
        ticket=ticket,
        department_id=ticket.department_id,
        at=now,
        how=how,
        person_id=actor.person_id if actor else None,
        word=word,
        place=place,
        share=share,
        drawn=drawn(place, share, _key(ticket.department.code)),
    )
    write_new([row])
    _ask_rating(ticket, how, now)
    who = actor.username if actor else SYSTEM if how is How.SILENCE else "citizen"
    return Fact(who, "ticket.closed", "ticket", ticket.number, ticket.department_id, {"how": how, "note": word, "drawn": row.drawn})


def _key(code: str) -> str:
    """What fixes a department's draw: nobody outside the house can know whom it will hit."""
    return f"{settings.SECRET_KEY}:sample:{code}"


def _place(department_id: int, *, by_hand: bool) -> int:
    """The next place in the department's row, from 1; the row stays locked until the commit."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT_PLACE, [department_id, by_hand])
        return int(cursor.fetchone()[0])


def _ask_rating(ticket: Ticket, how: How, now: datetime) -> None:
    """Tell the citizen that it is closed and how to rate, where that can be said in private; the outbox drops it where no window is open.

    Whoever wrote the word was answered at once; whoever pressed the button has the page before them.
    """
    if how in (How.WORD, How.PAGE):
        return
    written = Message.objects.filter(ticket=ticket, direction=Message.Direction.CITIZEN).order_by("-pk")
    latest = written.values_list("text", "inbound__kind").first()
    if latest is None or latest[1] in PUBLIC:
        return
    text = closing_words(ticket, language_of(latest[0]), "closed")
    delivery = new_delivery(ticket.conversation, Lane.AUTO, text, now)
    write_new([delivery])
    message = Message(
        conversation_id=ticket.conversation_id,
        account_id=ticket.account_id,
        ticket=ticket,
        delivery=delivery,
        direction=Message.Direction.AUTO,
        text=text,
        at=now,
    )
    write_new([message])
    wake_after_commit("outbox")


def closing_words(ticket: Ticket, language: str, key: str) -> str:
    """What a citizen is told at a closing."""
    limits = limits_of(ticket.account)
    return answer_text(
        key,
        language,
        number=ticket.number,
        query_url=f"{settings.PUBLIC_URL}/q/{ticket.query_code}",
        deadline_text="",
        department=ticket.department.name,
        room=Room(limits.text_max, limits.text_unit),
    )
