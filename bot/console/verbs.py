"""What can be done with a ticket on its page: which verbs to offer, and how each is carried out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bot.answering import actions as answering
from bot.answering import calls, reviews
from bot.answering.models import Review
from bot.closing import refusals
from bot.closing.actions import close_by_hand
from bot.console import answeringforms as af
from bot.console import forms as f
from bot.console.deadlineforms import PauseForm
from bot.console.once import take
from bot.deadlines.queries import calendar
from bot.staff.access import Actor
from bot.staff.actions import Invalid
from bot.tickets import actions, pausing
from bot.tickets.models import Ticket
from bot.tickets.queries import tickets_for
from bot.tickets.rounds import why_not_back
from policies.pauses import PAUSES_FROM, may_pause
from policies.roles import Right
from policies.tickets import OPEN, TicketState, may_move

S = TicketState
type Data = Mapping[str, Any]
type Run = Callable[[Actor, Ticket, Data, datetime], object]


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb: its form, what it does, and what to say when it is done."""

    form: type[forms.Form]
    run: Run
    done: str | Promise
    label: str | Promise


def _merge(actor: Actor, ticket: Ticket, data: Data, now: datetime) -> object:
    into = tickets_for(actor).filter(number=data["into"].strip()).first()
    if into is None:
        raise Invalid("没有这个编号的诉求单，或您无权查看。")
    if into.conversation_id != ticket.conversation_id:
        raise Invalid("只能合并同一市民的诉求单。")
    return actions.merge(actor, ticket, into, now)


def _review(ticket: Ticket, data: Data) -> Review:
    row = Review.objects.filter(ticket=ticket, pk=data["review"]).select_related("ticket").first()
    if row is None:
        raise Invalid(f"诉求单 {ticket.number} 没有待审核的答复。")
    return row


def _call(actor: Actor, ticket: Ticket, data: Data, now: datetime) -> object:
    called = calls.Called(data["number"], data["reached"] == "1", data["text"], data["at"] or now)
    return calls.log_call(actor, ticket, called, now, seen=data["seen"])


def _pause(actor: Actor, ticket: Ticket, data: Data, now: datetime) -> object:
    return pausing.pause(actor, ticket, data["reason"], calendar().close_of(data["until"]), now, words=data["text"])


VERBS: Mapping[str, Verb] = {
    "claim": Verb(f.NothingForm, lambda a, t, d, n: actions.claim(a, t, n), _("已认领。"), _("认领")),
    "release": Verb(f.NothingForm, lambda a, t, d, n: actions.release(a, t, n), _("已放回队列。"), _("放回队列")),
    "reply": Verb(
        af.ReplyForm,
        lambda a, t, d, n: answering.send(a, t, d["text"], n, seen=d["seen"], accepted=d["accepted"]),
        _("答复已提交发送。"),
        _("答复"),
    ),
    "withdraw": Verb(f.NothingForm, lambda a, t, d, n: answering.withdraw(a, t, n), _("答复已撤回，没有发出。"), _("撤回答复")),
    "approve-reply": Verb(
        af.ReviewForm, lambda a, t, d, n: answering.approve(a, _review(t, d), n), _("已审核，答复即将发出。"), _("同意答复")
    ),
    "return-reply": Verb(
        af.ReviewForm, lambda a, t, d, n: reviews.give_back(a, _review(t, d), d["text"], n), _("已退回经办人修改。"), _("退回答复")
    ),
    "recall-reply": Verb(af.ReviewForm, lambda a, t, d, n: reviews.recall(a, _review(t, d), n), _("已取回，可以修改。"), _("取回答复")),
    "call": Verb(af.CallForm, _call, _("通话已记录。"), _("电话回复")),
    "note": Verb(f.TextForm, lambda a, t, d, n: actions.note(a, t, d["text"], n), _("备注已保存。"), _("内部备注")),
    "transfer": Verb(
        f.TransferForm, lambda a, t, d, n: actions.transfer(a, t, d["department"], d["text"], n), _("已转办，期限不变。"), _("转办")
    ),
    "hand-back": Verb(f.TextForm, lambda a, t, d, n: actions.hand_back(a, t, d["text"], n), _("已退回上级部门。"), _("退回")),
    "merge": Verb(f.MergeForm, _merge, _("已合并。"), _("合并")),
    "refuse": Verb(
        f.RefusalForm,
        lambda a, t, d, n: refusals.ask(a, t, d["reason"], d["text"], n),
        _("已提交，等待另一人复核。"),
        _("不予受理"),
    ),
    "confirm-refusal": Verb(f.NothingForm, lambda a, t, d, n: actions.confirm_refusal(a, t, n), _("已复核，不予受理。"), _("同意不予受理")),
    "decline-refusal": Verb(
        f.DeclineForm, lambda a, t, d, n: actions.decline_refusal(a, t, d["text"], n), _("已退回办理。"), _("不同意，退回办理")
    ),
    "extend": Verb(f.TextForm, lambda a, t, d, n: actions.extend(a, t, d["text"], n), _("已延期，并已告知市民。"), _("延期")),
    "pause": Verb(PauseForm, _pause, _("已发给市民，计时暂停。"), _("暂停计时")),
    "resume": Verb(f.NothingForm, lambda a, t, d, n: pausing.resume(a, t, n), _("已恢复计时。"), _("恢复计时")),
    "close": Verb(f.CloseForm, lambda a, t, d, n: close_by_hand(a, t, d["word"], n), _("已办结。"), _("办结")),
}

