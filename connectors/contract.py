"""What a connector is: the two directions, and what the house lends it.

A connector is a module `connectors/<platform>/` whose `__init__.py` has `connector: Connector`.
All calls are plain and synchronous. A connector never reads the clock: `now` is given.
It keeps no state of its own beyond connections; tokens live in the `TokenStore` it is lent.
"""

import tomllib
from bisect import bisect_left
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from policies.facts import AccountFacts, Event, HealthReport, Media, Outgoing, Result, WindowRule, WindowTrigger


@dataclass(frozen=True, slots=True)
class Inbound:
    """One HTTP request a platform made to `/hooks/<platform>/<account id>`, raw."""

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]  # names in lower case
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What to write back to the platform."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Reading:
    """A request understood: events to store, then the answer that acknowledges them.

    `passive` is whatever the connector needs to write an automatic reply into the same response;
    None = this platform or request has no such road.
    """

    answer: Answer
    events: tuple[Event, ...] = ()
    passive: Mapping[str, Any] | None = None


class Rejected(Exception):
    """The request is not to be believed or not to be read. `reason` is for the log: short, without secrets or body."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class TokenStore(Protocol):
    """Shared, losable memory for platform tokens. Implemented by `bot.channels` on Redis, the database or memory."""

    def get(self, key: str) -> str | None:
        """The value, or None when absent or expired."""

    def put(self, key: str, value: str, seconds: float) -> None:
        """Keep the value for so many seconds."""

    def drop(self, key: str, value: str) -> None:
        """Forget the key if it still holds this value (another process may have renewed it)."""

    def lock(self, key: str, seconds: float) -> AbstractContextManager[bool]:
        """One holder at a time, among all processes; yields False if it could not be had within `seconds`."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What the house lends a connector for one call."""

    tokens: TokenStore
    now: datetime
    timeout: float = 10.0  # seconds for one HTTP call


@dataclass(frozen=True, slots=True)
class Polled:
    """What one poll brought. `cursor` is stored only after the events are."""

    events: tuple[Event, ...]
    cursor: Mapping[str, Any]
    again_in: float  # seconds until the next poll is due
    error: str = ""
    reconnect: bool = False


@dataclass(frozen=True, slots=True)
class Fetched:
    """A downloaded attachment: bytes and the type found by looking at them."""

    content: bytes = field(repr=False)
    mime: str = "application/octet-stream"
    name: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """A platform's limits, read from its limits.toml (each value there carries its source)."""

    text_max: int  # in `text_unit`, for one message to one citizen
    text_unit: str  # "characters", "bytes" (UTF-8), "utf16", "gbk_half" (GBK bytes / 2)
    windows: Mapping[WindowTrigger, WindowRule]
    reserve: int  # messages of a window kept for people
    per_second: float  # pace of one account
    per_citizen_seconds: float  # least seconds between two messages to one receiver
    poll_seconds: float  # 0 = this platform is never polled
    webhook_budget: float  # seconds the platform waits for the webhook's answer
    health_seconds: float = 600.0  # between two health checks; each costs calls of the platform's quota


class Connector(Protocol):
    """One platform. `platform` equals the folder's name and the first part of the hook's path."""

    platform: str
    label: Mapping[str, str]  # {"zh": "微信", "en": "WeChat"}

    def limits(self, account: AccountFacts) -> Limits:
        """The limits of this account (they may depend on its kind)."""

    def validate(self, account: AccountFacts) -> list[str]:
        """What is wrong with the account's kind, base_url or credentials, in words for staff; empty = fine. No network."""

    def read(self, request: Inbound, account: AccountFacts, now: datetime) -> Reading:
        """Verify on raw bytes, then read. Raises Rejected; never anything else, whatever the bytes are."""

    def passive(self, reading: Reading, account: AccountFacts, text: str, now: datetime) -> Answer | None:
        """The webhook's own answer carrying `text`; None when this request cannot be answered so."""

    def send(self, item: Outgoing, account: AccountFacts, tools: Tools) -> Result:
        """Try once. Never raises: every end is one of the six outcomes."""

    def check(self, item: Outgoing, account: AccountFacts, tools: Tools) -> Result:
        """Ask the platform whether an UNKNOWN item arrived. UNKNOWN again = the platform cannot say."""

    def poll(self, account: AccountFacts, cursor: Mapping[str, Any], tools: Tools) -> Polled:
        """Fetch what is not pushed, from the cursor on. Never raises."""

    def fetch(self, media: Media, account: AccountFacts, tools: Tools) -> Fetched:
        """Download one attachment, bounded in size and safe against forged addresses. Raises MediaError."""

    def health(self, account: AccountFacts, tools: Tools) -> HealthReport:
        """Ask the platform whether the account works. Never raises."""

    def hook_changed(self, account: AccountFacts, hook_url: str, tools: Tools) -> HealthReport:
        """Tell the platform where the hook is, where it has a call for it; else a report that says what to enter where."""


