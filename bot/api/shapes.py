"""How rows look outside (design §9). Names stay; more may be added."""

from datetime import datetime
from typing import Any

from bot.answering.drafts import version_of
from bot.channels.models import Account
from bot.channels.queries import hook_of, window_of
from bot.incidents.queries import Shown, incident_of
from bot.outbox.models import Delivery
from bot.tickets.delivered import undelivered
from bot.tickets.models import Message, Ticket
from policies.tickets import TicketState, fate
from policies.wording import Finding


def moment(value: datetime | None) -> str | None:
    """A moment in UTC, ISO 8601."""
    return value.isoformat().replace("+00:00", "Z") if value else None


def account(row: Account) -> dict[str, Any]:
    """An account, without any credential."""
    return {
        "id": row.pk,
        "platform": row.platform,
        "name": row.name,
        "department": row.department.code,
        "department_name": row.department.name,
        "kind": row.kind,
        "base_url": row.base_url,
        "state": row.state,
        "health": row.health,
        "health_message": row.health_message,
        "health_at": moment(row.health_at),
        "quota": row.quota,
        "last_published_at": moment(row.last_published_at),
        "hook_url": hook_of(row),
    }


def incident(one: Shown) -> dict[str, Any]:
    """An incident with its heat now and its requests of the last two days, three hours a step."""
    row = one.row
    return {
        "number": row.number,
        "state": row.state,
        "title": row.title,
        "subject": row.subject,
        "topic": row.topic,
        "place": row.place,
        "department": row.department.code,
        "department_name": row.department.name,
        "heat": round(one.heat, 3),
        "warmth": one.warmth,
        "rising": one.rising,
        "line": one.line,
        "citizens": row.citizens,
        "requests": row.requests,
        "waiting": row.waiting,
        "first_at": moment(row.first_at),
        "last_at": moment(row.last_at),
        "merged_into": row.merged_into.number if row.merged_into else None,
    }


def delivered(row: Ticket) -> bool | None:
    """Whether the citizen has the answer; None while there is none."""
    if fate(TicketState(row.state)) not in ("answered", "refused"):
        return None
    return not (row.pk in undelivered([row]) if row.waits is None else row.waits)


def ticket(row: Ticket, now: datetime, messages: list[Message] | None = None) -> dict[str, Any]:
    """A ticket; with its messages where they are given."""
    window = window_of(row.conversation, now)
    shown = {
        "number": row.number,
        "query_code": row.query_code,
        "state": row.state,
        "kind": row.kind,
        "intent": row.intent,
        "subject": row.subject,
        "confidence": row.confidence,
        "understood_by": row.understood_by,
        "note": row.note,
        "urgent": row.urgent,
        "department": row.department.code,
        "department_name": row.department.name,
        "account": row.account_id,
        "platform": row.account.platform,
        "citizen": row.conversation.external_id,
        "citizen_name": row.conversation.name,
        "owner": row.owner.username if row.owner else None,
        "duty_post": row.department.code,
        "first_line": row.first_line,
        "received_at": moment(row.received_at),
        "service_deadline": moment(row.service_deadline),
        "deadline": moment(row.deadline),
        "paused_until": moment(row.paused_until),
        "pause_reason": row.pause_reason,
        "window_until": moment(window.until) if row.conversation.window_until else None,
        "quota_left": window.left if window.is_open else 0,
        "answered_at": moment(row.answered_at),
        "delivered": delivered(row),
        "closed_at": moment(row.closed_at),
        "merged_into": row.merged_into.number if row.merged_into else None,
        "refusal": {"reason": row.refuse_reason, "text": row.refuse_text} if row.refuse_reason else None,
        "updated_at": moment(row.updated_at),
    }
    if messages is not None:
        event = incident_of(row)
        shown |= {"messages": [message(item) for item in messages], "incident": event.number if event else None}
        shown["version"] = str(version_of(row))
    return shown


def message(row: Message) -> dict[str, Any]:
    """One bubble; the delivery only of what we sent."""
    media = [
        {**item, "id": f"{row.pk}-{position}", "state": states.get(position)}
        for states in [{found.position: found.state for found in row.attachments.all()}]
        for position, item in enumerate(row.media)
    ]
    sent = row.delivery
    return {
        "id": row.pk,
        "at": moment(row.at),
        "direction": row.direction,
        "author": row.author,
        "text": row.text,
        "media": media,
        "delivery": {
            "id": sent.pk,
            "state": sent.state,
            "outcome": sent.outcome,
            "hold": sent.hold,
            "platform_id": sent.platform_id,
            "error": sent.error,
        }
        if sent
        else None,
    }


def finding(one: Finding) -> dict[str, Any]:
    """One thing the check of wording found in a reply."""
    place = {"start": one.start, "end": one.end, "excerpt": one.excerpt, "hint": one.hint}
    return {"code": one.code, "level": one.level, **place}


def delivery(row: Delivery) -> dict[str, Any]:
    """One thing to send and what became of it."""
    return {
        "id": row.pk,
        "account": row.account_id,
        "lane": row.lane,
        "state": row.state,
        "outcome": row.outcome,
        "hold": row.hold,
        "attempts": row.attempts,
        "platform_id": row.platform_id,
        "url": row.url,
        "code": row.code,
        "error": row.error,
        "queued_at": moment(row.queued_at),
        "sent_at": moment(row.sent_at),
    }