_RIGHTS: Mapping[str, Right] = {
    "claim": Right.CLAIM,
    "release": Right.CLAIM,
    "reply": Right.REPLY,
    "call": Right.REPLY,
    "note": Right.SEE_TICKETS,
    "transfer": Right.TRANSFER,
    "hand-back": Right.HAND_BACK,
    "merge": Right.MERGE,
    "refuse": Right.ASK_REFUSAL,
    "confirm-refusal": Right.CONFIRM_REFUSAL,
    "decline-refusal": Right.CONFIRM_REFUSAL,
    "extend": Right.EXTEND,
    "pause": Right.EXTEND,
    "resume": Right.EXTEND,
    "close": Right.CLOSE,
}


def offered(actor: Actor, ticket: Ticket, now: datetime) -> frozenset[str]:
    """The verbs worth offering now. Only a help for the eye: the actions decide for themselves."""
    state, own = TicketState(ticket.state), ticket.owner_id in (None, actor.person_id)
    fits = {
        "claim": own and may_move(state, S.CLAIMED) and state != S.REFUSAL_ASKED,
        "release": ticket.owner_id == actor.person_id and may_move(state, S.WAITING) and state != S.REFUSAL_ASKED,
        "reply": own and (state in OPEN or state == S.ANSWERED) and state != S.REFUSAL_ASKED,
        "call": own and (state in OPEN or state == S.ANSWERED) and state != S.REFUSAL_ASKED,
        "note": True,
        "transfer": own and (may_move(state, S.WAITING) or state == S.WAITING) and state in OPEN and state != S.REFUSAL_ASKED,
        "hand-back": own and may_move(state, S.HANDED_BACK) and not why_not_back(ticket),
        "merge": own and may_move(state, S.MERGED),
        "refuse": own and may_move(state, S.REFUSAL_ASKED),
        "confirm-refusal": state == S.REFUSAL_ASKED and ticket.refuse_asked_by_id != actor.person_id,
        "decline-refusal": state == S.REFUSAL_ASKED and ticket.refuse_asked_by_id != actor.person_id,
        "extend": own and state in OPEN and state != S.REFUSAL_ASKED and _may_extend(ticket, now),
        "pause": own and state in PAUSES_FROM and may_pause(ticket.kind, urgent=ticket.urgent) and ticket.service_deadline > now,
        "resume": own and state == S.AWAITING_CITIZEN,
        "close": state == S.ANSWERED,
    }
    return frozenset(name for name, fit in fits.items() if fit and actor.may(_RIGHTS[name], ticket.department))


def _may_extend(ticket: Ticket, now: datetime) -> bool:
    return ticket.extended_at is None and ticket.service_deadline > now and may_pause(ticket.kind, urgent=ticket.urgent)


@transaction.atomic
def carry_out(verb: Verb, actor: Actor, ticket: Ticket, data: Data, token: str, now: datetime) -> None:
    """Do it once per form. Raises Conflict, Denied, Invalid, or once.Repeated for a form that was sent before."""
    if token:
        take(actor.person_id, token, now)
    verb.run(actor, ticket, data, now)
