"""What a person does about a difference: have a lost message read again, or say on record why stored ones are gone."""

from datetime import date, datetime

from django.db import transaction

from bot.audit.actions import Fact, record
from bot.channels.models import Account
from bot.conflict import Conflict
from bot.inbox.models import Inbound
from bot.staff.access import Actor
from bot.staff.actions import Invalid
from bot.supervision.alarms import key_of
from bot.supervision.balance import balance, received_on, unplaced
from bot.supervision.models import AccountDay
from bot.tickets.models import Message
from policies.roles import Right

NOTE_MAX = 300


@transaction.atomic
def read_again(actor: Actor, account: Account, pk: int, now: datetime) -> None:
    """A message without a place, or one that could not be read, goes back to be read. Its clock starts at its own time all the same.

    Where the message is still there and only its ticket is gone, it goes on the list that a person confirms.
    Raises Conflict when it has a place, Denied without the right.
    """
    actor.demand(Right.MEND_BALANCE, account.department)
    held = Inbound.objects.filter(pk=pk, account=account).select_for_update().first()
    if held is None or (held.state != Inbound.State.BROKEN and not unplaced(account.pk).filter(pk=pk).exists()):
        raise Conflict("这条消息已有去处，无需处理。")
    orphan = Message.objects.filter(inbound=pk, direction=Message.Direction.CITIZEN).update(ticket=None, confirmed_by=None)
    if not orphan:
        Inbound.objects.filter(pk=pk).update(state=Inbound.State.STORED, lease_until=now, attempts=0, error="")
    record(
        now, Fact(actor.username, "balance.read_again", "message", str(pk), account.department_id, {"to": "list" if orphan else "inbox"})
    )


@transaction.atomic
def explain(actor: Actor, account: Account, day: date, words: str, now: datetime) -> int:
    """Stored messages of this day are no longer there, and a person says why; the day is counted without them from now on.

    Returns how many. Raises Conflict when none are gone, Denied without the right, Invalid without words.
    """
    actor.demand(Right.MEND_BALANCE, account.department)
    words = words.replace("\x00", "").strip()[:NOTE_MAX]
    if not words:
        raise Invalid("请填写内容。")
    kept = AccountDay.objects.select_for_update().filter(account=account, day=day).first()
    there = balance(received_on([account.pk], day, date.fromordinal(day.toordinal() + 1))).received
    gone = kept.received - there if kept else 0
    if kept is None or gone <= 0:
        raise Conflict("这一天没有缺失的消息。")
    AccountDay.objects.filter(pk=kept.pk, received=kept.received).update(received=there)
    detail = {"gone": gone, "note": words}
    record(now, Fact(actor.username, "balance.explained", "balance", key_of((account.pk, day)), account.department_id, detail))
    return gone
