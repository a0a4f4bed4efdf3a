"""The shared words of the house: frozen dataclasses and enums without behaviour.

Every room may import this module; this module imports nothing of ours.
Times are aware datetimes in UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

# --- what comes in -----------------------------------------------------------------------------


class EventKind(StrEnum):
    """What happened on a platform, in the words of the house."""

    MESSAGE = "message"  # a citizen wrote to the account in private
    COMMENT = "comment"  # a citizen wrote under one of the account's posts
    MENTION = "mention"  # a citizen named the account in public
    EDIT = "edit"  # a citizen changed an earlier message
    FOLLOW = "follow"
    UNFOLLOW = "unfollow"
    MENU = "menu"  # a menu key that asks for an answer
    SCAN = "scan"  # a QR code with a scene
    LOCATION_REPORT = "location_report"  # the platform reports a place without a message
    JOB = "job"  # the platform reports how a job of ours ended (publish, mass send, template)
    OWN_POST = "own_post"  # our own post seen on the platform (read-back)
    ACCOUNT = "account"  # life of the account itself: rights, verification, certification
    NOTICE = "notice"  # known, stored, nothing to do
    UNKNOWN = "unknown"  # a shape we do not know: stored and acknowledged


QUESTION_KINDS = frozenset({EventKind.MESSAGE, EventKind.COMMENT, EventKind.MENTION, EventKind.EDIT})
"""Kinds in which a citizen says something: each is counted in the balance."""


class MediaKind(StrEnum):
    IMAGE = "image"
    VOICE = "voice"
    VIDEO = "video"
    FILE = "file"
    LOCATION = "location"
    LINK = "link"
    STICKER = "sticker"
    CONTACT = "contact"


class WindowTrigger(StrEnum):
    """What a citizen did that allows us to write to them for a while (limits per platform are data)."""

    MESSAGE = "message"
    MENU = "menu"
    FOLLOW = "follow"
    SCAN = "scan"
    MENTION = "mention"
    COMMENT = "comment"  # a public comment under our own post: answered in public, where no window closes
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Media:
    """One attachment. `ref` is the platform's own handle (media id, file id, address)."""

    kind: MediaKind
    ref: str = ""
    url: str = ""
    name: str = ""
    mime: str = ""
    size: int = 0  # bytes; 0 = the platform did not say
    text: str = ""  # label, caption, recognised speech
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One thing a platform told us, read but not yet judged."""

    dedup_key: str  # unique per account; the key the platform advises
    kind: EventKind
    sent_at: datetime  # the platform's own time of it
    citizen: str = ""  # the platform's id of the person or chat we would answer; "" = nobody
    citizen_name: str = ""
    text: str = ""
    media: tuple[Media, ...] = ()
    trigger: WindowTrigger = WindowTrigger.NONE
    thread: Mapping[str, Any] = field(default_factory=dict)  # what an answer must name (comment id, post id, chat id)
    detail: Mapping[str, Any] = field(default_factory=dict)  # the platform's own fields, as plain JSON


# --- what goes out -----------------------------------------------------------------------------


class Lane(StrEnum):
    """Order of sending: notices first, posts last."""

    NOTICE = "notice"
    HUMAN = "human"
    AUTO = "auto"
    POST = "post"


class Outcome(StrEnum):
    """How one call to a platform ended. There are exactly these six."""

    SENT = "sent"  # the platform confirmed it
    PENDING = "pending"  # accepted, the platform tells later how it ended
    RETRY = "retry"  # surely not accepted; may be tried again
    REFUSED = "refused"  # surely not accepted and never will be as it is: a person must change something
    RECONNECT = "reconnect"  # the account's credential or right is dead: a person must reconnect it
    UNKNOWN = "unknown"  # the request may have arrived; never re-sent by a machine


class Hold(StrEnum):
    """Why a delivery waits for the citizen instead of being tried."""

    NONE = ""
    WINDOW = "window"  # the platform's reply window is closed
    QUOTA = "quota"  # the messages of this window are used up, or kept for people
    UNFOLLOWED = "unfollowed"
    UNSUPPORTED = "unsupported"  # this account has no way to write first (answers only in the webhook's response)


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of one send or check, with what the next step needs."""

    outcome: Outcome
    platform_id: str = ""
    url: str = ""
    code: str = ""  # the platform's own error code, as text
    error: str = ""  # for staff: what happened and what to do; never a secret
    retry_after: float | None = None  # seconds the platform asked us to wait
    hold: Hold = Hold.NONE  # set with REFUSED: not an error of content, wait for the citizen
    account_wide: bool = False  # the whole account must pause for `retry_after`, not only this delivery
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One thing to send to one citizen or thread of one account."""

    key: str  # our idempotency key: at most 32 ASCII letters and digits, the same at each attempt
    kind: str  # "text" now; "image", "post" … later
    citizen: str  # the platform's id of the receiver
    text: str = ""
    thread: Mapping[str, Any] = field(default_factory=dict)
    queued_at: datetime | None = None
    first_tried_at: datetime | None = None


# --- accounts ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """All a connector may know about an account. Never log it: credentials are hidden from repr only."""

    id: str
    platform: str
    name: str
    kind: str = ""  # the platform's own kinds, e.g. "service", "subscription"; see each connector's limits.toml
    base_url: str = ""  # replaces the platform's own origin when set
    credentials: Mapping[str, Any] = field(default_factory=dict, repr=False)


class Health(StrEnum):
    OK = "ok"
    DEGRADED = "degraded"  # works, with a limit or a warning
    RECONNECT = "reconnect"
    DOWN = "down"  # the platform does not answer


@dataclass(frozen=True, slots=True)
class HealthReport:
    health: Health
    message: str = ""  # for staff: what it means and what to do
    quota: Mapping[str, Any] = field(default_factory=dict)


# --- reply windows -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WindowRule:
    """What one trigger opens: how many messages for how long. `count` None = no limit known."""

    seconds: float | None  # None = the window never closes
    count: int | None


@dataclass(frozen=True, slots=True)
class Window:
    """The state of one conversation's reply window."""

    until: datetime | None  # None = never closes
    left: int | None  # None = not counted
    is_open: bool


