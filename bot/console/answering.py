"""What the page shows around the editor: draft, findings, forecast, ready-made texts, who else writes, what can be taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.answering import canned, drafts, files, reviews
from bot.answering.actions import may_take_back
from bot.answering.checking import check
from bot.answering.models import Review, Sending
from bot.channels.queries import limits_of
from bot.console.queries import ReplyWindow
from bot.console.wordings import FINDINGS, FindingWords
from bot.staff.access import Actor
from bot.tickets.models import Ticket
from policies.answering import Forecast, forecast
from policies.roles import Right
from policies.wording import Finding, Level


@dataclass(frozen=True, slots=True)
class Remark:
    """One finding with its words."""

    finding: Finding
    words: FindingWords

    @property
    def stops(self) -> bool:
        return self.finding.level == Level.STOP


@dataclass(frozen=True, slots=True)
class UndoBar:
    """A reply that can still be taken back, and for how many seconds."""

    sending: Sending
    seconds: float


def remarks(found: Sequence[Finding]) -> list[Remark]:
    """Findings as the page shows them."""
    return [Remark(one, FINDINGS[one.code]) for one in found]


def advice(actor: Actor, ticket: Ticket, window: ReplyWindow, text: str, found: Sequence[Finding] | None = None) -> dict[str, Any]:
    """What stands below the editor for this text: findings, how it will be sent, how it will look."""
    limits = limits_of(ticket.account)
    told = found if found is not None else (check(ticket, text) if text.strip() else ())
    left = window.left if window.is_open else None
    whole = files.with_link(actor.person_id, ticket, text) if text.strip() else ""
    ahead: Forecast = forecast(whole, limits.text_max, limits.text_unit, left)
    return {"remarks": remarks(told), "forecast": ahead}


def editor(actor: Actor, ticket: Ticket, window: ReplyWindow, now: datetime, typed: Mapping[str, Any]) -> dict[str, Any]:
    """Everything the reply's form needs. `typed`: what a refused form had."""
    kept = str(typed.get("text", "")) if typed.get("verb") == "reply" else drafts.kept(actor, ticket)
    waiting = reviews.latest(ticket)
    return {
        "kept": kept,
        "files": files.pending(actor.person_id, ticket),
        "seen": str(drafts.version_of(ticket)),
        "writers": [one for one in drafts.writers(now, ticket) if one.person_id != actor.person_id],
        "undo": undo_bar(actor, ticket, now),
        "review": review_part(actor, ticket, waiting),
        "reviewed": reviews.needed(ticket),
        **(advice(actor, ticket, window, kept, typed.get("findings")) if actor.may(Right.REPLY, ticket.department) else {}),
    }


def undo_bar(actor: Actor, ticket: Ticket, now: datetime) -> UndoBar | None:
    """The reply this actor may still take back."""
    last = may_take_back(actor, ticket, now)
    return UndoBar(last, (last.until - now).total_seconds()) if last else None


def review_part(actor: Actor, ticket: Ticket, row: Review | None) -> dict[str, Any] | None:
    """The reply under review on this ticket, with what its reader should look at."""
    if row is None:
        return None
    mine, waits = row.author_id == actor.person_id, row.state == Review.State.WAITING
    decides = waits and not mine and actor.may(Right.REVIEW_REPLIES, ticket.department)
    return {
        "row": row,
        "waits": waits,
        "mine": mine,
        "decides": decides,
        "remarks": remarks(check(ticket, row.text)) if decides or (mine and waits) else [],
    }


def ready_texts(actor: Actor, ticket: Ticket, now: datetime) -> list[canned.Ready]:
    """The ready-made texts for this ticket."""
    return canned.ready_for(actor, ticket, now)


def waits_for_review(ticket: Ticket) -> bool:
    """Whether a reply to this ticket waits for a second person."""
    row = reviews.latest(ticket)
    return row is not None and row.state == Review.State.WAITING
