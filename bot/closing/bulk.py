"""One verb on many tickets: each by its own rules, in its own transaction, with its own result."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.closing import refusals
from bot.closing.actions import close_by_hand
from bot.conflict import Conflict, Denied
from bot.staff.access import Actor
from bot.staff.actions import Invalid
from bot.staff.models import Department
from bot.tickets import actions
from bot.tickets.models import Ticket
from bot.tickets.queries import tickets_for

MOST = 100


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one ticket."""

    number: str
    refused: str = ""  # why not, in the house's words; "" = done


@dataclass(frozen=True, slots=True)
class Order:
    """What to do with each."""

    verb: str
    text: str = ""
    reason: str = ""
    department: Department | None = None


type Do = Callable[[Actor, Ticket, Order, datetime], object]


def _transfer(actor: Actor, ticket: Ticket, order: Order, now: datetime) -> object:
    if order.department is None:
        raise Invalid("请选择部门。")
    return actions.transfer(actor, ticket, order.department, order.text, now)


VERBS: dict[str, Do] = {
    "claim": lambda actor, ticket, order, now: actions.claim(actor, ticket, now),
    "release": lambda actor, ticket, order, now: actions.release(actor, ticket, now),
    "close": lambda actor, ticket, order, now: close_by_hand(actor, ticket, order.text, now),
    "transfer": _transfer,
    "refuse": lambda actor, ticket, order, now: refusals.ask(actor, ticket, order.reason, order.text, now),
    "confirm-refusal": lambda actor, ticket, order, now: actions.confirm_refusal(actor, ticket, now),
}


def each(actor: Actor, numbers: Iterable[str], order: Order, now: datetime) -> list[Done]:
    """Do it with each of these tickets. What one of them refuses does not hold up the others. Raises Invalid for the order itself."""
    wanted = list(dict.fromkeys(numbers))
    if order.verb not in VERBS:
        raise Invalid("没有这个操作。")
    if not wanted or len(wanted) > MOST:
        raise Invalid(f"请选择 1 至 {MOST} 张诉求单。")
    found = {row.number: row for row in tickets_for(actor).filter(number__in=wanted)}
    return [_one(actor, found.get(number), number, order, now) for number in wanted]


def _one(actor: Actor, ticket: Ticket | None, number: str, order: Order, now: datetime) -> Done:
    if ticket is None:
        return Done(number, "没有这个编号的诉求单，或您无权查看。")
    try:
        VERBS[order.verb](actor, ticket, order, now)
    except (Conflict, Denied, Invalid) as no:
        return Done(number, str(no))
    return Done(number)