# --- understanding -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Understanding:
    """What the reading of a text found. Confidences are 0..1."""

    intent: str
    intent_confidence: float
    subject: str
    subject_confidence: float
    source: str  # "rasa" or "fallback"
    entities: tuple[Mapping[str, Any], ...] = ()  # each {"entity": kind, "value": text, "start": int, "end": int}
    model: str = ""
    note: str = ""  # why the fallback was used
    topic: str = ""  # second level of the subject, "transport.taxi"; "" = none was found
    topic_confidence: float = 0.0
    emergency: float = 0.0  # how probable it is that somebody is in danger, also where another intent is likelier


class Kind(StrEnum):
    """What triage makes of a message."""

    EMERGENCY = "emergency"
    QUESTION = "question"
    HELP = "help"
    COMPLAINT = "complaint"
    REPORT = "report"
    SUGGESTION = "suggestion"
    PROGRESS = "progress"
    HUMAN = "human"
    DISCLOSURE = "disclosure"  # an application for government information: a legal route with a clock of its own
    LEGAL = "legal"  # petition, review, arbitration, lawsuit: another legal route
    THANKS = "thanks"
    CHAT = "chat"
    ABUSE = "abuse"
    ADVERTISEMENT = "advertisement"
    UNCLEAR = "unclear"  # nobody can tell what is meant: a person looks


@dataclass(frozen=True, slots=True)
class Triage:
    """The decision on one message."""

    kind: Kind
    makes_ticket: bool  # False = dismissed as no question, and on the list a person confirms
    urgent: bool
    answer: str  # key of the automatic answer, "" = none
    reason: str  # for staff: why
    source: str  # "rasa" or "fallback"
