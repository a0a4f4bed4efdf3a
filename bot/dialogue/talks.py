"""Conversations: found or made for a batch of events, locked in one order, and brought up to date by each event."""

from collections.abc import Collection, Sequence
from datetime import datetime

from bot.channels.models import Account, Conversation
from bot.channels.queries import limits_of, window_of
from bot.inbox.models import Inbound
from policies.facts import EventKind, WindowTrigger
from policies.windows import opened


def conversations_of(events: Sequence[Inbound], now: datetime) -> dict[tuple[str, str], Conversation]:
    """The conversations these events belong to, locked until the end of the transaction."""
    wanted = {(event.account_id, event.citizen): event for event in events if event.citizen}
    found = _locked(wanted)
    missing = [
        Conversation(account_id=account, external_id=citizen, name=event.citizen_name, created_at=now)
        for (account, citizen), event in sorted(wanted.items(), key=lambda item: item[0])  # two processes wait for one another otherwise
        if (account, citizen) not in found
    ]
    if missing:
        Conversation.objects.bulk_create(missing, ignore_conflicts=True)
        found |= _locked({(talk.account_id, talk.external_id) for talk in missing})
    return found


def _locked(wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], Conversation]:
    rows = Conversation.objects.filter(account__in={account for account, _ in wanted}, external_id__in={citizen for _, citizen in wanted})
    # no_key: whoever replies meanwhile may still refer to the conversation. Else they wait for us and we for their ticket.
    locked = rows.select_for_update(no_key=True).order_by("pk")
    return {(talk.account_id, talk.external_id): talk for talk in locked if (talk.account_id, talk.external_id) in wanted}


TOUCHED_FIELDS = ["name", "thread", "window_until", "window_left", "window_closes", "window_opened_at", "followed", "last_in_at"]


def touch(talk: Conversation, event: Inbound, account: Account, now: datetime) -> bool:
    """What one event changes: name, thread, following, and the reply window. The caller saves the row.

    True when the citizen did something that lets us write again.
    """
    talk.name = event.citizen_name or talk.name
    if event.body.get("thread"):
        talk.thread = event.body["thread"]
    if event.kind == EventKind.UNFOLLOW:
        talk.followed, talk.name = False, ""  # WeChat's rule: forget what is known of somebody who leaves
        return False
    if event.kind == EventKind.FOLLOW or event.counted:
        talk.followed = True if event.kind == EventKind.FOLLOW or talk.followed is False else talk.followed
    trigger = WindowTrigger(event.body.get("trigger") or WindowTrigger.NONE)
    if trigger is WindowTrigger.NONE:
        return False
    at = min(event.sent_at, now)
    before = None if talk.window_until is None and talk.window_closes else window_of(talk, now)
    window = opened(trigger, at, before, limits_of(account).windows, last_at=talk.last_in_at)
    talk.window_until, talk.window_left, talk.window_closes = window.until, window.left, window.until is not None
    if talk.last_in_at is None or at >= talk.last_in_at:
        talk.last_in_at, talk.window_opened_at = at, now
    return window.is_open
