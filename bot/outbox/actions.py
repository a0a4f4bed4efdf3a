"""Every move of a delivery. One function, one transaction, and never a network call inside."""

import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from bot.audit.actions import Fact, record
from bot.bulk import write_back
from bot.channels.actions import take_from_window
from bot.channels.models import Account, AccountState, Conversation
from bot.channels.queries import limits_of, may_only_answer, window_of
from bot.outbox.models import PRIORITY, Delivery
from bot.outbox.queries import ready
from policies.deliveries import CLAIMABLE, DeliveryState
from policies.facts import Hold, Lane, Outcome
from policies.windows import may_send

LEASE = timedelta(seconds=settings.LEASE_SECONDS)
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
ANNOUNCEMENT = "announcement"  # kind of a delivery: the platform's own notice that an answer waits; it opens and costs no window
NOT_ACCEPTED = (Outcome.RETRY, Outcome.REFUSED, Outcome.RECONNECT)


def new_delivery(conversation: Conversation, lane: Lane, text: str, now: datetime, **fields: Any) -> Delivery:
    """An unsaved row: the caller saves it in the transaction that decides to send (intent with the decision)."""
    return Delivery(
        key=secrets.token_hex(16),
        account_id=conversation.account_id,
        conversation=conversation,
        lane=lane,
        priority=PRIORITY[lane],
        text=text,
        thread=fields.pop("thread", conversation.thread),
        not_before=fields.pop("not_before", now),
        queued_at=now,
        **fields,
    )


def claim(worker: str, limit: int, now: datetime) -> list[Delivery]:
    """Take up to `limit` due deliveries: write `sending` with a lease and a new fence, and commit before any call.

    What may not be sent now (window closed, quota used, kept for people) is held instead, and not returned.
    Two replies to one citizen keep their order: the later waits for the earlier, and a machine's words for both.
    """
    return _claim(worker, limit, now) if ready(now, 1) else []  # looking costs nothing; SQLite has one pen for all


@transaction.atomic
def _claim(worker: str, limit: int, now: datetime) -> list[Delivery]:
    taken: list[Delivery] = []
    held: list[Fact] = []
    pace = Pace(now)
    keys = ready(now, limit, lock=True)
    rows = Delivery.objects.in_bulk(keys)
    for delivery in _with_locks([rows[key] for key in keys]):
        if not pace.allows(delivery):
            continue
        hold = _charge(delivery, now)
        if hold:
            held.append(_hold(delivery, hold))
        else:
            pace.count(delivery)
            taken.append(delivery)
    _mark_sending(taken, worker, now)
    pace.write()
    if held:
        record(now, *held)
    return taken


def _with_locks(rows: list[Delivery]) -> list[Delivery]:
    """The rows with their conversations and accounts as they are now, locked: what is decided on them stays true until the commit.

    Conversations first, then accounts, each by key: the order in which everybody takes them.
    """
    if rows:
        talks = Conversation.objects.filter(pk__in={row.conversation_id for row in rows if row.conversation_id})
        accounts = Account.objects.filter(pk__in={row.account_id for row in rows})
        talk_of = {talk.pk: talk for talk in talks.order_by("pk").select_for_update(no_key=True)}
        account_of = {account.pk: account for account in accounts.order_by("pk").select_for_update(no_key=True)}
        for row in rows:
            row.account = account_of[row.account_id]
            row.conversation = talk_of[row.conversation_id] if row.conversation_id else None
    return rows


class Pace:
    """Spreads what one claim takes: an account's messages a second, and the rest between two messages to one citizen."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._taken: Counter[str] = Counter()
        self._accounts: dict[str, Account] = {}
        self._talks: dict[int, Conversation] = {}

    def allows(self, delivery: Delivery) -> bool:
        """Whether this claim may take one more of the same account and to the same citizen.

        Another claim may have taken its share since the rows were chosen: the locked account and conversation know.
        """
        account, talk = delivery.account, delivery.conversation
        rests = [account.paused_until, account.next_send_at, talk.next_out_at if talk else None]
        if account.state != AccountState.ACTIVE or any(moment and moment > self._now for moment in rests):
            return False
        burst = max(1.0, limits_of(delivery.account).per_second)
        return self._taken[delivery.account_id] < burst and delivery.conversation_id not in self._talks

    def count(self, delivery: Delivery) -> None:
        self._taken[delivery.account_id] += 1
        self._accounts[delivery.account_id] = delivery.account
        if talk := delivery.conversation:
            talk.next_out_at = self._now + timedelta(seconds=limits_of(delivery.account).per_citizen_seconds)
            self._talks[talk.pk] = talk

    def write(self) -> None:
        """Tell the next claim, of whichever process, when it may go on, and what is left of the windows. Inside the claim's transaction."""
        for account_id, count in self._taken.items():
            account = self._accounts[account_id]
            account.next_send_at = self._now + timedelta(seconds=count / max(0.001, limits_of(account).per_second))
        write_back(self._talks.values(), ["next_out_at", "window_left"])
        write_back(self._accounts.values(), ["next_send_at"])


def _charge(delivery: Delivery, now: datetime) -> Hold:
    """Take one message from the window, or say why not."""
    talk = delivery.conversation
    if talk is None or delivery.charged or delivery.kind == ANNOUNCEMENT:  # those have an allowance of their own
        return Hold.NONE
    if may_only_answer(delivery.account):
        return Hold.UNSUPPORTED
    if talk.followed is False:
        return Hold.UNFOLLOWED
    hold = may_send(window_of(talk, now), Lane(delivery.lane), limits_of(delivery.account).reserve)
    if hold or talk.window_left is None:
        return hold
    delivery.charged = take_from_window(talk)
    return Hold.NONE if delivery.charged else Hold.QUOTA


