"""The life of a ticket 诉求单: its states, the moves allowed between them, and what each means in the balance.

Rules: every message ends in a state a person owns (国办发〔2018〕123号, facts 1.24; 3.19, 3.20); a refusal names its reason and
needs a second person; closing follows a human answer only.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from policies.rulepack import read, values


class TicketState(StrEnum):
    """Where a ticket stands. The comments name the Chinese words on screen."""

    WAITING = "waiting"  # 待受理: in a department's queue, its duty post owns it
    CLAIMED = "claimed"  # 办理中: a person has it
    DRAFTED = "drafted"  # 已拟稿: a reply is written, not yet sent
    ANSWERED = "answered"  # 已答复: a person's reply is on its way or there
    CLOSED = "closed"  # 已办结
    HANDED_BACK = "handed_back"  # 已退回: the department says it is not theirs; the post above must place it anew
    EXTENDED = "extended"  # 已延期: a person has it, with a later deadline and a reason
    REFUSAL_ASKED = "refusal_asked"  # 拟不予受理: waits for the second person
    REFUSED = "refused"  # 不予受理
    MERGED = "merged"  # 已合并 into another ticket
    AWAITING_CITIZEN = "awaiting_citizen"  # 待市民补充: a person asked the citizen back
    REOPENED = "reopened"  # 重新打开


_S = TicketState
_WORKED = frozenset({_S.WAITING, _S.HANDED_BACK, _S.REFUSAL_ASKED, _S.MERGED})
"""Where a ticket that nobody has finished may always go: another queue, back, a proposed refusal, another ticket."""
_IN_HAND = _WORKED | {_S.DRAFTED, _S.ANSWERED, _S.EXTENDED, _S.AWAITING_CITIZEN}

MOVES: dict[TicketState, frozenset[TicketState]] = {
    # A transfer is a move to WAITING in another department. A lease that runs out is a move to WAITING in the same one.
    _S.WAITING: frozenset({_S.CLAIMED, _S.HANDED_BACK, _S.REFUSAL_ASKED, _S.MERGED}),
    _S.CLAIMED: _IN_HAND,
    _S.DRAFTED: (_IN_HAND | {_S.CLAIMED}) - {_S.DRAFTED},
    _S.EXTENDED: (_IN_HAND | {_S.CLAIMED}) - {_S.EXTENDED},
    # The second person agrees, or gives it back to work. Nothing else may happen to a ticket under a proposed refusal.
    _S.REFUSAL_ASKED: frozenset({_S.REFUSED, _S.CLAIMED, _S.WAITING}),
    _S.HANDED_BACK: frozenset({_S.WAITING, _S.CLAIMED, _S.REFUSAL_ASKED, _S.MERGED}),
    _S.AWAITING_CITIZEN: _WORKED | {_S.REOPENED, _S.CLAIMED, _S.DRAFTED, _S.ANSWERED, _S.EXTENDED},
    _S.REOPENED: _WORKED | {_S.CLAIMED},
    _S.ANSWERED: frozenset({_S.CLOSED, _S.REOPENED}),
    # Nothing is final for a citizen who is not content, nor for a wrong merge or refusal.
    _S.CLOSED: frozenset({_S.REOPENED}),
    _S.REFUSED: frozenset({_S.REOPENED}),
    _S.MERGED: frozenset({_S.REOPENED}),
}

_FATES: dict[TicketState, Literal["answered", "refused", "merged"]] = {
    _S.ANSWERED: "answered",
    _S.CLOSED: "answered",
    _S.REFUSED: "refused",
    _S.MERGED: "merged",
}

OPEN: frozenset[TicketState] = frozenset(TicketState) - _FATES.keys()
"""States in which a ticket needs an owner and a deadline."""

TAKEN_BACK: frozenset[TicketState] = OPEN - {_S.REFUSAL_ASKED}
"""States to which an answered ticket returns when its answer is taken back before it left: the citizen never had one."""

REOPEN_WITHIN = timedelta(days=values(read("deadlines"))["reopen"]["days"])
"""How long after a human answer a citizen's new message still belongs to the same ticket."""


def fate(state: TicketState) -> Literal["open", "answered", "refused", "merged"]:
    """What the balance counts a ticket as: `received = open + answered + refused + merged + dismissed`."""
    return _FATES.get(state, "open")


def may_move(old: TicketState, new: TicketState) -> bool:
    """Whether the move is allowed. Staying in a state is not a move."""
    return new in MOVES[old]


def joins(state: TicketState, answered_at: datetime | None, now: datetime, *, within: timedelta = REOPEN_WITHIN) -> bool:
    """Whether a citizen's new message belongs to this ticket; False = it makes a new one.

    Open tickets take it in; answered ones for `within` after the answer. A refused or merged ticket takes nothing: whoever
    wrote again would only be refused again, so a person must look at a new ticket. Without a time of the answer it joins.
    """
    if state in OPEN:
        return True
    if fate(state) != "answered":
        return False
    return answered_at is None or now - answered_at <= within


def after_message(state: TicketState) -> TicketState:
    """The state a ticket has once a citizen's message has joined it: answered, closed and awaiting ones are reopened."""
    return TicketState.REOPENED if TicketState.REOPENED in MOVES[state] else state
