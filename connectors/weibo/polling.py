"""Fetching what is not pushed: mentions, comments to us, comments that name us (facts §1.4).

The cursor has one entry a list: `since_id`, the highest id of all that is read; while a long list is being read over several
polls also `top` (what `since_id` becomes at its end) and `max_id` (where to go on); `denied` for a list the app may not read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from connectors.contract import Polled, Tools
from connectors.weibo import api, pace, wire
from connectors.weibo.config import LIMITS, credential
from connectors.weibo.items import author, comment_event, item_id, nameless, status_event
from policies.facts import AccountFacts, Event, EventKind, Outcome, Result

POLL = LIMITS["poll"]
LISTS = {
    "to_me": ("/2/comments/to_me.json", "comments", POLL["comments_count"], partial(comment_event, kind=EventKind.COMMENT)),
    "mentions": ("/2/statuses/mentions.json", "statuses", POLL["mentions_count"], status_event),
    "comment_mentions": ("/2/comments/mentions.json", "comments", POLL["comments_count"], partial(comment_event, kind=EventKind.MENTION)),
}


@dataclass(slots=True)
class Reading:
    """One list being read, page by page."""

    since: int
    top: int
    max_id: int | None
    events: dict[str, Event] = field(default_factory=dict)
    calls: int = 0
    done: bool = False
    failure: Result | None = None

    def state(self) -> dict[str, Any]:
        """The cursor entry: raised only when all pages were read. A first reading that is cut ends there: older is history."""
        if self.done or (self.since == 0 and self.failure is None):
            return {"since_id": str(self.top)}
        state = {"since_id": str(self.since)}
        return state | ({"top": str(self.top), "max_id": str(self.max_id)} if self.max_id is not None else {})


def poll(account: AccountFacts, cursor: Mapping[str, Any], tools: Tools) -> Polled:
    """Read each list from its cursor on. Never raises; what was read before a failure is handed over with it."""
    token = credential(account, "access_token")
    if not token:
        return Polled((), cursor, LIMITS["waits"]["poll_error"], "缺少 access_token，请先授权 / no access_token", reconnect=True)
    round_ = Round({name: value for name, value in cursor.items() if name in LISTS})
    for name in LISTS:
        entry = wire.mapping(round_.cursor.get(name))
        if (told := _still_denied(entry, tools)) is not None:
            round_.troubles.append(told)
        elif _stops(round_.add(name, _read_list(name, entry, account, tools, token), tools)):
            break
    return round_.ended(pace.again_in(account, round_.calls, tools))


@dataclass(slots=True)
class Round:
    """One poll of all lists."""

    cursor: dict[str, Any]
    events: dict[str, Event] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)
    calls: int = 0
    wait: float = 0.0
    dead: bool = False

    def add(self, name: str, reading: Reading, tools: Tools) -> Result | None:
        """Take over what one list brought; its failure, if any, is returned."""
        failure = reading.failure
        self.calls += reading.calls
        self.events = reading.events | self.events  # a comment under our post that also names us stays what it was first
        self.cursor[name] = reading.state()
        if failure is None:
            return None
        error = f"{name}: {failure.error}"
        self.troubles.append(error)
        if failure.outcome is Outcome.REFUSED:  # asking again within the hour would only eat calls: once a day is enough
            self.cursor[name] |= {"denied": {"until": tools.now.timestamp() + LIMITS["waits"]["denied"], "error": error}}
        else:
            self.wait = max(self.wait, failure.retry_after or 0.0, float(LIMITS["waits"]["poll_error"]))
        self.dead = self.dead or failure.outcome is Outcome.RECONNECT
        return failure

    def ended(self, pace_seconds: float) -> Polled:
        """The poll as the house wants it."""
        return Polled(tuple(self.events.values()), self.cursor, self.wait or pace_seconds, "; ".join(self.troubles), reconnect=self.dead)


def _stops(failure: Result | None) -> bool:
    """Whether the other lists would meet the same: a dead token, an account over its limit, no connection."""
    if failure is None:
        return False
    return failure.outcome is Outcome.RECONNECT or failure.account_wide or failure.code in ("not sent", "no answer")


def _still_denied(entry: Mapping[str, Any], tools: Tools) -> str | None:
    denied = wire.mapping(entry.get("denied"))
    until = denied.get("until")
    return wire.words(denied.get("error")) if isinstance(until, int | float) and tools.now.timestamp() < until else None


def _read_list(name: str, entry: Mapping[str, Any], account: AccountFacts, tools: Tools, token: str) -> Reading:
    path, key, count, make = LISTS[name]
    since, top, below = (_number(entry.get(field_name)) for field_name in ("since_id", "top", "max_id"))
    reading = Reading(since, max(since, top), below or None)
    for _ in range(POLL["pages_max"]):
        bounds = {"since_id": reading.since, "max_id": reading.max_id}
        said = api.get(account, tools, path, token, {"count": count, **{n: v for n, v in bounds.items() if v}})
        reading.calls += 1
        items, reading.failure = (None, said.failure) if said.failure else _items(said.data, key)
        if items is None:
            break
        if not _take(items, reading, make, account, tools):
            reading.done = True
            break
    reading.events = dict(sorted(reading.events.items(), key=lambda pair: pair[1].sent_at))
    return reading


def _take(items: list[Any], reading: Reading, make: Any, account: AccountFacts, tools: Tools) -> bool:
    """Add what is new of one page; False = nothing new, the end. Only an empty page is the end: deleted items make pages short."""
    new: list[int] = []
    for item in items:
        shown = item if isinstance(item, dict) else {}
        if not (digits := item_id(shown)):
            event = nameless(item, tools.now)
            reading.events.setdefault(event.dedup_key, event)
            continue
        number = int(digits)
        # `max_id` is inclusive, and a server that ignores it would send the same page for ever.
        if number > reading.since and (reading.max_id is None or number <= reading.max_id):
            new.append(number)
            _add(shown, reading, make, account, tools)
    if not new:
        return False
    reading.top, reading.max_id = max(reading.top, *new), min(new) - 1
    return reading.max_id > reading.since


def _add(item: Mapping[str, Any], reading: Reading, make: Any, account: AccountFacts, tools: Tools) -> None:
    if (uid := credential(account, "uid")) and author(item)[0] == uid:
        return  # our own words are no citizen's question
    event = make(item, now=tools.now)
    reading.events.setdefault(event.dedup_key, event)


def _items(data: Any, key: str) -> tuple[list[Any] | None, Result | None]:
    """The list inside an answer; an empty list comes as `[]` or null at times."""
    found = data.get(key, "") if isinstance(data, dict) else data
    if found is None or isinstance(found, list):
        return found or [], None
    wait = LIMITS["waits"]["transient"]
    return None, Result(Outcome.RETRY, code="shape", error="微博的回答缺少列表 / the answer has no list", retry_after=wait)


def _number(value: Any) -> int:
    text = wire.words(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0