def _mark_sending(taken: Sequence[Delivery], worker: str, now: datetime) -> None:
    for delivery in taken:
        delivery.state = DeliveryState.SENDING
        delivery.lease_owner = worker
        delivery.lease_until = now + LEASE
        delivery.attempts += 1
        delivery.fence += 1
        delivery.first_tried_at = delivery.first_tried_at or now
    write_back(taken, ["state", "lease_owner", "lease_until", "attempts", "fence", "first_tried_at", "charged"])


def _hold(delivery: Delivery, hold: Hold) -> Fact:
    """People's replies wait for the citizen; an automatic answer that cannot leave now would only come too late."""
    waits = delivery.lane == Lane.HUMAN
    Delivery.objects.filter(pk=delivery.pk, state__in=CLAIMABLE).update(
        state=DeliveryState.HELD if waits else DeliveryState.WITHDRAWN, hold=hold, lease_until=None
    )
    return Fact("system:outbox", "delivery.held" if waits else "delivery.withdrawn", **about(delivery, hold=hold))


@transaction.atomic
def renew(worker: str, ids: Iterable[int], now: datetime) -> int:
    """Keep the leases of calls still under way."""
    return Delivery.objects.filter(pk__in=list(ids), lease_owner=worker, state=DeliveryState.SENDING).update(lease_until=now + LEASE)


@transaction.atomic
def release(conversation_ids: Sequence[int], now: datetime) -> int:
    """The citizen came back: held replies may leave, oldest first."""
    held = Delivery.objects.filter(conversation__in=conversation_ids, state=DeliveryState.HELD)
    return held.update(state=DeliveryState.QUEUED, hold="", not_before=now)


def held_replies(conversation_ids: Sequence[int]) -> dict[int, list[Delivery]]:
    """People's replies that wait for the citizen, oldest first, by conversation."""
    found: dict[int, list[Delivery]] = {}
    held = Delivery.objects.filter(conversation__in=conversation_ids, state=DeliveryState.HELD, lane=Lane.HUMAN)
    keys = list(held.values_list("pk", flat=True))  # most often none, for every message that comes in
    for row in Delivery.objects.filter(pk__in=keys).order_by("pk") if keys else ():
        found.setdefault(row.conversation_id or 0, []).append(row)
    return found


def offer(ids: Sequence[int], until: datetime) -> None:
    """Leave these held replies to the webhook's own response until then; not taken, they are held again.

    Runs inside the transaction that handles the citizen's new message.
    """
    waiting = Delivery.objects.filter(pk__in=ids, state__in=(DeliveryState.HELD, DeliveryState.QUEUED))
    waiting.update(state=DeliveryState.QUEUED, hold="", not_before=until)


def reconnected(now: datetime) -> int:
    """What waited for a dead credential is queued again once its account is in use again."""
    # By account, as the index has them: asked of all at once, the whole table would be read every few seconds.
    in_use = list(Account.objects.filter(state=AccountState.ACTIVE).order_by("pk").values_list("pk", flat=True))
    waiting = Delivery.objects.filter(account__in=in_use, state=DeliveryState.RECONNECT).values_list("pk", flat=True)
    keys = list(waiting[:500])
    again = Delivery.objects.filter(pk__in=keys, state=DeliveryState.RECONNECT)
    return again.update(state=DeliveryState.QUEUED, not_before=now) if keys else 0


def handed_over(ids: Sequence[int], now: datetime) -> set[int]:
    """Answers that go back in the webhook's own response: taken from the outbox before the bytes leave.

    A person's reply is under way, with a lease, until `given` says that the bytes left: should we die between, it is doubtful
    and a person looks. An automatic answer is not worth that. Returns the ids that were ours to take. Runs inside the intake's
    group commit.
    """
    queued = Delivery.objects.filter(pk__in=ids, state=DeliveryState.QUEUED).order_by("pk").select_for_update()
    lanes = dict(queued.values_list("pk", "lane"))
    human, taken = Q(lane=Lane.HUMAN), {"via": "webhook", "first_tried_at": now, "attempts": F("attempts") + 1}
    if set(lanes.values()) - {Lane.HUMAN}:
        Delivery.objects.filter(~human, pk__in=list(lanes)).update(state=DeliveryState.SENT, outcome=Outcome.SENT, sent_at=now, **taken)
    if Lane.HUMAN in lanes.values():
        leased = {"lease_owner": "webhook", "lease_until": now + LEASE, "fence": F("fence") + 1}
        Delivery.objects.filter(human, pk__in=list(lanes)).update(state=DeliveryState.SENDING, **leased, **taken)
    return set(lanes)


@transaction.atomic
def given(delivery_id: int, now: datetime) -> bool:
    """The response that carries a person's reply has left, at the first call of the platform or at its repeat."""
    carried = Delivery.objects.filter(pk=delivery_id, via="webhook", state__in=(DeliveryState.SENDING, DeliveryState.UNKNOWN))
    row = carried.select_for_update(of=("self",)).select_related("account").first()
    if row is None:
        return False
    carried.update(state=DeliveryState.SENT, outcome=Outcome.SENT, sent_at=now, lease_until=None, error="")
    record(now, Fact("system:outbox", "delivery.sent", **about(row, via="webhook")))
    return True


def about(delivery: Delivery, **detail: Any) -> dict[str, Any]:
    """The parts of an audit fact that name a delivery."""
    return {"object_type": "delivery", "object_id": str(delivery.pk), "department_id": delivery.account.department_id, "detail": detail}