@dataclass(frozen=True, slots=True)
class Paging:
    """One message to a member of staff: what they are called for, and where they say that they saw it."""

    key: str  # ours, the same for one attempt only: 32 ASCII letters and digits
    text: str  # no citizen's data beyond a ticket's number
    link: str
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a person enters: a gateway's credential or the address of a contact point."""

    name: str
    label: Mapping[str, str]  # {"zh": …, "en": …}
    secret: bool = False
    required: bool = True
    hint: Mapping[str, str] = field(default_factory=dict)


class Pager(Protocol):
    """One means of calling staff. A connector's package has them in `pagers`; a gateway is described by AccountFacts.

    An answer of HTTP 200 is not success: the platform's own code is. What is not known to have arrived has not arrived,
    and whoever pages goes on to the next means; a page that comes twice does no harm.
    """

    means: str  # unique among all pagers
    label: Mapping[str, str]
    fields: tuple[Field, ...]  # the gateway's credentials
    address: Field  # a contact point's address; not required where the gateway itself is one room
    base_url_required: bool  # True where the means has no origin of its own
    per_minute: float  # messages one gateway takes a minute

    def validate(self, gateway: AccountFacts) -> list[str]:
        """What is wrong with the gateway's base_url or credentials, in words for staff; empty = fine. No network."""

    def refuses(self, address: str) -> str:
        """Why this cannot be an address of this means, in words for staff; "" = it can."""

    def send(self, page: Paging, address: str, gateway: AccountFacts, tools: Tools) -> Result:
        """Try once, within a few times `tools.timeout`. Never raises. SENT only where the platform's own code says so."""


def fitted(page: Paging, most: int, size: Callable[[str], int] = len) -> str:
    """Text and link as one message of at most `most` in the unit that `size` measures. The link is never cut."""
    room = most - size("\n" + page.link)
    text = page.text
    if size(text) > room:
        keep = bisect_left(range(len(text)), 1, key=lambda length: size(text[: length + 1] + "…") > room)
        text = text[:keep] + "…"
    return f"{text}\n{page.link}"


@runtime_checkable
class Announcer(Protocol):
    """A connector whose platform has a notice of its own for citizens we may not write to now (WeChat's template messages).

    It is sent through `send` as an item of kind "announcement", whose `thread["announcement"]` carries number, title, time and url.
    Optional: a connector without it announces nothing.
    """

    def announces(self, account: AccountFacts) -> bool:
        """Whether this account may send such notices: kind and credentials allow it. No network."""


class MediaError(Exception):
    """An attachment cannot be had. The text is for staff; `gone` = trying again is useless."""

    def __init__(self, message: str, *, gone: bool) -> None:
        super().__init__(message)
        self.gone = gone


def load_limits(path: Path) -> Mapping[str, Any]:
    """Read a limits.toml. A value is written `{ value = …, source = "…" }`; the sources are dropped here.

    Raises ValueError when a leaf has no source: a limit without a source is a guess.
    """
    read: Mapping[str, Any] = _values(tomllib.loads(path.read_text(encoding="utf-8")), path.name)
    return read


def _values(node: Any, where: str) -> Any:
    if not isinstance(node, dict):
        raise ValueError(f"{where}: a limit needs value and source")
    if "value" in node:
        if not node.get("source"):
            raise ValueError(f"{where}: a limit needs a source")
        return node["value"]
    return {name: _values(child, f"{where}.{name}") for name, child in node.items()}
